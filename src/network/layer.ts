import type * as TensorFlow from '@tensorflow/tfjs-core'
import type { ImageShape } from './layers/patches.js'
import type { FoundSymmetry, Production, Transfer } from './signal.js'

/** The TensorFlow.js core module, handed in so that describing a network does not load it. */
export type Tf = typeof TensorFlow

/** A named parameter tensor and its place in the flat vector θ (row-major, `offset` ≤ index < `offset + size`). */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  readonly offset: number
  readonly size: number
  /**
   * How many of its first axes are the rows of the matrix that rules with functions of matrices take it for: 1 unless told. A kernel has 3, so
   * that its filters are the columns; transposed, this is the usual [filters, channels·rows·columns], and so is its polar factor.
   */
  readonly rowAxes?: number
  /** Components start as independent normal numbers with this mean and standard deviation. */
  readonly initial: { readonly mean: number; readonly deviation: number }
}

/** Where batch statistics come from: the rows at hand, or those of the last forward pass that used the rows at hand. */
export type Statistics = 'batch' | 'kept'

/**
 * Float64 arithmetic of one layer, with its own buffers. Matrices are row-major, one sample a row.
 * `backward` follows a `forward` with batch statistics on the same rows; it adds to nothing but writes its parameters' slice of `gradient`.
 */
export interface Float64Layer {
  /** @returns the output, rows × layer.output, valid until the next call. */
  forward(input: Float64Array, rows: number, theta: Float64Array, statistics: Statistics): Float64Array
  /** @returns the derivative by the input, rows × layer.input, valid until the next call; not computed unless `inputNeeded`. */
  backward(output: Float64Array, rows: number, theta: Float64Array, gradient: Float64Array, inputNeeded: boolean): Float64Array
}

/** Output of a layer, and how derivatives are pulled back through it. */
export interface Forward {
  readonly output: TensorFlow.Tensor2D
  /** From the loss's derivative by the output to those by the input (left out unless `inputNeeded`) and by the layer's parameters, in their order. */
  readonly pullback: (output: TensorFlow.Tensor2D, inputNeeded: boolean) => Pullback
}
export interface Pullback {
  readonly input?: TensorFlow.Tensor2D
  readonly parameters: readonly TensorFlow.Tensor[]
}

/** How many summands the sums of a layer have: each of them is rounded. */
export interface Summands {
  /** Of those on the way through the layer, forward and back, one after the other. */
  readonly through: number
  /** Of the derivative by one parameter: samples times the places of a sample at which it acts. */
  readonly parameter: number
}

/** Everything about one layer of a network: its parameters, its arithmetic, and its local symmetry rules. */
export interface Layer {
  /** Kind and number, e.g. `dense1`. */
  readonly name: string
  /** One line for a reader, e.g. `dense1: 64 → 32, bias`. */
  readonly text: string
  readonly input: number
  readonly output: number
  /** The output as an image, where it is one. */
  readonly image?: ImageShape | undefined
  readonly parameters: readonly Parameter[]
  /** Lengths of the sums that a gradient of so many rows goes through in this layer, beside those of its inner layers; without it, there are none. */
  summands?(rows: number): Summands
  /** rows × input ↦ rows × output in TensorFlow.js, with batch statistics; `parameters` in the order of the layer's own. */
  forward(tf: Tf, input: TensorFlow.Tensor2D, parameters: readonly TensorFlow.Tensor[]): Forward
  /** Buffers for at most `capacity` rows. */
  float64(capacity: number): Float64Layer
  readonly produces: readonly Production[]
  readonly transfer: Transfer
  /** Symmetries of this layer's parameters among themselves. */
  readonly within?: readonly FoundSymmetry[]
  /** The layers that it is made of, where it is made of layers. */
  readonly inner?: readonly Layer[]
  /** Where the loss is no smooth function of θ because of this layer, not of its inner ones, as a clause that says when it is. */
  readonly kink?: string
  /** How many groups of neurons side by side it treats as one each, where it does. */
  readonly groups?: number
  /** Fewest samples of a batch that its statistics need, where that is more than one. */
  readonly fewestSamples?: number
}

/** What a layer learns about its surroundings when a network is put together. */
export interface LayerContext {
  readonly input: number
  /** The input as an image, where it is one. */
  readonly image?: ImageShape | undefined
  /** Whether the input is the data's. */
  readonly first: boolean
  /** The layer's number among those of its kind, from 1. */
  readonly number: number
  /** Variance × fan-in of the initial weights of dense layers. */
  readonly gain: number
  /** Lays out a parameter in θ. */
  place(name: string, shape: readonly number[], initial: Parameter['initial'], rowAxes?: number): Parameter
}

export interface LossForward {
  readonly value: TensorFlow.Scalar
  readonly derivative: TensorFlow.Tensor2D
}

/** A loss on top of the last layer: the mean over the rows of a function of output and target. */
export interface Loss {
  readonly name: 'cross_entropy' | 'mean_square'
  readonly text: string
  /** The loss and its derivative by the output, in TensorFlow.js. */
  forward(tf: Tf, output: TensorFlow.Tensor2D, target: TensorFlow.Tensor2D): LossForward
  /** Loss of `rows` samples of `width` outputs; its derivative by the output is written to `derivative`. */
  float64(output: Float64Array, target: Float64Array, rows: number, width: number, derivative: Float64Array): number
  readonly transfer: Transfer
}

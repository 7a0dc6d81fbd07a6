import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Float64Layer, Layer, LayerContext, Tf } from '../layer.js'
import type { Transfer } from '../signal.js'

/** What distinguishes one elementwise activation from another. */
export interface Activation {
  readonly kind: string
  readonly text: string
  tensor(tf: Tf, input: Tensor2D): Tensor2D
  /** Derivative by the input, given that by the output. */
  tensorPullback(tf: Tf, input: Tensor2D, output: Tensor2D): Tensor2D
  value(z: number): number
  slope(z: number): number
  readonly transfer: Transfer
}

/** A layer without parameters that applies one function to every neuron. */
export function activationLayer(activation: Activation, context: LayerContext): Layer {
  const { input, number, image } = context
  return {
    name: `${activation.kind}${number}`,
    text: `${activation.kind}${number}: ${activation.text}`,
    input,
    output: input,
    image,
    parameters: [],
    forward: (tf, x) => ({
      output: activation.tensor(tf, x),
      pullback: (dy, inputNeeded) => (inputNeeded ? { input: activation.tensorPullback(tf, x, dy), parameters: [] } : { parameters: [] }),
    }),
    float64: (capacity) => float64(activation, input, capacity),
    produces: [],
    transfer: activation.transfer,
    ...(hasKink(activation) ? { kink: `no input of ${activation.kind}${number} passes zero` } : {}),
  }
}

/** So close to zero that what is left of the jump of a slope there is no change of a smooth one. */
const CLOSE = 1e-200

const hasKink = ({ slope }: Activation): boolean => Math.abs(slope(CLOSE) - slope(-CLOSE)) > Math.sqrt(CLOSE)

/** σ(αz) = α^p σ(z) for α > 0: a change of scale goes through with its degree multiplied by p, one of all neurons as one. */
export const homogeneous =
  (p: number): Transfer =>
  (change) => {
    if (change.kind === 'dilation' || (change.kind === 'grouped' && change.each === 'factor')) return { kind: 'passed', change }
    return change.kind === 'scale' ? { kind: 'passed', change: { kind: 'scale', degree: change.degree * p } } : undefined
  }

function float64({ value, slope }: Activation, width: number, capacity: number): Float64Layer {
  const output = new Float64Array(capacity * width)
  const derivative = new Float64Array(capacity * width)
  let kept: Float64Array = new Float64Array(0)
  return {
    forward(x, rows) {
      kept = x
      for (let i = 0; i < rows * width; i++) output[i] = value(x[i] ?? 0)
      return output
    },
    backward(dy, rows, _theta, _gradient, inputNeeded) {
      if (inputNeeded) for (let i = 0; i < rows * width; i++) derivative[i] = slope(kept[i] ?? 0) * (dy[i] ?? 0)
      return derivative
    },
  }
}

import * as z from 'zod'
import type { SliceFamily } from '../../symmetry/instances.js'
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Float64Layer, Forward, Layer, LayerContext, Parameter, Tf } from '../layer.js'
import { type Change, type Outcome, type Production, isMatrix } from '../signal.js'
import { dot } from '../dot.js'

const units = z.int().positive()
export const denseSchema = z.union([units, z.strictObject({ units, bias: z.boolean().default(true) })])

/** z = W x + b in every sample, W of shape [output, input], or [output, places, channels] where it reads the image of a layer. */
export function dense(spec: z.output<typeof denseSchema>, context: LayerContext): Layer {
  const { input, number, gain } = context
  const { units: output, bias } = typeof spec === 'number' ? { units: spec, bias: true } : spec
  return affineMap({ name: `dense${number}`, input, output, columns: columnsOf(context), weight: `W${number}`, shift: bias ? `b${number}` : undefined, gain }, context)
}

/** The axes of a row of weights: [input], or [places, channels] where it reads the image of a layer. */
export const columnsOf = ({ input, first, image }: Pick<LayerContext, 'input' | 'first' | 'image'>): readonly number[] =>
  first || image === undefined ? [input] : [input / image.channels, image.channels]

/** What an affine map is called and how large it is. */
interface AffineMap {
  readonly name: string
  readonly input: number
  readonly output: number
  /** The axes of its outputs, the first of them those of neurons; [output] unless told. */
  readonly rows?: readonly number[]
  /** The axes of a row of its weights; [input] unless told. */
  readonly columns?: readonly number[]
  readonly weight: string
  /** None for a map without one. */
  readonly shift: string | undefined
  /** Variance × fan-in of the initial weights. */
  readonly gain: number
}

/** z = W x + b in every sample. */
export function affineMap({ name, input, output, rows: outputs = [output], columns = [input], weight: weightName, shift: shiftName, gain }: AffineMap, { place }: Pick<LayerContext, 'place'>): Layer {
  const weight = place(weightName, [...outputs, ...columns], { mean: 0, deviation: Math.sqrt(gain / input) })
  const shift = shiftName === undefined ? undefined : place(shiftName, outputs, { mean: 0, deviation: Math.sqrt(1 / input) })
  return {
    name,
    text: `${name}: ${input} → ${output}${shift === undefined ? '' : ', bias'}`,
    input,
    output,
    parameters: shift === undefined ? [weight] : [weight, shift],
    summands: (rows) => ({ through: input + output, parameter: rows }),
    forward: (tf, x, parameters) => forward(tf, x, output, parameters),
    float64: (capacity) => float64(input, output, weight, shift, capacity),
    produces: produces(weight, shift, outputs.length),
    transfer: (change) => transfer(change, weight, columns.length > 1),
  }
}

/**
 * Acting on row i of (W, b) multiplies neuron i, acting on b_i translates it, acting on the rows as a whole multiplies by a matrix.
 * Adding α to all that reads an input adds α times its value to every neuron, adding α to b adds α: changes common to all neurons.
 */
function produces(weight: Parameter, shift: Parameter | undefined, outputAxes: number): readonly Production[] {
  const rows: readonly SliceFamily[] = [weight, ...(shift === undefined ? [] : [shift])].map(({ name }) => ({ parameter: name, axis: 0 }))
  const [output = 1] = weight.shape
  const columns = weight.shape.slice(outputAxes).reduce((product, n) => product * n, 1)
  const fromWeight: readonly Production[] = [
    { change: { kind: 'scale', degree: 1 }, by: rows, count: output },
    { change: { kind: 'dilation' }, by: rows.map(({ parameter }) => ({ parameter })), count: 1 },
    { change: { kind: 'linear' }, by: rows, count: 1 },
    { change: { kind: 'common' }, by: [{ parameter: weight.name, axis: outputAxes, ...(weight.shape.length === outputAxes + 1 ? {} : { shape: [...weight.shape.slice(0, outputAxes), columns] }) }], count: columns },
  ]
  if (shift === undefined) return fromWeight
  return [
    ...fromWeight,
    { change: { kind: 'translation' }, by: [{ parameter: shift.name, axis: 0 }], count: output },
    { change: { kind: 'common' }, by: [{ parameter: shift.name }], count: 1 },
  ]
}

/**
 * W (M x) = (W M) x: column i takes the inverse of what x_i took, the weights of a channel at all places that of what the channel took, and W M⁻¹
 * undoes any M. What becomes of a dilation is no symmetry of its own: it is one of each neuron's scale.
 */
function transfer(change: Change, { name, shape }: Parameter, ofImage: boolean): Outcome | undefined {
  const axis = shape.length - 1
  if (!isMatrix(change)) return undefined
  return { kind: 'absorbed', why: ofImage ? `the weights of ${name} that read a channel take the inverse` : `the columns of ${name} take the inverse`, by: [{ parameter: name, axis }] }
}

function forward(tf: Tf, x: Tensor2D, output: number, [weight, shift]: readonly Tensor[]): Forward {
  if (weight === undefined) throw new Error('a dense layer needs its weights')
  const matrix = tf.reshape<Rank.R2>(weight, [output, weight.size / output])
  const z = tf.matMul<Tensor2D>(x, matrix, false, true)
  return {
    output: shift === undefined ? z : tf.add(z, tf.reshape(shift, [output])),
    pullback(dz, inputNeeded) {
      const slope = tf.reshape(tf.matMul(dz, x, true, false), weight.shape)
      const parameters = shift === undefined ? [slope] : [slope, tf.reshape(tf.sum(dz, 0), shift.shape)]
      return inputNeeded ? { input: tf.matMul<Tensor2D>(dz, matrix), parameters } : { parameters }
    },
  }
}

function float64(input: number, output: number, weight: Parameter, shift: Parameter | undefined, capacity: number): Float64Layer {
  const z = new Float64Array(capacity * output)
  const derivative = new Float64Array(capacity * input)
  let kept: Float64Array = new Float64Array(0)
  return {
    forward(x, rows, theta) {
      kept = x
      for (let n = 0; n < rows; n++)
        for (let o = 0; o < output; o++)
          z[n * output + o] = dot(x, theta, n * input, weight.offset + o * input, input) + (shift === undefined ? 0 : (theta[shift.offset + o] ?? 0))
      return z
    },
    backward(dz, rows, theta, gradient, inputNeeded) {
      gradient.fill(0, weight.offset, weight.offset + weight.size)
      if (shift !== undefined) gradient.fill(0, shift.offset, shift.offset + shift.size)
      if (inputNeeded) derivative.fill(0, 0, rows * input)
      for (let o = 0; o < output; o++) addCombination(gradient, weight.offset + o * input, input, kept, 0, rows, dz, o, output)
      if (shift !== undefined)
        for (let n = 0, i = 0; n < rows; n++) for (let o = 0; o < output; o++, i++) gradient[shift.offset + o] = (gradient[shift.offset + o] ?? 0) + (dz[i] ?? 0)
      if (inputNeeded)
        for (let n = 0; n < rows; n++) addCombination(derivative, n * input, input, theta, weight.offset, output, dz, n * output, 1)
      return derivative
    },
  }
}

/**
 * y += Σ_j c_j x_j for `terms` consecutive vectors x_j of `length` components, the first at `xAt`, with coefficients `stride` apart from `cAt`.
 * Four vectors at a time, so that y is read and written once for four products.
 */
function addCombination(
  y: Float64Array, yAt: number, length: number, x: Float64Array, xAt: number, terms: number, c: Float64Array, cAt: number, stride: number,
): void {
  let j = 0
  for (; j + 3 < terms; j += 4) {
    const a = xAt + j * length
    const c0 = c[cAt + j * stride] ?? 0
    const c1 = c[cAt + (j + 1) * stride] ?? 0
    const c2 = c[cAt + (j + 2) * stride] ?? 0
    const c3 = c[cAt + (j + 3) * stride] ?? 0
    for (let i = 0; i < length; i++)
      y[yAt + i] =
        (y[yAt + i] ?? 0) +
        (c0 * (x[a + i] ?? 0) + c1 * (x[a + length + i] ?? 0) + (c2 * (x[a + 2 * length + i] ?? 0) + c3 * (x[a + 3 * length + i] ?? 0)))
  }
  for (; j < terms; j++) {
    const a = xAt + j * length
    const factor = c[cAt + j * stride] ?? 0
    for (let i = 0; i < length; i++) y[yAt + i] = (y[yAt + i] ?? 0) + factor * (x[a + i] ?? 0)
  }
}

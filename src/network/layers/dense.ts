import * as z from 'zod'
import type { SliceFamily } from '../../symmetry/instances.js'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Float64Layer, Forward, Layer, LayerContext, Parameter, Tf } from '../layer.js'
import type { Change, Outcome, Production } from '../signal.js'
import { dot } from '../dot.js'

const units = z.int().positive()
export const denseSchema = z.union([units, z.strictObject({ units, bias: z.boolean().default(true) })])

/** z = W x + b in every sample, W of shape [output, input]. */
export function dense(spec: z.output<typeof denseSchema>, context: LayerContext): Layer {
  const { input, number } = context
  const { units: output, bias } = typeof spec === 'number' ? { units: spec, bias: true } : spec
  const weight = context.place(`W${number}`, [output, input], { mean: 0, deviation: Math.sqrt(context.gain / input) })
  const shift = bias ? context.place(`b${number}`, [output], { mean: 0, deviation: Math.sqrt(1 / input) }) : undefined
  return {
    name: `dense${number}`,
    text: `dense${number}: ${input} → ${output}${bias ? ', bias' : ''}`,
    input,
    output,
    parameters: shift === undefined ? [weight] : [weight, shift],
    summands: (rows) => ({ through: input + output, parameter: rows }),
    forward: (tf, x, parameters) => forward(tf, x, parameters),
    float64: (capacity) => float64(input, output, weight, shift, capacity),
    produces: produces(weight, shift, input, output),
    transfer: (change) => (context.image === undefined ? transfer(change, weight) : undefined),
  }
}

/**
 * Acting on row i of (W, b) multiplies neuron i, acting on b_i translates it, acting on the rows as a whole multiplies by a matrix.
 * Adding α to column j of W adds α x_j to every neuron, adding α to b adds α: changes common to all neurons.
 */
function produces(weight: Parameter, shift: Parameter | undefined, input: number, output: number): readonly Production[] {
  const rows: readonly SliceFamily[] = [weight, ...(shift === undefined ? [] : [shift])].map(({ name }) => ({ parameter: name, axis: 0 }))
  const fromWeight: readonly Production[] = [
    { change: { kind: 'scale', degree: 1 }, by: rows, count: output },
    { change: { kind: 'dilation' }, by: rows.map(({ parameter }) => ({ parameter })), count: 1 },
    { change: { kind: 'linear' }, by: rows, count: 1 },
    { change: { kind: 'common' }, by: [{ parameter: weight.name, axis: 1 }], count: input },
  ]
  if (shift === undefined) return fromWeight
  return [
    ...fromWeight,
    { change: { kind: 'translation' }, by: [{ parameter: shift.name, axis: 0 }], count: output },
    { change: { kind: 'common' }, by: [{ parameter: shift.name }], count: 1 },
  ]
}

/**
 * The columns behind an image stand for channel and place, and what takes the inverse of a channel is no slice of them.
 * W (M x) = (W M) x: column i takes the inverse of what x_i took, and W M⁻¹ undoes any M. What becomes of a dilation is no symmetry of its own: it
 * is one of each neuron's scale.
 */
function transfer(change: Change, weight: Parameter): Outcome | undefined {
  if (change.kind !== 'scale' && change.kind !== 'linear') return undefined
  return { kind: 'absorbed', why: `the columns of ${weight.name} take the inverse`, by: [{ parameter: weight.name, axis: 1 }] }
}

function forward(tf: Tf, x: Tensor2D, [weight, shift]: readonly Tensor[]): Forward {
  if (weight === undefined) throw new Error('a dense layer needs its weights')
  const z = tf.matMul<Tensor2D>(x, weight, false, true)
  return {
    output: shift === undefined ? z : tf.add(z, shift),
    pullback(dz, inputNeeded) {
      const slope = tf.matMul(dz, x, true, false)
      const parameters = shift === undefined ? [slope] : [slope, tf.sum(dz, 0)]
      return inputNeeded ? { input: tf.matMul<Tensor2D>(dz, weight), parameters } : { parameters }
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

import * as z from 'zod'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { Float64Layer, Forward, Layer, LayerContext, Parameter, Tf } from '../layer.js'
import type { Outcome } from '../signal.js'
import { affineProductions } from './affine.js'
import { conv, convSchema } from './conv.js'
import { dense, denseSchema } from './dense.js'

export const weightNormSchema = z.union([z.strictObject({ dense: denseSchema }), z.strictObject({ conv: convSchema })])

/**
 * A dense layer or convolution whose weights are W_i = gain_i V_i/|V_i| for each neuron (or filter) i, |V_i| the norm of all that reads for it.
 * Salimans & Kingma 2016, eq. 2. V starts as the weights of the plain layer do, the gain as the mean norm of these.
 * A factor of one input, which W could undo, is undone by no factor of V and gain: of their symmetries only those of the named families are found.
 */
export function weightNorm(spec: z.output<typeof weightNormSchema>, context: LayerContext): Layer {
  const own: Parameter[] = []
  let size = 0
  // The plain layer has its weights in a vector of its own.
  const place: LayerContext['place'] = (name, shape, initial, rowAxes) => {
    const made = { name, shape, offset: size, size: shape.reduce((product, n) => product * n, 1), initial, ...(rowAxes === undefined ? {} : { rowAxes }) }
    size += made.size
    own.push(made)
    return made
  }
  const [plain, axis, letters] = 'dense' in spec ? [dense(spec.dense, { ...context, place }), 0, ''] as const : [conv(spec.conv, { ...context, place }), 3, 'K'] as const
  const [weight, bias] = own
  if (weight === undefined) throw new TypeError(`${plain.name} has no weights`)
  const units = weight.shape[axis] ?? 1
  const direction = context.place(`V${letters}${context.number}`, weight.shape, weight.initial, weight.rowAxes)
  const gain = context.place(`gain${letters}${context.number}`, [units], { mean: weight.initial.deviation * Math.sqrt(weight.size / units), deviation: 0 })
  const shift = bias === undefined ? undefined : context.place(bias.name, bias.shape, bias.initial)
  const layout: Layout = { size, weight, bias, direction, gain, shift, axis, units }
  const name = `weight_norm_${plain.name}`
  return {
    name,
    text: `${name}: ${weight.name} = ${gain.name} ${direction.name}/|${direction.name}| for each ${axis === 0 ? 'neuron' : 'filter'}`,
    input: plain.input,
    output: plain.output,
    image: plain.image,
    parameters: [direction, gain, ...(shift === undefined ? [] : [shift])],
    inner: [plain],
    summands: () => ({ through: (2 * weight.size) / units, parameter: 1 }), // the norm, and what goes back through it
    forward: (tf, x, parameters) => forward(tf, layout, parameters, (weights) => plain.forward(tf, x, weights)),
    float64: (capacity) => float64(layout, plain.float64(capacity)),
    produces: affineProductions(gain, shift, units),
    transfer: (change) => (change.kind === 'rotation' ? turned(plain.transfer(change), weight, direction) : undefined),
    within: [{ origin: `${name}: the weights are divided by their norm`, family: 'scale', count: units, sets: { w: [{ parameter: direction.name, axis }] } }],
  }
}

/** Where the parameters are in θ, and the weight and bias that they make in a vector of the plain layer's. */
interface Layout {
  readonly size: number
  readonly weight: Parameter
  readonly bias: Parameter | undefined
  readonly direction: Parameter
  readonly gain: Parameter
  readonly shift: Parameter | undefined
  /** The axis of neurons. */
  readonly axis: number
  readonly units: number
}

/** A rotation of what is read keeps the norms: V takes what W would. */
const turned = (outcome: Outcome | undefined, weight: Parameter, direction: Parameter): Outcome | undefined =>
  outcome?.kind !== 'absorbed' ? undefined : { ...outcome, why: outcome.why.replace(weight.name, direction.name), by: outcome.by.map((slice) => ({ ...slice, parameter: direction.name })) }

/** Backward: dgain_i = ⟨dW_i, V_i⟩/|V_i|, dV_i = gain_i/|V_i| (dW_i − V_i ⟨dW_i, V_i⟩/|V_i|²), eq. 3 there. */
function forward(tf: Tf, { direction, axis, units }: Layout, [v, gain, shift]: readonly Tensor[], plain: (weights: readonly Tensor[]) => Forward): Forward {
  if (v === undefined || gain === undefined) throw new Error('weight normalization needs a direction and a gain')
  const others = direction.shape.map((_, k) => k).filter((k) => k !== axis)
  const spread = (t: Tensor): Tensor => tf.reshape(t, direction.shape.map((n, k) => (k === axis ? n : 1)))
  const sums = (t: Tensor): Tensor => tf.reshape(tf.sum(t, others), [units])
  const inverse = tf.rsqrt(sums(tf.square(v)))
  const unit = tf.mul(v, spread(inverse))
  const pass = plain([tf.mul(unit, spread(gain)), ...(shift === undefined ? [] : [shift])])
  return {
    output: pass.output,
    pullback(dy, inputNeeded) {
      const { input, parameters: [slope, ...rest] } = pass.pullback(dy, inputNeeded)
      if (slope === undefined) throw new Error('weights without a derivative')
      const along = sums(tf.mul(slope, unit))
      const parameters = [tf.mul(spread(tf.mul(gain, inverse)), tf.sub(slope, tf.mul(unit, spread(along)))), along, ...rest]
      return input === undefined ? { parameters } : { input, parameters }
    },
  }
}

function float64({ size, weight, bias, direction, gain, shift, axis, units }: Layout, plain: Float64Layer): Float64Layer {
  const made = new Float64Array(size)
  const slope = new Float64Array(size)
  const norms = new Float64Array(units)
  const along = new Float64Array(units)
  const unitOf = (i: number): number => (axis === 0 ? Math.floor((i * units) / weight.size) : i % units)
  return {
    forward(x, rows, theta, statistics) {
      norms.fill(0)
      for (let i = 0; i < weight.size; i++) norms[unitOf(i)] = (norms[unitOf(i)] ?? 0) + (theta[direction.offset + i] ?? 0) ** 2
      for (let u = 0; u < units; u++) norms[u] = Math.sqrt(norms[u] ?? 0)
      for (let i = 0; i < weight.size; i++) made[weight.offset + i] = ((theta[gain.offset + unitOf(i)] ?? 0) * (theta[direction.offset + i] ?? 0)) / (norms[unitOf(i)] ?? 1)
      if (bias !== undefined && shift !== undefined) made.set(theta.subarray(shift.offset, shift.offset + shift.size), bias.offset)
      return plain.forward(x, rows, made, statistics)
    },
    // The formula above `forward`.
    backward(dy, rows, theta, gradient, inputNeeded) {
      const back = plain.backward(dy, rows, made, slope, inputNeeded)
      const unit = (i: number): number => (theta[direction.offset + i] ?? 0) / (norms[unitOf(i)] ?? 1)
      along.fill(0)
      for (let i = 0; i < weight.size; i++) along[unitOf(i)] = (along[unitOf(i)] ?? 0) + (slope[weight.offset + i] ?? 0) * unit(i)
      gradient.set(along, gain.offset)
      for (let i = 0; i < weight.size; i++) {
        const u = unitOf(i)
        gradient[direction.offset + i] = ((theta[gain.offset + u] ?? 0) / (norms[u] ?? 1)) * ((slope[weight.offset + i] ?? 0) - (along[u] ?? 0) * unit(i))
      }
      if (bias !== undefined && shift !== undefined) gradient.set(slope.subarray(bias.offset, bias.offset + bias.size), shift.offset)
      return back
    },
  }
}

import * as z from 'zod'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Float64Layer, Forward, Layer, LayerContext, Parameter, Tf } from '../layer.js'
import type { Change, Outcome } from '../signal.js'
import { affine } from './affine.js'
import { atEveryPlace } from './places.js'

export const batchnormSchema = z.strictObject({
  epsilon: z.number().nonnegative().default(1e-3),
  gamma: z.boolean().default(true),
  beta: z.boolean().default(true),
})

/**
 * y = γ (x − mean) / √(variance + ε) + β for each neuron, mean and (biased) variance over the batch; for each channel of an image, over all places
 * too. Ioffe & Szegedy 2015.
 */
export function batchnorm(spec: z.output<typeof batchnormSchema>, context: LayerContext): Layer {
  const { number, image, input } = context
  const { epsilon } = spec
  const width = image?.channels ?? input
  const { gamma, beta, parameters, text, produces } = affine(spec, `${number}`, { ...context, input: width })
  const name = `batchnorm${number}`
  const ofRows: Layer = {
    name,
    text: `${name}: ${width}`,
    input: width,
    output: width,
    parameters,
    summands: (rows) => ({ through: 4 * rows, parameter: rows }), // mean and variance, and what goes back through each
    forward: (tf, x, own) => forward(tf, x, epsilon, gamma === undefined ? undefined : own[0], beta === undefined ? undefined : own.at(-1)),
    float64: (capacity) => float64(width, epsilon, gamma, beta, capacity),
    produces,
    transfer: (change) => transfer(change, name, epsilon),
    ...(epsilon === 0 && input === width ? { fewestSamples: 2 } : {}), // one value has no variance
  }
  const kind = image === undefined ? `${input}` : `${width} channels of ${image.height}×${image.width}`
  return { ...atEveryPlace(ofRows, image), text: `${name}: ${kind}, epsilon ${epsilon}${text}` }
}

/** The mean takes a constant away; the standard deviation takes a factor away, but for ε. */
function transfer(change: Change, name: string, epsilon: number): Outcome | undefined {
  if (change.kind === 'translation') return { kind: 'absorbed', why: 'the batch mean is subtracted', by: [] }
  if (change.kind !== 'scale') return undefined
  const absorbed = { kind: 'absorbed', why: 'the batch standard deviation is divided out', by: [] } as const
  return epsilon === 0 ? absorbed : { ...absorbed, broken: { by: `epsilon of ${name}`, value: epsilon } }
}

/**
 * Backward, with u the derivative by the normalized value (x − mean)/√(variance + ε):
 * that by x is (u − mean(u) − normalized · mean(u · normalized)) / √(variance + ε), means over the batch.
 */
function forward(tf: Tf, x: Tensor2D, epsilon: number, gamma: Tensor | undefined, beta: Tensor | undefined): Forward {
  const centred = tf.sub<Tensor2D>(x, tf.mean(x, 0))
  const variance = tf.mean(tf.square(centred), 0)
  const inverse = tf.rsqrt(epsilon === 0 ? variance : tf.add(variance, epsilon))
  const normal = tf.mul<Tensor2D>(centred, inverse)
  const scaled = gamma === undefined ? normal : tf.mul<Tensor2D>(normal, gamma)
  return {
    output: beta === undefined ? scaled : tf.add(scaled, beta),
    pullback(dy, inputNeeded) {
      const [first, second] = [tf.sum(dy, 0), tf.sum(tf.mul(dy, normal), 0)]
      const parameters = [...(gamma === undefined ? [] : [second]), ...(beta === undefined ? [] : [first])]
      if (!inputNeeded) return { parameters }
      const [rows] = x.shape
      const rest = tf.sub(tf.sub(dy, tf.div(first, rows)), tf.mul(normal, tf.div(second, rows)))
      return { input: tf.mul(rest, gamma === undefined ? inverse : tf.mul(inverse, gamma)), parameters }
    },
  }
}

function float64(width: number, epsilon: number, gamma: Parameter | undefined, beta: Parameter | undefined, capacity: number): Float64Layer {
  const mean = new Float64Array(width)
  const inverse = new Float64Array(width)
  const normal = new Float64Array(capacity * width)
  const output = new Float64Array(capacity * width)
  const derivative = new Float64Array(capacity * width)
  const [first, second] = [new Float64Array(width), new Float64Array(width)]
  const keepStatistics = (x: Float64Array, rows: number): void => {
    mean.fill(0)
    inverse.fill(0)
    for (let n = 0, i = 0; n < rows; n++) for (let c = 0; c < width; c++, i++) mean[c] = (mean[c] ?? 0) + (x[i] ?? 0) / rows
    for (let n = 0, i = 0; n < rows; n++)
      for (let c = 0; c < width; c++, i++) inverse[c] = (inverse[c] ?? 0) + ((x[i] ?? 0) - (mean[c] ?? 0)) ** 2 / rows
    for (let c = 0; c < width; c++) inverse[c] = 1 / Math.sqrt((inverse[c] ?? 0) + epsilon)
  }
  return {
    forward(x, rows, theta, statistics) {
      if (statistics === 'batch') keepStatistics(x, rows)
      for (let n = 0, i = 0; n < rows; n++)
        for (let c = 0; c < width; c++, i++) {
          const value = ((x[i] ?? 0) - (mean[c] ?? 0)) * (inverse[c] ?? 0)
          normal[i] = value
          output[i] = (gamma === undefined ? value : value * (theta[gamma.offset + c] ?? 0)) + (beta === undefined ? 0 : (theta[beta.offset + c] ?? 0))
        }
      return output
    },
    // The formula above `forward`.
    backward(dy, rows, theta, gradient, inputNeeded) {
      first.fill(0)
      second.fill(0)
      for (let n = 0, i = 0; n < rows; n++)
        for (let c = 0; c < width; c++, i++) {
          first[c] = (first[c] ?? 0) + (dy[i] ?? 0)
          second[c] = (second[c] ?? 0) + (dy[i] ?? 0) * (normal[i] ?? 0)
        }
      if (beta !== undefined) gradient.set(first, beta.offset)
      if (gamma !== undefined) gradient.set(second, gamma.offset)
      if (!inputNeeded) return derivative
      for (let n = 0, i = 0; n < rows; n++)
        for (let c = 0; c < width; c++, i++) {
          const factor = (inverse[c] ?? 0) * (gamma === undefined ? 1 : (theta[gamma.offset + c] ?? 0))
          derivative[i] = factor * ((dy[i] ?? 0) - ((first[c] ?? 0) + (normal[i] ?? 0) * (second[c] ?? 0)) / rows)
        }
      return derivative
    },
  }
}

import * as z from 'zod'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Float64Layer, Forward, Layer, LayerContext, Tf } from '../layer.js'
import type { Change, Outcome } from '../signal.js'
import { type Affine, affine } from './affine.js'
import { atEveryPlace } from './places.js'

const epsilon = z.number().nonnegative()
export const layernormSchema = z.strictObject({ epsilon: epsilon.default(1e-5), gamma: z.boolean().default(true), beta: z.boolean().default(true) })
export const rmsnormSchema = z.strictObject({ epsilon: epsilon.default(1e-6), gamma: z.boolean().default(true) })

interface Kind {
  readonly kind: 'layernorm' | 'rmsnorm'
  readonly epsilon: number
  /** Whether the mean is subtracted. */
  readonly centred: boolean
  readonly divisor: string
}

/** y = γ (x − mean) / √(variance + ε) + β in every sample, at every place of an image, mean and (biased) variance over its neurons. Ba, Kiros & Hinton 2016. */
export const layernorm = (spec: z.output<typeof layernormSchema>, context: LayerContext): Layer =>
  normalization({ kind: 'layernorm', epsilon: spec.epsilon, centred: true, divisor: 'standard deviation' }, { ...spec, suffix: `_ln${context.number}` }, context)

/** y = γ x / √(mean of x² + ε) in every sample, at every place of an image, the mean over its neurons. Zhang & Sennrich 2019. */
export const rmsnorm = (spec: z.output<typeof rmsnormSchema>, context: LayerContext): Layer =>
  normalization({ kind: 'rmsnorm', epsilon: spec.epsilon, centred: false, divisor: 'root mean square' }, { gamma: spec.gamma, beta: false, suffix: `_rms${context.number}` }, context)

function normalization(kind: Kind, { suffix, ...parts }: { readonly gamma: boolean; readonly beta: boolean; readonly suffix: string }, context: LayerContext): Layer {
  const { number, image } = context
  const name = `${kind.kind}${number}`
  const width = image?.channels ?? context.input
  const own = affine(parts, suffix, { ...context, input: width })
  return atEveryPlace({
    name,
    text: `${name}: ${width}, epsilon ${kind.epsilon}${own.text}`,
    input: width,
    output: width,
    parameters: own.parameters,
    summands: (rows) => ({ through: (kind.centred ? 4 : 2) * width, parameter: rows }), // each mean over the neurons, and what goes back through it
    forward: (tf, x, parameters) => forward(tf, x, kind, own.gamma === undefined ? undefined : parameters[0], own.beta === undefined ? undefined : parameters.at(-1)),
    float64: (capacity) => float64(width, kind, own, capacity),
    produces: own.produces,
    transfer: (change) => transfer(change, name, kind, own),
  }, image)
}

/**
 * The mean takes away what is common to all neurons of a sample; the divisor takes a factor common to them away, but for ε. A rotation leaves the sum
 * of their squares, so that it passes where neither a mean nor a gain tells neurons apart.
 */
function transfer(change: Change, name: string, { epsilon, centred, divisor }: Kind, { gamma }: Affine): Outcome | undefined {
  if (change.kind === 'rotation' && !centred && gamma === undefined) return { kind: 'passed', change }
  if (change.kind === 'common' && centred) return { kind: 'absorbed', why: 'the mean over the neurons is subtracted', by: [] }
  if (change.kind !== 'dilation') return undefined
  const absorbed = { kind: 'absorbed', why: `the ${divisor} over the neurons is divided out`, by: [] } as const
  return epsilon === 0 ? absorbed : { ...absorbed, broken: { by: `epsilon of ${name}`, value: epsilon } }
}

/**
 * Backward, with u the derivative by the normalized value: that by x is (u − mean(u) − normalized · mean(u · normalized)) / √(variance + ε), means
 * over the neurons of a sample, the first of them only where the mean is subtracted.
 */
function forward(tf: Tf, x: Tensor2D, { epsilon, centred }: Kind, gamma: Tensor | undefined, beta: Tensor | undefined): Forward {
  const means = (t: Tensor): Tensor => tf.mean(t, 1, true)
  const kept = centred ? tf.sub<Tensor2D>(x, means(x)) : x
  const square = means(tf.square(kept))
  const inverse = tf.rsqrt(epsilon === 0 ? square : tf.add(square, epsilon))
  const normal = tf.mul<Tensor2D>(kept, inverse)
  const scaled = gamma === undefined ? normal : tf.mul<Tensor2D>(normal, gamma)
  return {
    output: beta === undefined ? scaled : tf.add(scaled, beta),
    pullback(dy, inputNeeded) {
      const parameters = [...(gamma === undefined ? [] : [tf.sum(tf.mul(dy, normal), 0)]), ...(beta === undefined ? [] : [tf.sum(dy, 0)])]
      if (!inputNeeded) return { parameters }
      const u = gamma === undefined ? dy : tf.mul<Tensor2D>(dy, gamma)
      const along = tf.mul(normal, means(tf.mul(u, normal)))
      return { input: tf.mul<Tensor2D>(tf.sub(centred ? tf.sub(u, means(u)) : u, along), inverse), parameters }
    },
  }
}

function float64(width: number, { epsilon, centred }: Kind, { gamma, beta }: Affine, capacity: number): Float64Layer {
  const inverse = new Float64Array(capacity)
  const normal = new Float64Array(capacity * width)
  const output = new Float64Array(capacity * width)
  const derivative = new Float64Array(capacity * width)
  const meanOf = (f: (c: number) => number): number => {
    let sum = 0
    for (let c = 0; c < width; c++) sum += f(c)
    return sum / width
  }
  return {
    forward(x, rows, theta) {
      for (let n = 0, at = 0; n < rows; n++, at += width) {
        const start = at
        const mean = centred ? meanOf((c) => x[start + c] ?? 0) : 0
        const factor = 1 / Math.sqrt(meanOf((c) => ((x[start + c] ?? 0) - mean) ** 2) + epsilon)
        inverse[n] = factor
        for (let c = 0; c < width; c++) {
          const value = ((x[at + c] ?? 0) - mean) * factor
          normal[at + c] = value
          output[at + c] = (gamma === undefined ? value : value * (theta[gamma.offset + c] ?? 0)) + (beta === undefined ? 0 : (theta[beta.offset + c] ?? 0))
        }
      }
      return output
    },
    // The formula above `forward`.
    backward(dy, rows, theta, gradient, inputNeeded) {
      if (gamma !== undefined) gradient.fill(0, gamma.offset, gamma.offset + width)
      if (beta !== undefined) gradient.fill(0, beta.offset, beta.offset + width)
      for (let n = 0, at = 0; n < rows; n++, at += width) {
        const start = at
        for (let c = 0; c < width; c++) {
          if (gamma !== undefined) gradient[gamma.offset + c] = (gradient[gamma.offset + c] ?? 0) + (dy[at + c] ?? 0) * (normal[at + c] ?? 0)
          if (beta !== undefined) gradient[beta.offset + c] = (gradient[beta.offset + c] ?? 0) + (dy[at + c] ?? 0)
        }
        if (!inputNeeded) continue
        const u = (c: number): number => (dy[start + c] ?? 0) * (gamma === undefined ? 1 : (theta[gamma.offset + c] ?? 0))
        const [first, second] = [centred ? meanOf(u) : 0, meanOf((c) => u(c) * (normal[start + c] ?? 0))]
        for (let c = 0; c < width; c++) derivative[at + c] = (inverse[n] ?? 0) * (u(c) - first - (normal[at + c] ?? 0) * second)
      }
      return derivative
    },
  }
}

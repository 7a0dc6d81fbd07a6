import * as z from 'zod'
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { InputError } from '../../errors.js'
import type { Float64Layer, Forward, Layer, LayerContext, Tf } from '../layer.js'
import type { Change, Outcome } from '../signal.js'
import { type Affine, affine } from './affine.js'

export const groupnormSchema = z.strictObject({
  groups: z.int().positive(),
  epsilon: z.number().nonnegative().default(1e-5),
  gamma: z.boolean().default(true),
  beta: z.boolean().default(true),
})

/** Each of `groups` has `members` neurons side by side, at so many places. */
interface Sizes {
  readonly places: number
  readonly groups: number
  readonly members: number
  readonly epsilon: number
}

/**
 * y = γ (x − mean) / √(variance + ε) + β in every sample, mean and (biased) variance over the neurons of a group; of an image over the channels of a
 * group at all places. Wu & He 2018; with a group for each channel it is instance normalization.
 * @throws InputError where the groups do not divide the neurons, and where they have so few numbers that these are constant.
 */
export function groupnorm(spec: z.output<typeof groupnormSchema>, context: LayerContext): Layer {
  const { number, image, input } = context
  const { groups, epsilon } = spec
  const name = `groupnorm${number}`
  const width = image?.channels ?? input
  const [members, places] = [width / groups, input / width]
  if (!Number.isInteger(members)) throw new InputError(`${name}: ${width} ${image === undefined ? 'neurons' : 'channels'} are not ${groups} groups of the same size`, 'take a number of groups that divides them')
  if (members * places === 1) throw new InputError(`${name}: a group of one neuron is its own mean, so that nothing is left of it`, 'take fewer groups')
  if (members * places === 2 && epsilon === 0)
    throw new InputError(`${name}: two numbers without their mean, divided by their deviation, are 1 and −1 whatever they are: nothing in front of it has a gradient`, 'take fewer groups, or an epsilon above 0')
  const own = affine(spec, `_gn${number}`, { ...context, input: width })
  const sizes: Sizes = { places, groups, members, epsilon }
  return {
    name,
    text: `${name}: ${width} in ${groups} group${groups === 1 ? '' : 's'}${image === undefined ? '' : `, each at all ${places} places`}, epsilon ${epsilon}${own.text}`,
    input,
    output: input,
    image,
    parameters: own.parameters,
    groups,
    summands: (rows) => ({ through: 4 * members * places, parameter: rows * places }), // mean and variance, and what goes back through each
    forward: (tf, x, parameters) => forward(tf, x, sizes, own.gamma === undefined ? undefined : parameters[0], own.beta === undefined ? undefined : parameters.at(-1)),
    float64: (capacity) => float64(sizes, own, capacity),
    produces: own.produces,
    transfer: (change) => transfer(change, name, sizes),
  }
}

/** The mean takes away what is common to a group, at all places; the standard deviation takes its factor away, but for ε. */
function transfer(change: Change, name: string, { groups, epsilon, places }: Sizes): Outcome | undefined {
  if (change.kind !== 'grouped' || change.groups !== groups || (change.each === 'common' && places > 1)) return undefined
  if (change.each !== 'factor') return { kind: 'absorbed', why: 'the mean over a group is subtracted', by: [] }
  const absorbed = { kind: 'absorbed', why: 'the standard deviation over a group is divided out', by: [] } as const
  return epsilon === 0 ? absorbed : { ...absorbed, broken: { by: `epsilon of ${name}`, value: epsilon } }
}

/** Backward as in layer normalization, with means over a group. */
function forward(tf: Tf, x: Tensor2D, { places, groups, members, epsilon }: Sizes, gamma: Tensor | undefined, beta: Tensor | undefined): Forward {
  const [rows, components] = x.shape
  const apart = (t: Tensor): Tensor => tf.reshape<Rank.R4>(t, [rows, places, groups, members])
  const together = (t: Tensor): Tensor2D => tf.reshape<Rank.R2>(t, [rows, components])
  const ofNeuron = (t: Tensor): Tensor => tf.reshape(t, [1, 1, groups, members])
  const means = (t: Tensor): Tensor => tf.mean(t, [1, 3], true)
  const kept = tf.sub(apart(x), means(apart(x)))
  const square = means(tf.square(kept))
  const inverse = tf.rsqrt(epsilon === 0 ? square : tf.add(square, epsilon))
  const normal = tf.mul(kept, inverse)
  const scaled = gamma === undefined ? normal : tf.mul(normal, ofNeuron(gamma))
  return {
    output: together(beta === undefined ? scaled : tf.add(scaled, ofNeuron(beta))),
    pullback(dy, inputNeeded) {
      const slope = apart(dy)
      const sums = (t: Tensor): Tensor => tf.reshape(tf.sum(t, [0, 1]), [groups * members])
      const parameters = [...(gamma === undefined ? [] : [sums(tf.mul(slope, normal))]), ...(beta === undefined ? [] : [sums(slope)])]
      if (!inputNeeded) return { parameters }
      const u = gamma === undefined ? slope : tf.mul(slope, ofNeuron(gamma))
      const along = tf.mul(normal, means(tf.mul(u, normal)))
      return { input: together(tf.mul(tf.sub(tf.sub(u, means(u)), along), inverse)), parameters }
    },
  }
}

function float64({ places, groups, members, epsilon }: Sizes, { gamma, beta }: Affine, capacity: number): Float64Layer {
  const width = groups * members
  const normal = new Float64Array(capacity * places * width)
  const inverse = new Float64Array(capacity * groups)
  const output = new Float64Array(capacity * places * width)
  const derivative = new Float64Array(capacity * places * width)
  /** For each number of a group in a sample: its place in the batch and its neuron. */
  const each = (sample: number, group: number, visit: (at: number, neuron: number) => void): void => {
    for (let p = 0; p < places; p++)
      for (let m = 0; m < members; m++) visit((sample * places + p) * width + group * members + m, group * members + m)
  }
  const mean = (sample: number, group: number, f: (at: number, neuron: number) => number): number => {
    let sum = 0
    each(sample, group, (at, neuron) => { sum += f(at, neuron) })
    return sum / (places * members)
  }
  return {
    forward(x, rows, theta) {
      for (let n = 0; n < rows; n++)
        for (let g = 0; g < groups; g++) {
          const centre = mean(n, g, (at) => x[at] ?? 0)
          const factor = 1 / Math.sqrt(mean(n, g, (at) => ((x[at] ?? 0) - centre) ** 2) + epsilon)
          inverse[n * groups + g] = factor
          each(n, g, (at, neuron) => {
            const value = ((x[at] ?? 0) - centre) * factor
            normal[at] = value
            output[at] = (gamma === undefined ? value : value * (theta[gamma.offset + neuron] ?? 0)) + (beta === undefined ? 0 : (theta[beta.offset + neuron] ?? 0))
          })
        }
      return output
    },
    backward(dy, rows, theta, gradient, inputNeeded) {
      if (gamma !== undefined) gradient.fill(0, gamma.offset, gamma.offset + width)
      if (beta !== undefined) gradient.fill(0, beta.offset, beta.offset + width)
      const u = (at: number, neuron: number): number => (dy[at] ?? 0) * (gamma === undefined ? 1 : (theta[gamma.offset + neuron] ?? 0))
      for (let n = 0; n < rows; n++)
        for (let g = 0; g < groups; g++) {
          each(n, g, (at, neuron) => {
            if (gamma !== undefined) gradient[gamma.offset + neuron] = (gradient[gamma.offset + neuron] ?? 0) + (dy[at] ?? 0) * (normal[at] ?? 0)
            if (beta !== undefined) gradient[beta.offset + neuron] = (gradient[beta.offset + neuron] ?? 0) + (dy[at] ?? 0)
          })
          if (!inputNeeded) continue
          const [first, second] = [mean(n, g, u), mean(n, g, (at, neuron) => u(at, neuron) * (normal[at] ?? 0))]
          each(n, g, (at, neuron) => { derivative[at] = (inverse[n * groups + g] ?? 0) * (u(at, neuron) - first - (normal[at] ?? 0) * second) })
        }
      return derivative
    },
  }
}

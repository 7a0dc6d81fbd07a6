import { evaluateNumber } from '../algebra/evaluate.js'
import { InputError } from '../errors.js'
import type { PolarLaw } from '../laws/polar.js'
import { float64Network } from '../network/float64.js'
import { type Network, componentsOf, inferSymmetries, initialParameters } from '../network/index.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'
import { batches } from '../training/batches.js'
import { type DataSet, select } from '../training/data/dataset.js'
import { targetMatrix } from '../training/data/targets.js'

/** What to run: gradient descent with weight decay on a network with normalization, and beside it the RMSProp it is said to be. */
export interface SideBySideOptions {
  readonly network: Network
  readonly data: DataSet
  /** The derived polar form of the rule `sgd` under the scale symmetry. */
  readonly polar: PolarLaw
  readonly eta: number
  readonly lambda: number
  readonly steps: number
  readonly batchSize: number
  readonly seed?: number
}

/** Both optimizers on the same batches; angles in radians, at the start of every step. */
export interface SideBySide {
  readonly neurons: number
  /** Largest angle between the two optimizers' directions over all neurons. */
  readonly apart: Float64Array
  /** The largest angle the neglected remainder explains: its accumulated effect on every neuron's effective learning rate. */
  readonly predicted: Float64Array
  /** Angle that the neurons have turned along gradient descent's path, mean over the neurons. */
  readonly turned: Float64Array
  /** Batch losses. */
  readonly loss: { readonly descent: Float64Array; readonly rmsprop: Float64Array }
  /** RMSProp's constants, as derived. */
  readonly constants: { readonly rate: number; readonly decay: number }
}

/** Flat positions of every neuron's weights. */
const neuronsOf = (network: Network, symmetry: NetworkSymmetry): readonly Int32Array[] =>
  Array.from({ length: symmetry.count }, (_, i) => Int32Array.from((symmetry.sets['w'] ?? []).flatMap((slice) => componentsOf(network, slice, i))))

const contraction = (x: Float64Array, y: Float64Array, place: Int32Array): number => place.reduce((sum, at) => sum + (x[at] ?? 0) * (y[at] ?? 0), 0)

/** The angle between two blocks, from the chord of their directions: accurate where the cosine is 1 to rounding. */
function angle(x: Float64Array, y: Float64Array, place: Int32Array): number {
  const [a, b] = [Math.sqrt(contraction(x, x, place)), Math.sqrt(contraction(y, y, place))]
  const chord = Math.sqrt(place.reduce((sum, at) => sum + ((x[at] ?? 0) / a - (y[at] ?? 0) / b) ** 2, 0))
  return 2 * Math.asin(Math.min(1, chord / 2))
}

/** A neuron on the unit sphere under RMSProp with a mean over the whole block. */
interface Rider {
  readonly place: Int32Array
  /** RMSProp's running mean of the squared gradient, in units in which it is the fourth power of gradient descent's norm. */
  mean: number
  /** What the neglected remainder would have added to it, and the angle this error has caused. */
  missed: number
  drift: number
}

/**
 * Runs both optimizers from the same start. RMSProp keeps every normalized neuron on the unit sphere and never knows gradient descent's
 * radius; its rate, decay and gain are the derived ones. Parameters in front of no normalization move by gradient descent in both.
 * @throws InputError for networks without a scale symmetry.
 */
export function sideBySide({ network, data, polar, eta, lambda, steps, batchSize, seed = 1 }: SideBySideOptions): SideBySide {
  const places = inferSymmetries(network).filter((s) => s.family === 'scale').flatMap((s) => neuronsOf(network, s))
  if (places.length === 0) throw new InputError('no neuron of the network has a scale symmetry', 'put a batchnorm behind a dense layer')
  const [turn, decay, gain, remainder, rate] = [polar.turn, polar.decay, polar.gain, polar.remainder, polar.rate].map((e) => evaluateNumber(e, { eta, lambda }))
  const law = { turn: turn ?? 0, decay: decay ?? 0, gain: gain ?? 0, remainder: remainder ?? 0 }
  const evaluator = float64Network(network, batchSize)
  const batchAt = batches(data.train.rows, batchSize, seed)
  const descent = initialParameters(network)
  const sphere = Float64Array.from(descent)
  const riders = places.map((place): Rider => ({ place, mean: contraction(descent, descent, place) ** 2, missed: 0, drift: 0 }))
  for (const { place } of riders) normalize(sphere, place)
  const gradients = [new Float64Array(network.size), new Float64Array(network.size)] as const
  const series = (): Float64Array => new Float64Array(steps)
  const out = { apart: series(), predicted: series(), turned: series(), loss: { descent: series(), rmsprop: series() } }
  let turned = 0
  for (let k = 0; k < steps; k += 1) {
    out.apart[k] = Math.max(...riders.map(({ place }) => angle(descent, sphere, place)))
    out.predicted[k] = Math.max(...riders.map((r) => r.drift))
    out.turned[k] = turned
    const batch = select(data.train, network.input, batchAt(k))
    const [inputs, targets] = [Float64Array.from(batch.inputs), targetMatrix(batch.targets, network.output)]
    out.loss.descent[k] = evaluator.lossAndGradient(descent, inputs, targets, batch.rows, gradients[0])
    out.loss.rmsprop[k] = evaluator.lossAndGradient(sphere, inputs, targets, batch.rows, gradients[1])
    const before = Float64Array.from(descent)
    const held = riders.map(({ place }) => Float64Array.from(place, (at) => sphere[at] ?? 0))
    for (const [theta, g] of [[descent, gradients[0]], [sphere, gradients[1]]] as const)
      for (let j = 0; j < theta.length; j += 1) theta[j] = (1 - eta * lambda) * (theta[j] ?? 0) - eta * (g[j] ?? 0)
    for (const [i, rider] of riders.entries()) ride(rider, held[i] ?? new Float64Array(0), sphere, gradients[1], law)
    turned += riders.reduce((sum, { place }) => sum + angle(before, descent, place), 0) / riders.length
  }
  return { neurons: riders.length, ...out, constants: { rate: rate ?? Number.NaN, decay: law.decay } }
}

function normalize(x: Float64Array, place: Int32Array): void {
  const size = Math.sqrt(contraction(x, x, place))
  for (const at of place) x[at] = (x[at] ?? 0) / size
}

/** One step of RMSProp on the sphere: first the direction, by the mean of the steps before, then the mean. */
function ride(rider: Rider, direction: Float64Array, sphere: Float64Array, gradient: Float64Array, law: { readonly turn: number; readonly decay: number; readonly gain: number; readonly remainder: number }): void {
  const { place } = rider
  const square = contraction(gradient, gradient, place)
  const speed = law.turn / Math.sqrt(rider.mean)
  rider.drift += (speed * Math.sqrt(square) * rider.missed) / (2 * rider.mean)
  for (const [i, at] of place.entries()) sphere[at] = (direction[i] ?? 0) - speed * (gradient[at] ?? 0)
  normalize(sphere, place)
  rider.missed = law.decay * rider.missed + (law.remainder * square ** 2) / rider.mean
  rider.mean = law.decay * rider.mean + law.gain * square
}

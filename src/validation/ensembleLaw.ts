import { atom } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import { compileFunction } from '../compile/function.js'
import { InputError } from '../errors.js'
import { derive } from '../laws/derive.js'
import { type StochasticLaw, itoLaw } from '../laws/stochastic.js'
import { type Network, inferSymmetries, initialParameters } from '../network/index.js'
import { programOf } from '../rules/rule.js'
import type { DataSet } from '../training/data/dataset.js'
import { type Measure, train } from '../training/index.js'
import { ensembleOf, gradientMoments } from './ensemble.js'

/** Minibatch runs of gradient descent without weight decay on a network with a rescale symmetry. */
export interface MeanLawOptions {
  readonly network: Network
  readonly data: DataSet
  readonly eta: number
  readonly steps: number
  readonly batchSize: number
  readonly runs: number
  /** Points in time at which full gradient and covariance are computed, on runs of their own. */
  readonly points: number
}

/** The mean imbalance |θ_in|² − |θ_out|² of the ensemble, gained since the start, beside Itô's law; one array a neuron. */
export interface MeanLaw {
  readonly law: StochasticLaw
  readonly step: readonly number[]
  readonly measured: readonly (readonly number[])[]
  /** Standard errors of the measured means. */
  readonly error: readonly (readonly number[])[]
  readonly predicted: readonly (readonly number[])[]
  /** Standard errors of the predictions, from the few runs that their drive is averaged over. */
  readonly predictedError: readonly (readonly number[])[]
  /** What the law without Itô's term says. */
  readonly withoutNoise: readonly (readonly number[])[]
}

function derivedLaw() {
  const [derived] = derive({ title: 'mean under minibatch noise', symmetry: { family: 'rescale', in: ['in'], out: ['out'] }, rule: { name: 'sgd', lambda: 0 }, order: 1 })
  if (derived === undefined) throw new Error('one law was asked for')
  return { law: itoLaw(derived.laws), rule: programOf(derived.laws.rule) }
}

/** The drive of a law from squared gradients and their covariance: `norm2(g_in)`, `norm2(noise_in)`, …. */
function driveFrom(law: StochasticLaw, eta: number): (values: ReadonlyMap<string, number>) => number {
  const atoms = atomsOf(law.mean.drive)
  const compiled = compileFunction([law.mean.drive], ['eta', ...atoms.map((o) => atom(o))])
  return (values) => compiled.at([eta, ...atoms.map((o) => values.get(o.text()) ?? Number.NaN)])[0] ?? Number.NaN
}

/** Runs that the drive is averaged over: few, for θ differs little between them. */
const PATHS = 6

/**
 * Holds an ensemble of real runs against the derived law of the mean. The drive is the average over a few further noisy runs, at the middles
 * of `points` equal parts of the time.
 *
 * Each batch is drawn without replacement, which the covariance's factor (N − S)/(N − 1) counts. Batches of one epoch do not overlap either, so
 * their noises sum to nearly zero over an epoch; this correlation, of relative size 1/(batches an epoch), is not in Itô's term, which is that of
 * a single step: ⟨g, ξ⟩ = 0 for every batch, so no product of two steps' noises enters the first order.
 * @throws InputError for networks without a rescale symmetry or with batch normalization.
 */
export async function meanLawOf({ network, data, eta, steps, batchSize, runs, points }: MeanLawOptions): Promise<MeanLaw> {
  const symmetry = inferSymmetries(network).find((s) => s.family === 'rescale')
  if (symmetry === undefined) throw new InputError('the network has no rescale symmetry', 'put a ReLU between two dense layers')
  const { law, rule } = derivedLaw()
  const square = (set: string, vector: string): Measure => ({ id: `norm2(${vector}_${set})`, symmetry, set, left: vector, right: vector, mode: 'diagonal' })
  const [weights, gradients] = [['in', 'out'].map((set) => square(set, 'theta')), ['in', 'out'].map((set) => square(set, 'g'))]
  const combinations = { q: { 'norm2(theta_in)': 1, 'norm2(theta_out)': -1 } }
  const shared = { network, data, rule, hyperparameters: { eta, lambda: 0 }, initial: initialParameters(network) }
  const ensemble = await ensembleOf({ ...shared, batchSize, measures: weights, combinations, steps: steps + 1, runs })
  const drive = driveFrom(law, eta)
  const neurons = Array.from({ length: symmetry.count }, (_, i) => i)
  const step = Array.from({ length: points + 1 }, (_, j) => Math.round((j * steps) / points))
  const gains = { noisy: [], plain: [] } as { readonly noisy: number[][][]; readonly plain: number[][][] }
  for (let path = 1; path <= PATHS; path += 1) {
    const gain = { noisy: neurons.map(() => [0]), plain: neurons.map(() => [0]) }
    for (let part = 0; part < points; part += 1) {
      const at = Math.max(1, Math.round(((part + 0.5) * steps) / points))
      const { parameters } = await train({ ...shared, steps: at, batchSize, seed: runs + path, backend: 'float64' })
      const { mean, noise } = gradientMoments(network, parameters, data, batchSize, gradients)
      const time = eta * ((step[part + 1] ?? 0) - (step[part] ?? 0))
      for (const i of neurons) {
        const values = (factor: number) =>
          new Map(gradients.flatMap(({ id }, j) => [[id, mean[j * symmetry.count + i] ?? Number.NaN], [id.replace('(g_', '(noise_'), factor * (noise[j * symmetry.count + i] ?? Number.NaN)]] as const))
        gain.noisy[i]?.push((gain.noisy[i]?.at(-1) ?? 0) + time * drive(values(1)))
        gain.plain[i]?.push((gain.plain[i]?.at(-1) ?? 0) + time * drive(values(0)))
      }
    }
    gains.noisy.push(gain.noisy)
    gains.plain.push(gain.plain)
  }
  const average = (of: readonly number[][][], i: number): number[] => step.map((_, j) => of.reduce((sum, path) => sum + (path[i]?.[j] ?? Number.NaN) / PATHS, 0))
  const errorOf = (i: number): number[] => {
    const center = average(gains.noisy, i)
    return step.map((_, j) => Math.sqrt(gains.noisy.reduce((sum, path) => sum + ((path[i]?.[j] ?? Number.NaN) - (center[j] ?? 0)) ** 2, 0) / (PATHS * (PATHS - 1))))
  }
  const q = ensemble.columns.get('q')
  const column = (values: Float64Array | undefined, i: number, from: number): number[] => step.map((k) => (values?.[k * symmetry.count + i] ?? Number.NaN) - from)
  return {
    law,
    step,
    measured: neurons.map((i) => column(q?.mean, i, q?.mean[i] ?? 0)),
    error: neurons.map((i) => column(q?.error, i, 0)),
    predicted: neurons.map((i) => average(gains.noisy, i)),
    predictedError: neurons.map(errorOf),
    withoutNoise: neurons.map((i) => average(gains.plain, i)),
  }
}

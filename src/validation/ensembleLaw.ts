import { ZERO, div } from '../algebra/build.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { derive } from '../laws/derive.js'
import { type MeanRow, meanRecursion } from '../laws/meanRecursion.js'
import { type StochasticLaw, itoLaw } from '../laws/stochastic.js'
import { nextOfRow } from '../laws/discrete.js'
import { type Network, inferSymmetries, initialParameters } from '../network/index.js'
import { type RuleStatement, programOf } from '../rules/rule.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'
import type { DataSet } from '../training/data/dataset.js'
import { type Recording, type TrainOptions, train } from '../training/index.js'
import { type FurtherColumn, ensembleOf, gradientMoments } from './ensemble.js'
import { withFullGradient } from './noise.js'
import { type Quantity, measuresOf, quantityOf, seriesOf } from './quantities.js'

/** Minibatch runs on a network with a rescale symmetry by a rule whose law of the mean is exact. */
export interface MeanLawOptions {
  readonly network: Network
  readonly data: DataSet
  readonly rule: RuleStatement
  /** Values of the rule's hyperparameters, `eta` among them; they do not change in the run. */
  readonly hyperparameters: Readonly<Record<string, number>>
  readonly steps: number
  readonly batchSize: number
  readonly runs: number
  /** Points in time at which the covariance is computed, on runs of their own. */
  readonly points: number
}

/** What minibatch noise has made of the balance |θ_in|² − |θ_out|² of the ensemble since the start; one array a neuron. */
export interface MeanLaw {
  readonly law: StochasticLaw
  readonly step: readonly number[]
  /** Mean over the runs, and its standard error; the law without noise says 0. */
  readonly measured: readonly (readonly number[])[]
  readonly error: readonly (readonly number[])[]
  /** What the exact law of the mean says, and its standard error, from the few runs that the covariance is averaged over. */
  readonly predicted: readonly (readonly number[])[]
  readonly predictedError: readonly (readonly number[])[]
  /** What Itô's formula says. */
  readonly ito: readonly (readonly number[])[]
}

/** The laws of the balance and how a run measures them. */
interface Measured {
  readonly law: StochasticLaw
  readonly rows: readonly { readonly now: Quantity; readonly next: Quantity; readonly noise: Quantity }[]
  readonly ito: Quantity
  /** The rows' coefficients of each other as numbers, and the rate of decay of the flow's law. */
  readonly matrix: readonly (readonly number[])[]
  readonly decay: number
}

/** What all runs have in common. */
type Shared = Pick<TrainOptions, 'network' | 'data' | 'rule' | 'hyperparameters' | 'batchSize' | 'replacement' | 'initial'>

function lawsFor({ rule, hyperparameters }: MeanLawOptions, symmetry: NetworkSymmetry) {
  const statement = { family: 'rescale', in: ['in'], out: ['out'] } as const
  const [derived] = derive({ title: 'mean under minibatch noise', symmetry: statement, rule, order: 1 })
  if (derived === undefined) throw new Error('one law was asked for')
  const { laws } = derived
  const rows = meanRecursion(laws)
  const { discrete } = laws
  if (rows === undefined || discrete === undefined)
    throw new InputError(`the rule ${laws.rule.name} has no exact law of the mean`, 'take a rule that is linear in gradient and states, such as momentum')
  const quantity = (e: Expr): Quantity => {
    const found = quantityOf(e, symmetry)
    if (found !== undefined) return found
    throw new InputError(`a run cannot measure the law of the mean of the rule ${laws.rule.name}`, 'take a rule without higher derivatives of the loss')
  }
  const law = itoLaw(laws)
  const [a0 = ZERO, a1 = ZERO] = law.mean.coefficients
  const measured: Measured = {
    law,
    rows: rows.map((row: MeanRow, i) => {
      const next = nextOfRow({ ...discrete, rows }, i)
      return { now: quantity(row.contraction), next: quantity(next), noise: quantity(row.noise) }
    }),
    ito: quantity(law.ito),
    matrix: rows.map((row) => row.coefficients.map((c) => evaluateNumber(c, hyperparameters))),
    decay: evaluateNumber(div(a0, a1), hyperparameters),
  }
  return { measured, program: programOf(laws.rule) }
}

/** What a step puts into a row of a member. */
type Source = (row: number, k: number, member: number) => number

/**
 * x' = A x + source, from zero, for each member: what has been put into the rows has become of them. The values of the first row, the
 * charge, step by step.
 */
function accumulated(matrix: Measured['matrix'], steps: number, members: number, source: Source): Float64Array {
  const charge = new Float64Array(steps * members)
  for (let i = 0; i < members; i += 1) {
    let x = matrix.map(() => 0)
    for (let k = 0; k < steps; k += 1) {
      charge[k * members + i] = x[0] ?? 0
      const before = x
      x = matrix.map((row, r) => row.reduce((sum, c, j) => sum + c * (before[j] ?? 0), source(r, k, i)))
    }
  }
  return charge
}

/**
 * What the noise of the batches has made of the charge in one run: at every step the rows less what the full gradient would have made of
 * them, carried on.
 */
function noiseOfRun({ rows, matrix }: Measured, at: () => Readonly<Record<string, number>>, recording: Recording): readonly FurtherColumn[] {
  const full = withFullGradient(recording)
  if (full === undefined) throw new Error('the run took no steps with the full gradient')
  const series = rows.map(({ now, next }) => ({ now: seriesOf(now, recording, at), next: seriesOf(next, full, at) }))
  const width = series[0]?.now.members ?? 1
  const value = (s: { readonly values: Float64Array }, k: number, i: number): number => s.values[k * width + i] ?? 0
  const source: Source = (r, k, i) => {
    const row = series[r]
    return row === undefined || k + 1 >= recording.steps ? 0 : value(row.now, k + 1, i) - value(row.next, k, i)
  }
  return [['noise', { width, values: accumulated(matrix, recording.steps, width, source) }]]
}

/** Runs that the covariance is averaged over: few, for θ differs little between them. */
const PATHS = 6

/** What the covariance along one noisy run makes of the charge, by the exact law of the mean and by Itô's, for each step and neuron. */
async function alongPath(options: MeanLawOptions, shared: Shared, { rows, ito, matrix, decay }: Measured, members: number, step: readonly number[], seed: number) {
  const { network, data, hyperparameters, steps, batchSize, points } = options
  const measures = measuresOf([...rows.map((row) => row.noise), ito])
  const found: ReturnType<typeof gradientMoments>[] = []
  for (let part = 0; part < points; part += 1) {
    const middle = Math.max(1, Math.round(((part + 0.5) * steps) / points))
    const { parameters } = await train({ ...shared, steps: middle, seed, backend: 'float64' })
    found.push(gradientMoments(network, parameters, data, batchSize, measures, true))
  }
  const columns = new Map((found[0]?.columns ?? []).map(({ id, offset, width }) => {
    const values = Float64Array.from(found.flatMap(({ noise }) => [...noise.subarray(offset, offset + width)]))
    return [id, { width, values }] as const
  }))
  const during = (q: Quantity): ((k: number, i: number) => number) => {
    const { values } = seriesOf(q, { steps: points, columns }, () => hyperparameters)
    return (k, i) => values[Math.min(points - 1, step.findLastIndex((from) => from <= k)) * members + i] ?? Number.NaN
  }
  const eta = hyperparameters['eta'] ?? Number.NaN
  const [sources, drift] = [rows.map((row) => during(row.noise)), during(ito)]
  return {
    exact: accumulated(matrix, steps + 1, members, (r, k, i) => sources[r]?.(k, i) ?? Number.NaN),
    ito: accumulated([[1 - eta * decay]], steps + 1, members, (_, k, i) => eta * drift(k, i)),
  }
}

/**
 * Holds an ensemble of real runs against the law of the mean that is derived: the exact one, and Itô's. What each batch does to the
 * contractions beyond what the full gradient would have done is carried on by the exact law; the mean of that over the runs is what the
 * covariance of the batches should make. The covariance is the average over a few further noisy runs, at the middles of `points` equal
 * parts of the time.
 *
 * Batches are drawn with replacement, so that they are independent. Drawn without, those of an epoch are correlated by −1/(B − 1) for B
 * batches an epoch, and a state that remembers 1/(1 − β) of them holds less noise by about 2β/((1 − β)(B − 1)) of it.
 * @throws InputError for networks without a rescale symmetry or with batch normalization, and for rules without an exact law of the mean
 */
export async function meanLawOf(options: MeanLawOptions): Promise<MeanLaw> {
  const { network, data, hyperparameters, steps, batchSize, runs, points } = options
  const symmetry = inferSymmetries(network).find((s) => s.family === 'rescale')
  if (symmetry === undefined) throw new InputError('the network has no rescale symmetry', 'put a ReLU between two dense layers')
  const { measured, program } = lawsFor(options, symmetry)
  const initial = initialParameters(network)
  const shared: Shared = { network, data, rule: program, hyperparameters, batchSize, replacement: true, initial }
  const measures = measuresOf(measured.rows.flatMap((row) => [row.now, row.next]))
  const further = (recording: Recording): readonly FurtherColumn[] => noiseOfRun(measured, () => hyperparameters, recording)
  const ensemble = await ensembleOf({ ...shared, measures, fullGradients: true, steps: steps + 1, runs, further })
  const step = Array.from({ length: points + 1 }, (_, j) => Math.round((j * steps) / points))
  const paths: Awaited<ReturnType<typeof alongPath>>[] = []
  for (let path = 1; path <= PATHS; path += 1) paths.push(await alongPath(options, shared, measured, symmetry.count, step, runs + path))
  const noise = ensemble.columns.get('noise')
  const each = (value: (at: number) => number): number[][] =>
    Array.from({ length: symmetry.count }, (_, i) => step.map((k) => value(k * symmetry.count + i)))
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const standardError = (values: readonly number[]): number =>
    Math.sqrt(values.reduce((sum, x) => sum + (x - mean(values)) ** 2, 0) / (values.length * (values.length - 1)))
  const overPaths = (of: 'exact' | 'ito', index: number): number[] => paths.map((path) => path[of][index] ?? Number.NaN)
  return {
    law: measured.law,
    step,
    measured: each((index) => noise?.mean[index] ?? Number.NaN),
    error: each((index) => noise?.error[index] ?? Number.NaN),
    predicted: each((index) => mean(overPaths('exact', index))),
    predictedError: each((index) => standardError(overPaths('exact', index))),
    ito: each((index) => mean(overPaths('ito', index))),
  }
}

import { ZERO } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { noiseAsGradients } from '../laws/covariance.js'
import { nextOfRow } from '../laws/discrete.js'
import { meanRecursion, meanRecursionCheck } from '../laws/meanRecursion.js'
import { noiseConserves, stochasticLaw } from '../laws/stochastic.js'
import { type Network, mixingLayer } from '../network/index.js'
import type { Outcome } from '../rules/model.js'
import { otherColumn } from '../training/fullGradient.js'
import type { Recording } from '../training/recording.js'
import { type Entering, matricesOf } from './carried.js'
import { withColumns, withFullGradient } from './noise.js'
import { type Plan, withDefinitions } from './plan.js'
import { type HyperparametersAt, type Quantity, type Series, quantityOf, seriesOf } from './quantities.js'

/** A row of the exact law as one of the mean over batches: what it is after a step, and what of that the covariance of the gradient adds. */
interface BatchRow {
  readonly coefficients: readonly Expr[]
  readonly now: Quantity
  readonly next: Quantity
  /** The covariance's part with the gradient in the place of the noise: that of a batch less that of the full gradient has the same mean. */
  readonly noise: Quantity
}

/** The exact law of the mean over independent batches as a run of the network measures it. */
export interface BatchLawOfPlan {
  readonly plan: Plan
  readonly rows: readonly BatchRow[]
  /** What the law of the variance says to leading order, as a clause. */
  readonly told: string
}

/** The law of the mean over batches for one family of a network; why an ensemble cannot be held against it. */
export function batchLawOfPlan(plan: Plan, network: Network): Outcome<BatchLawOfPlan> {
  const { laws, symmetry } = plan
  const none = (reason: string): Outcome<never> => ({ ok: false, reason: `no ensemble of runs is held against the mean over batches: ${reason}` })
  const mixing = mixingLayer(network)
  if (mixing !== undefined) return none(`${mixing.name} mixes the samples of a batch, so that the gradient on all samples is not the mean of those of batches`)
  const found = meanRecursion(laws)
  const { discrete } = laws
  if (found === undefined || discrete === undefined || !meanRecursionCheck(found, laws).passed)
    return none('the covariance of the gradient does not say what the step is on average, or the exact law has no rows that close')
  if (discrete.charge !== laws.flows[0]?.law.charge && laws.flows.length > 0) return none('the law along the flow is not that of the charge of a step')
  const noises = found.map((row) => noiseAsGradients(row.noise, row.mean))
  if (noises.includes(undefined)) return none('a batch leads to the points at which it reads its gradients, and the gradient on all samples at a point of its own is not their mean')
  const rows = found.map((row, i) => {
    const [now, next, noise] = [row.contraction, nextOfRow({ ...discrete, rows: found }, i), noises[i] ?? ZERO].map((e) => quantityOf(withDefinitions(e, laws), symmetry))
    return now === undefined || next === undefined || noise === undefined ? undefined : { coefficients: row.coefficients, now, next, noise }
  })
  const ito = stochasticLaw(laws)
  const told = ito.ok && noiseConserves(ito.value) ? '; to leading order it has none, as the noise is at right angles to the gradient of the charge' : ''
  return rows.every((row) => row !== undefined) ? { ok: true, value: { plan, rows, told } } : none('a run does not record all of it')
}

export const quantitiesOfBatchLaw = ({ rows }: BatchLawOfPlan): readonly Quantity[] => rows.flatMap(({ now, next, noise }) => [now, next, noise])

/** Batches beside that of a step: two, so that the variance of neither enters what is said of that of the step. */
export const BESIDE = 2

/** What the noise of the batches puts into the rows of one run beyond their means, with the covariance that each batch beside shows, and how these two differ. */
interface EnteringBatches {
  readonly charge: Series
  readonly noise: readonly Entering[]
  /** The difference of the two batches beside over √2: it has the variance of the noise of one. */
  readonly beside: Entering
}

export function enteringBatches({ rows }: BatchLawOfPlan, recording: Recording, at: HyperparametersAt): EnteringBatches {
  const full = withFullGradient(recording)
  const others = Array.from({ length: BESIDE }, (_, n) => withColumns(recording, (id) => otherColumn(n + 1, id))).filter((other) => other !== undefined)
  if (full === undefined || others.length < BESIDE) throw new Error('the run took no steps with other gradients')
  const series = rows.map(({ now, next, noise }) => ({
    now: seriesOf(now, recording, at),
    full: seriesOf(next, full, at),
    covariance: seriesOf(noise, full, at),
    others: others.map((other) => ({ next: seriesOf(next, other, at), covariance: seriesOf(noise, other, at) })),
  }))
  const [first] = series
  if (first === undefined) throw new Error('the law of the mean has a charge')
  const { members } = first.now
  const value = (s: Series | undefined, k: number, i: number): number => s?.values[k * s.members + (s.members === 1 ? 0 : i)] ?? Number.NaN
  const base = { members, rows: rows.length, matrixAt: matricesOf(rows.map((row) => row.coefficients), recording.steps, at) }
  return {
    charge: first.now,
    noise: others.map((_, n) => ({ ...base, source: (r, k, i) => value(series[r]?.now, k + 1, i) - value(series[r]?.full, k, i) - value(series[r]?.others[n]?.covariance, k, i) + value(series[r]?.covariance, k, i) })),
    beside: { ...base, source: (r, k, i) => (value(series[r]?.others[0]?.next, k, i) - value(series[r]?.others[1]?.next, k, i)) / Math.SQRT2 },
  }
}

import { HALF, ZERO, add, atom, mul, num, sub } from '../algebra/build.js'
import { mapAtoms } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction } from '../jets/contraction.js'
import { simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { scaleVector, variable } from '../jets/vector.js'
import { mentions } from '../laws/gradientVariable.js'
import { averaged } from '../laws/injectedConsequences.js'
import { type Row, nextOfRow } from '../laws/discrete.js'
import type { Laws } from '../laws/engine.js'
import type { Network } from '../network/index.js'
import type { Outcome } from '../rules/model.js'
import type { TrainOptions } from '../training/options.js'
import type { Recording } from '../training/recording.js'
import { train } from '../training/run.js'
import { BESIDE, type BatchLawOfPlan, enteringBatches, quantitiesOfBatchLaw } from './batchMean.js'
import { type Entering, carriedOn, matricesOf } from './carried.js'
import { Moments } from './moments.js'
import { type Plan, measuresIn } from './plan.js'
import { type HyperparametersAt, type Quantity, type Series, entriesOf, quantityOf, seriesOf } from './quantities.js'
import { type Stretch, type VarianceLaw, injectedVariance, stretchesBeside, stretchesOf } from './varianceOverRuns.js'

/** A row of the law of the mean with what a run measures of it. */
interface MeanRow {
  readonly coefficients: readonly Expr[]
  readonly now: Quantity
  readonly drive: Quantity
  /** What changes sign with the noise, and so has no mean; left in where the noise does nothing else. */
  readonly odd: Quantity | undefined
}

/** The law of the mean over injected noise as a run of the network measures it. */
export interface MeanLawOfPlan {
  readonly plan: Plan
  readonly rows: readonly MeanRow[]
  readonly variance: Outcome<VarianceLaw>
}

/** What an ensemble takes one run for: what to measure, and what the noise has made of the charge beyond its mean. */
interface LawOverRuns {
  readonly quantities: readonly Quantity[]
  /** What the runs need beyond the options of the problem's own. */
  readonly options: Partial<TrainOptions>
  readonly ofRun: (recording: Recording, at: HyperparametersAt) => { readonly charge: Series; readonly deviation: Float64Array; readonly stretches: Outcome<readonly Stretch[]> }
}

/** |1_B|² as the number of parameters that a member of the network's symmetry has in B. */
const withEntries = (plan: Plan, network: Network) => (e: Expr): Expr =>
  mapAtoms(e, (o) => {
    const c = asContraction(o)
    if (c?.left.kind !== 'indicator' || c.left !== c.right || !Object.hasOwn(plan.symmetry.sets, c.left.set.name)) return atom(o)
    return num(entriesOf({ symmetry: plan.symmetry, set: c.left.set.name }, { network }))
  })

/** The parts of the exact law that are odd in the noise, row by row; none where it has no others: then nothing of the noise would be left. */
function oddParts({ discrete, rule }: Laws): readonly Expr[] {
  const rows = discrete?.writtenOut ?? []
  const nexts = discrete === undefined ? [] : rows.map((_, i) => nextOfRow({ ...discrete, rows }, i))
  const turned = byName(Object.fromEntries(rule.noises.map((name) => [name, scaleVector(num(-1), variable(name))])))
  const odds = nexts.map((next) => simplifyScalar(mul(HALF, sub(next, replaceInScalar(next, turned)))))
  const noises = new Set(rule.noises)
  return nexts.some((next, i) => mentions(simplifyScalar(sub(next, odds[i] ?? ZERO)), noises)) ? odds : []
}

/** The law of the mean for one family of a network; why a run cannot be held against it. */
export function meanLawOfPlan(plan: Plan, network: Network): Outcome<MeanLawOfPlan> {
  const { laws, symmetry, charge } = plan
  const none = (reason: string): Outcome<never> => ({ ok: false, reason: `no ensemble of runs is held against the mean over the injected noise: ${reason}` })
  const found = laws.blockForm === undefined ? averaged(laws, withEntries(plan, network)) : undefined
  if (found?.verified.passed !== true) return none('the exact law of a step does not close over its covariance')
  if (found.system.charge !== laws.flows[0]?.law.charge && laws.flows.length > 0) return none('the law along the flow is not that of the charge of a step')
  const noises = new Set(laws.rule.noises)
  const odds = oddParts(laws)
  const rows = found.system.rows.map((row: Row, i) => {
    const odd = odds[i] === undefined ? undefined : quantityOf(odds[i], symmetry)
    const drive = add(...row.drives.map((d) => mul(d.coefficient, d.drive)))
    const [now, driven] = [row.contraction, drive].map((e) => (mentions(e, noises) ? undefined : quantityOf(e, symmetry)))
    return now === undefined || driven === undefined ? undefined : { coefficients: row.coefficients, now, drive: driven, odd }
  })
  return charge !== undefined && rows.every((row) => row !== undefined) ? { ok: true, value: { plan, rows, variance: injectedVariance(plan, withEntries(plan, network)) } } : none('a run does not record all of it')
}

/** The charge over the runs, and how far it is from what the law of the mean makes of the start and the drives of each run. */
export interface MeanOverRuns {
  readonly runs: number
  readonly steps: number
  readonly members: number
  readonly charge: Float64Array
  readonly deviation: Float64Array
  readonly error: Float64Array
  /** The deviation summed over the members, step by step: what has the same sign in all of them shows in it. */
  readonly total: { readonly deviation: Float64Array; readonly error: Float64Array }
  /** Stretches of all runs, for the law of the variance; why there are none. */
  readonly stretches: Outcome<readonly Stretch[]>
}

/**
 * What injected noise puts into the rows of one run beyond their mean: what they are after a step less what the law of the mean says they are. Its mean over
 * the noise is zero at every step, whatever the batches and gradients of the run are. `even` leaves out what changes sign with the noise.
 */
function enteringInjected({ rows }: MeanLawOfPlan, recording: Recording, at: HyperparametersAt, even: boolean): Entering {
  const series = rows.map(({ now, drive, odd }) => ({ now: seriesOf(now, recording, at), drive: seriesOf(drive, recording, at), odd: odd === undefined || !even ? undefined : seriesOf(odd, recording, at) }))
  const value = (s: Series | undefined, k: number, i: number): number => (s === undefined ? 0 : (s.values[k * s.members + (s.members === 1 ? 0 : i)] ?? Number.NaN))
  const matrixAt = matricesOf(rows.map((row) => row.coefficients), recording.steps, at)
  const source: Entering['source'] = (r, k, i) => {
    const own = series[r]
    return (matrixAt(k)[r] ?? []).reduce((sum, c, j) => sum - c * value(series[j]?.now, k, i), value(own?.now, k + 1, i) - value(own?.drive, k, i) - value(own?.odd, k, i))
  }
  return { members: series[0]?.now.members ?? 1, rows: rows.length, matrixAt, source }
}

/** The law of the mean over injected noise, and that of the variance, as one run is held against them. */
const overInjected = (law: MeanLawOfPlan): LawOverRuns => ({
  quantities: [...law.rows.flatMap((row) => [row.now, row.drive, ...(row.odd === undefined ? [] : [row.odd])]), ...(law.variance.ok ? [law.variance.value.spread] : [])],
  options: {},
  ofRun(recording, at) {
    const [charge] = law.rows.map((row) => seriesOf(row.now, recording, at))
    if (charge === undefined) throw new Error('the law of the mean has a charge')
    const { variance } = law
    const stretches = variance.ok ? { ok: true, value: stretchesOf(variance.value, enteringInjected(law, recording, at, false), recording, at) } as const : variance
    return { charge, deviation: carriedOn(enteringInjected(law, recording, at, true), 0, recording.steps - 1).values, stretches }
  },
})

/** The same over the noise of independent batches. */
const overBatches = (law: BatchLawOfPlan): LawOverRuns => ({
  quantities: quantitiesOfBatchLaw(law),
  options: { replacement: true, fullGradientEvery: 1, otherBatches: BESIDE },
  ofRun(recording, at) {
    const { charge, noise, beside } = enteringBatches(law, recording, at)
    const all = noise.map((entering) => carriedOn(entering, 0, recording.steps - 1).values)
    const deviation = Float64Array.from(all[0] ?? [], (_, i) => all.reduce((sum, x) => sum + (x[i] ?? Number.NaN), 0) / all.length)
    return { charge, deviation, stretches: { ok: true, value: stretchesBeside(noise, beside, recording.steps) } }
  },
})

/** Steps of each run, at the most: what the noise does grows with the square root of their number, as its error bar does. */
export const MOST_STEPS = 200

/** What an ensemble has to measure for its laws. */
export const quantitiesOverRuns = (laws: readonly (MeanLawOfPlan | BatchLawOfPlan)[]): readonly Quantity[] => laws.flatMap((law) => (isOfBatches(law) ? overBatches(law) : overInjected(law)).quantities)

const isOfBatches = (law: MeanLawOfPlan | BatchLawOfPlan): law is BatchLawOfPlan => 'told' in law

/**
 * Runs that differ in their noise and in the order of their samples, held against the laws of mean and variance.
 * @param options those of the run; `seed` that of the first. @returns one a law; none if the runs were stopped
 */
export async function meanOverRuns(laws: readonly (MeanLawOfPlan | BatchLawOfPlan)[], options: TrainOptions, runs: number, at: HyperparametersAt): Promise<readonly MeanOverRuns[] | undefined> {
  const steps = Math.min(options.steps, MOST_STEPS)
  const each = laws.map((law) => (isOfBatches(law) ? overBatches(law) : overInjected(law)))
  const measures = measuresIn(each.flatMap(({ quantities }) => quantities), options.network)
  const further = each.reduce<Partial<TrainOptions>>((all, law) => ({ ...all, ...law.options }), {})
  const found: { members: number; charge: Moments; deviation: Moments; total: Moments; stretches: Outcome<readonly Stretch[]> }[] = []
  for (let run = 0; run < runs; run += 1) {
    const recording = await train({ ...options, ...further, measures, steps, seed: (options.seed ?? 1) + run })
    if (recording.partial) return undefined
    for (const [l, law] of each.entries()) {
      const { charge, deviation, stretches } = law.ofRun(recording, at)
      const { members } = charge
      const moments = (found[l] ??= { members, charge: new Moments(charge.values.length), deviation: new Moments(charge.values.length), total: new Moments(steps), stretches: { ok: true, value: [] } })
      moments.charge.take(charge.values)
      moments.deviation.take(deviation)
      moments.total.take(Float64Array.from({ length: steps }, (_, k) => deviation.subarray(k * members, (k + 1) * members).reduce((a, b) => a + b, 0)))
      moments.stretches = stretches.ok && moments.stretches.ok ? { ok: true, value: [...moments.stretches.value, ...stretches.value] } : stretches
    }
  }
  return found.map(({ members, charge, deviation, total, stretches }) =>
    ({ runs, steps, members, charge: charge.mean, deviation: deviation.mean, error: deviation.errors(), total: { deviation: total.mean, error: total.errors() }, stretches }))
}

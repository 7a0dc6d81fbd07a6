import { HALF, ZERO, add, atom, mul, num, sub } from '../algebra/build.js'
import { mapAtoms } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
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
import type { Measure } from '../training/measure.js'
import type { TrainOptions } from '../training/options.js'
import type { Recording } from '../training/recording.js'
import { train } from '../training/run.js'
import { Moments } from './moments.js'
import type { Plan } from './plan.js'
import { type HyperparametersAt, type Quantity, type Series, entriesOf, measuresOf, quantityOf, seriesOf } from './quantities.js'

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
  return charge !== undefined && rows.every((row) => row !== undefined) ? { ok: true, value: { plan, rows } } : none('a run does not record all of it')
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
}

/**
 * What injected noise has done to the charge of one run beyond its mean: x' = A x + (what the rows are after a step − what the law of the mean says
 * they are − what changes sign with the noise), from zero. Its mean over the noise is zero at every step, whatever the batches and gradients of the run are.
 */
function deviationOf({ rows }: MeanLawOfPlan, recording: Recording, at: HyperparametersAt): { readonly charge: Series; readonly deviation: Float64Array } {
  const series = rows.map(({ now, drive, odd }) => ({ now: seriesOf(now, recording, at), drive: seriesOf(drive, recording, at), odd: odd === undefined ? undefined : seriesOf(odd, recording, at) }))
  const [first] = series
  if (first === undefined) throw new Error('the law of the mean has a charge')
  const { members, steps } = first.now
  const value = (s: Series, k: number, i: number): number => s.values[k * s.members + (s.members === 1 ? 0 : i)] ?? Number.NaN
  const deviation = new Float64Array(steps * members)
  let x = Array.from({ length: members }, () => rows.map(() => 0))
  for (let k = 0; k + 1 < steps; k += 1) {
    const matrix = rows.map((row) => row.coefficients.map((c) => evaluateNumber(c, { ...at(k), k })))
    x = x.map((before, i) => series.map(({ now, drive, odd }, r) => (matrix[r] ?? []).reduce((sum, c, j) => {
      const other = series[j]
      return sum + c * ((before[j] ?? 0) - (other === undefined ? 0 : value(other.now, k, i)))
    }, value(now, k + 1, i) - value(drive, k, i) - (odd === undefined ? 0 : value(odd, k, i)))))
    for (const [i, [q = 0]] of x.entries()) deviation[(k + 1) * members + i] = q
  }
  return { charge: first.now, deviation }
}

/** Steps of each run, at the most: what the noise does grows with the square root of their number, as its error bar does. */
export const MOST_STEPS = 200

/**
 * Runs that differ in their noise and in the order of their samples, held against the law of the mean.
 * @param options those of the run; `seed` that of the first. @returns one a law; none if the runs were stopped
 */
export async function meanOverRuns(laws: readonly MeanLawOfPlan[], options: TrainOptions, runs: number, at: HyperparametersAt): Promise<readonly MeanOverRuns[] | undefined> {
  const steps = Math.min(options.steps, MOST_STEPS)
  const measures: readonly Measure[] = measuresOf(laws.flatMap(({ rows }) => rows.flatMap((row) => [row.now, row.drive, ...(row.odd === undefined ? [] : [row.odd])])))
  const found: { members: number; charge: Moments; deviation: Moments; total: Moments }[] = []
  for (let run = 0; run < runs; run += 1) {
    const recording = await train({ ...options, measures, steps, seed: (options.seed ?? 1) + run })
    if (recording.partial) return undefined
    for (const [l, law] of laws.entries()) {
      const { charge, deviation } = deviationOf(law, recording, at)
      const { members } = charge
      const moments = (found[l] ??= { members, charge: new Moments(charge.values.length), deviation: new Moments(charge.values.length), total: new Moments(steps) })
      moments.charge.take(charge.values)
      moments.deviation.take(deviation)
      moments.total.take(Float64Array.from({ length: steps }, (_, k) => deviation.subarray(k * members, (k + 1) * members).reduce((a, b) => a + b, 0)))
    }
  }
  return found.map(({ members, charge, deviation, total }) =>
    ({ runs, steps, members, charge: charge.mean, deviation: deviation.mean, error: deviation.errors(), total: { deviation: total.mean, error: total.errors() } }))
}

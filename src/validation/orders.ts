import { evaluateNumber } from '../algebra/evaluate.js'
import { InputError } from '../errors.js'
import type { FlowOfLaw } from '../laws/engine.js'
import { orderText } from '../laws/flow.js'
import { THETA_ATOM } from '../jets/vector.js'
import { type Network, layersOf } from '../network/network.js'
import type { Outcome } from '../rules/model.js'
import type { RuleProgram } from '../rules/program.js'
import type { DataSet } from '../training/data/dataset.js'
import type { Progress } from '../training/progress.js'
import type { MetricSpec } from '../training/metric.js'
import { train } from '../training/run.js'
import { stepPower, timeOfFlow } from './followed.js'
import { type OrderRun, WINDOW, errorsOf } from './modelErrors.js'
import { beginsAtPole, begunInUnits, begunTold, timeOfStep, unitOfOrder } from './timeOfRule.js'
import { type Plan, measuresOfPlans } from './plan.js'
import { holdsTime } from './predict.js'
import { whyNoModel } from './reasons.js'
import type { OrderFit, Rung } from './result.js'

/** Full-batch runs in float64 at successively halved learning rates over the same physical time, coarsest first. */
export interface OrderRuns {
  readonly runs: readonly OrderRun[]
  readonly time: number
  /** Base rates tried before, at which some model of the problem did not show its order, or a rerun came to no end. */
  readonly failedFrom: readonly number[]
  /** The rerun at the learning rate of the run itself, and its physical time; none if it came to no end. */
  readonly own: { readonly run: OrderRun; readonly time: number } | undefined
}

/** Rates of one fit: η, η/2, η/4. */
const HALVINGS = 3
/** Steps at the coarsest rate before the comparison, until the rule's states have relaxed onto their slow manifold. */
const RELAXATION = 280
/** The fit is made again from a rate this much smaller while a model is not yet in its asymptotic regime, so often at the most. */
const RETREAT = 8
const RETREATS = 3
/** What weight decay should remove of a charge within the comparison: enough to tell its laws from rounding. */
const DECAYED = 0.1

/** The weight decay of the reruns: the run's own if it acts visibly, else one that does (the laws hold for any); as a rate of a law, not as a drive. */
function visibleDecay(plans: readonly Plan[], hyperparameters: Readonly<Record<string, number>>, time: number): Readonly<Record<string, number>> {
  const own = hyperparameters['lambda'] ?? 0
  if (own <= 0) return {}
  const flows = plans.flatMap((p) => p.laws.flows).toSorted((a, b) => a.order - b.order)
  const rates = flows.map(({ law }) => {
    const [a0 = 0, a1 = 1] = law.coefficients.map((c) => evaluateNumber(c, { t: time, ...hyperparameters, lambda: 1 }))
    return a0 / a1
  })
  const rate = rates.find((x) => Number.isFinite(x) && x > 0)
  return rate === undefined ? {} : { lambda: Math.max(own, DECAYED / (rate * time)) }
}

/** What stays the same in all reruns of a problem. */
export interface OrderSetting {
  readonly network: Network
  readonly data: DataSet
  readonly rule: RuleProgram
  /** Numbers at the first step; schedules are held there. */
  readonly hyperparameters: Readonly<Record<string, number>>
  readonly plans: readonly Plan[]
  readonly metric?: MetricSpec
  readonly onProgress: (phase: string, progress: Progress) => void
  readonly signal: AbortSignal | undefined
}

type Reruns = Pick<OrderRuns, 'runs' | 'time'>

/** Full-batch runs in float64 at η, η/2, η/4 from a base rate; undefined if they were stopped. @throws InputError if the loss stops being finite. */
async function runsFrom(base: number, setting: OrderSetting): Promise<Reruns | undefined> {
  const { network, data, rule, hyperparameters, plans, metric, onProgress, signal } = setting
  // A motion starts at rest and goes on from there; states relax first, and a flow in whose coefficients the time stands begins after many steps.
  const relaxes = plans.every((p) => p.laws.rule.action === undefined) && (rule.states.length + (rule.matrices ?? []).length > 0 || plans.some((p) => p.laws.flows.some((f) => holdsTime(f.law))))
  const before = relaxes ? RELAXATION : 0
  const time = base * WINDOW
  const settled = { ...hyperparameters, ...visibleDecay(plans, hyperparameters, time) }
  const runs: OrderRun[] = []
  const power = Math.max(1, ...plans.map((p) => timeOfStep(p.laws)))
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const factor = 2 ** halving
    const eta = base / factor
    const longer = factor ** power
    const recording = await train({
      network, data, rule: begunInUnits(rule, plans.map((p) => p.laws), (hyperparameters['eta'] ?? eta) / eta), hyperparameters: { ...settled, eta }, steps: (before + WINDOW) * longer + 2, batchSize: 'full', backend: 'float64', measures: measuresOfPlans(plans, network), ...(metric === undefined ? {} : { metric }),
      onProgress: (progress) => onProgress(`order of accuracy, eta = ${eta.toPrecision(2)}`, progress),
      ...(signal === undefined ? {} : { signal }),
    })
    if (recording.partial) return undefined
    runs.push({ eta, hyperparameters: { ...settled, eta }, recording, from: before * longer, factor, decayRaised: settled['lambda'] !== hyperparameters['lambda'] })
  }
  return { runs, time }
}

/**
 * Reruns a rule on all of `data` in float64 with halved learning rates, from the run's own rate, and from smaller ones while a model is not
 * in its asymptotic regime there (with momentum that regime begins where η times the sharpness is small against (1−β)²).
 */
export async function orderRuns(setting: OrderSetting): Promise<Outcome<OrderRuns>> {
  const without = whyNoReruns(setting.plans)
  if (without !== undefined) return { ok: false, reason: without }
  const failedFrom: number[] = []
  let own: OrderRuns['own']
  let best: { readonly value: OrderRuns; readonly miss: number } | undefined
  for (let retreat = 0; retreat <= RETREATS; retreat += 1) {
    const base = (setting.hyperparameters['eta'] ?? 0) / RETREAT ** retreat
    const found = await finished(base, setting)
    if (found === undefined) return { ok: false, reason: STOPPED }
    if (!found.ok && best === undefined && retreat === RETREATS) return found
    if (found.ok) {
      const [run] = found.value.runs
      if (retreat === 0 && run !== undefined && setting.plans.every((p) => beginsAtPole(p.laws) === undefined)) own = { run, time: found.value.time }
      const value = { ...found.value, own, failedFrom: [...failedFrom] }
      const rungs = setting.plans.map((p) => ordersOf(p, { ok: true, value }).rung)
      if (rungs.every(({ verdict }) => verdict !== 'failed')) return { ok: true, value }
      const miss = Math.max(...rungs.map(({ verdict, measured }) => (verdict === 'failed' ? measured : 0)))
      if (best === undefined || miss < best.miss) best = { value, miss }
    }
    failedFrom.push(base)
  }
  return best === undefined ? { ok: false, reason: STOPPED } : { ok: true, value: { ...best.value, failedFrom: failedFrom.filter((base) => base !== best.value.runs[0]?.eta) } }
}

/** Why reruns of a rule at smaller rates would show nothing of its flows. */
function whyNoReruns(plans: readonly Plan[]): string | undefined {
  if (plans.every(({ laws: { rule } }) => rule.action === undefined && !rule.hyperparameters.includes('eta'))) return 'the rule has no learning rate that reruns could halve'
  const falls = plans.some(({ laws: { rule, field } }) => rule.schedules.size > 0 && field.ok && field.value.schedules.has('t'))
  return falls ? 'reruns hold a schedule at one value, and the flow is that of a factor which falls as 1/k: write the factor into the update' : undefined
}

/** Why there are no reruns of a run that was cut short. */
export const STOPPED = 'the reruns were stopped'

/** The reruns from a base rate, which may be too large for them: they take more steps than the run, and at once. */
async function finished(base: number, setting: OrderSetting): Promise<Outcome<Reruns> | undefined> {
  try {
    const found = await runsFrom(base, setting)
    return found === undefined ? undefined : { ok: true, value: found }
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault
    return { ok: false, reason: `the reruns came to no end: ${fault.what}` }
  }
}

/** Least-squares slope of log error over log η. */
function slope(eta: readonly number[], error: readonly number[]): number {
  const [x, y] = [eta.map(Math.log), error.map(Math.log)]
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length
  const [mx, my] = [mean(x), mean(y)]
  const covariance = x.reduce((sum, xi, i) => sum + (xi - mx) * ((y[i] ?? 0) - my), 0)
  return covariance / x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0)
}

const TOLERANCE = 0.2

/** Rung 4: each continuous model's order of accuracy, observed against derived. */
export function ordersOf(plan: Plan, reruns: Outcome<OrderRuns>): { readonly fits: readonly OrderFit[]; readonly rung: Rung } {
  const runs = reruns.ok ? reruns.value : undefined
  const fits: OrderFit[] = []
  const kinked: string[] = []
  let atRounding = 0
  for (const found of runs === undefined ? [] : plan.laws.flows) {
    const errors = runs?.runs.map((run) => errorsOf(plan, found, run)) ?? []
    if (!errors.every((e) => e !== undefined) || errors.length === 0) continue
    if (errors.some((e) => e.largest <= e.floor)) {
      atRounding += 1
      continue
    }
    const eta = runs?.runs.map((r) => r.eta) ?? []
    const error = errors.map(errors.some((e) => e.typical <= e.floor) ? (e) => e.largest : (e) => e.typical)
    const perStep = stepPower(plan.laws, found)
    const fit = { model: `${found.model}, order ${orderText(found.order)}`, eta, error, observed: slope(eta, error), derived: found.order + unitOfOrder(plan.laws) / perStep, ...(perStep === 1 ? {} : { perStep }), ...(unitOfOrder(plan.laws) === 1 ? {} : { unit: unitOfOrder(plan.laws) }) }
    const where = runs === undefined ? undefined : smoothWhere(plan, found, runs)
    const lag = runs === undefined ? undefined : settlesWhere(plan, found, runs)
    if (!(missOf(fit) <= TOLERANCE) && (where !== undefined || (lag !== undefined && fit.observed > fit.derived - 1 / 2))) kinked.push(`${fit.model}: observed ${fit.observed.toFixed(2)} of ${fit.derived}, which it has only where ${where ?? lag}`)
    else if (found.order > 1 && isOfVelocities(plan, found) && Math.abs(fit.observed - 2) <= TOLERANCE) kinked.push(`${fit.model}: observed ${fit.observed.toFixed(2)} of ${fit.derived}, as its charge is one of velocities, which a run has as differences over a step to second order`)
    else fits.push(fit)
  }
  const kinks = plan.laws.field.ok ? plan.laws.field.value.kinks : []
  return { fits, rung: throughKinks(orderRung(fits, kinked, atRounding, reruns, plan), kinks) }
}

/** Whether the charge of a law is made of velocities. */
const isOfVelocities = (plan: Plan, found: FlowOfLaw): boolean =>
  [...((plan.charges.has(found) ? plan.charges.get(found) : plan.charge)?.parts.values() ?? [])].some((parts) => parts.some((part) => part.perEta > 0))

/**
 * Where the loss of a network has the second and higher derivatives that a model's drive holds, by themselves or in θ̈, for which the last θ is kept;
 * undefined where it has them everywhere.
 */
export function smoothWhere(plan: Plan, found: FlowOfLaw, { runs: [run] }: OrderRuns): string | undefined {
  const kinks = run === undefined ? [] : layersOf(run.recording.network).flatMap((layer) => layer.kink ?? [])
  const readsCurvature = [...(plan.drives.get(found)?.vectors.values() ?? [])].some((a) => a === THETA_ATOM || (a.kind === 'tensor' && a.along.length > 0))
  return readsCurvature && kinks.length > 0 ? kinks.join(' and ') : undefined
}

/**
 * Where the states of a rule settle as smoothly as a vector field of first order and up takes them to: after a jump of the gradient they follow it by
 * an error of the right order, but one that depends on where within a step the jump was.
 */
function settlesWhere({ laws: { field } }: Plan, { model, order }: FlowOfLaw, { runs: [run] }: OrderRuns): string | undefined {
  const kinks = run === undefined ? [] : layersOf(run.recording.network).flatMap((layer) => layer.kink ?? [])
  return model === 'modified vector field' && order > 0 && field.ok && field.value.states.size > 0 && kinks.length > 0 ? kinks.join(' and ') : undefined
}

/** Flows that hold between kinks only are not refuted by a run whose steps go over them. */
const throughKinks = (rung: Rung, kinks: readonly string[]): Rung =>
  kinks.length === 0 || rung.verdict !== 'failed' ? rung : { ...rung, verdict: 'skipped', reason: `the flows hold only where ${kinks.join(' and ')}, which steps of finite size do not respect; ${rung.detail}` }

/** How far the observed order in the length of a step is from the derived one; a whole order more is none: the next coefficient of the error may vanish for a charge. */
function missOf({ observed, derived, perStep, unit }: OrderFit): number {
  const over = ((perStep ?? 1) / (unit ?? 1)) * (observed - derived)
  return over >= 1 - TOLERANCE ? 0 : Math.abs(over)
}

function orderRung(fits: readonly OrderFit[], kinked: readonly string[], atRounding: number, reruns: Outcome<OrderRuns>, plan: Plan): Rung {
  const runs = reruns.ok ? reruns.value : undefined
  const base = { rung: 4, name: 'order of accuracy', tolerance: TOLERANCE } as const
  const exact = [...(atRounding === 0 ? [] : [`${atRounding} model${atRounding === 1 ? '' : 's'} exact to rounding`]), ...kinked].map((clause) => `; ${clause}`).join('')
  if (fits.length === 0) {
    const why = !reruns.ok && plan.drives.size > 0 ? reruns.reason : atRounding > 0 ? `every model is exact to rounding` : whyNoModel(plan)
    return { ...base, measured: 0, reason: why, detail: why, verdict: atRounding > 0 ? 'passed' : 'skipped' }
  }
  const worst = fits.reduce((a, b) => (Number.isNaN(a.observed) || missOf(b) <= missOf(a) ? a : b))
  const measured = missOf(worst)
  const detail = `${fits.map((f) => `${f.model}: observed ${f.observed.toFixed(2)}, derived ${f.derived}`).join('; ')}${exact}`
  const rates = worst.eta.map((e) => e.toPrecision(2)).join(', ')
  const failed = runs?.failedFrom.map((e) => e.toPrecision(2)) ?? []
  const before = failed.length === 0 ? '' : `; from eta = ${failed.join(', ')} not every model of the run showed its order yet`
  const [rerun] = runs?.runs ?? []
  const decay = rerun === undefined || !rerun.decayRaised ? '' : `, lambda raised to ${(rerun.hyperparameters['lambda'] ?? 0).toPrecision(2)} so that it acts in that time`
  const begun = begunTold(plan.laws, runs?.failedFrom[0] ?? rerun?.eta ?? 1).map((clause) => `, ${clause}`).join('')
  const reason = `fit over eta = ${rates} to physical time ${timeOfFlow(plan.laws, runs?.time ?? 0, runs?.runs[0]?.eta ?? 1).toPrecision(3)}, float64, full batch${decay}${begun}${before}`
  return { ...base, measured, reason, detail, verdict: measured <= TOLERANCE ? 'passed' : 'failed' }
}

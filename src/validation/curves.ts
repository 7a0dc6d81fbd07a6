import { evaluateNumber } from '../algebra/evaluate.js'
import type { Outcome } from '../rules/model.js'
import type { Recording } from '../training/recording.js'
import { errorBar } from './errorBar.js'
import { type StepDrive, driveOnSteps } from './drive.js'
import { type Followed, changesWithinStep } from './followed.js'
import { accumulatedResidual } from './ladder.js'
import type { Plan } from './plan.js'
import { holdsTime, solveInTime, solveOnSteps } from './predict.js'
import { type HyperparametersAt, type Series, magnitudeOf, seriesOf } from './quantities.js'
import { percent, whyNoCharge, whyNoModel } from './reasons.js'
import type { LawCurves, Rung } from './result.js'
import { typicalSizes } from './rounding.js'
import { settlingSteps } from '../rules/settling.js'
import { referenceStep } from './settings.js'

/** Points of a curve that a report shows. */
const POINTS = 240

/** Evenly spread steps, first and last included. */
export function sampledSteps(steps: number): readonly number[] {
  const count = Math.min(POINTS, steps)
  return [...new Set(Array.from({ length: count }, (_, i) => Math.round((i * (steps - 1)) / Math.max(1, count - 1))))]
}

export const rows = (s: { readonly members: number; readonly values: Float64Array }, steps: readonly number[]): readonly (readonly number[])[] =>
  Array.from({ length: s.members }, (_, i) => steps.map((k) => s.values[k * s.members + i] ?? Number.NaN))

export interface Overlay {
  readonly curves: LawCurves
  readonly rung: Rung
}

/** The measured drive between the steps: what a step does goes on all through it, unless the order of the law tells how the drive changes within a step. */
function forcingOf(followed: Followed, recording: Recording, at: HyperparametersAt): readonly StepDrive[] {
  const { drive } = followed
  if (drive.parts.size === 0) return []
  return changesWithinStep(followed) ? driveOnSteps(drive, recording, at) : [{ series: seriesOf(drive, recording, at), shape: 'constant' }]
}

/** A force that stays moves a charge by its size over the coefficient of q̇ in a unit of time: with momentum β a gradient acts 1/(1 − β) times in all. */
function memoryOf({ law }: Followed, numbers: Readonly<Record<string, number>>): number {
  const [, rate] = law.coefficients
  return rate === undefined ? 1 : Math.max(1, 1 / Math.abs(evaluateNumber(rate, numbers)))
}

/**
 * Rung 5: the solution (where there is no closed form, the law integrated numerically), fed with the measured drive, over the run. Its error bar is the theory's own: the distance between the
 * continuous solution and the exact discrete law under the same drive, plus the rounding of the run.
 */
export function overlay(plan: Plan, recording: Recording, at: HyperparametersAt): Overlay {
  const empty: LawCurves = { step: [], time: [], measured: [], theory: [], band: [], discreteResidual: [] }
  const { followed } = plan
  const skip = (why: string): Overlay => ({ curves: empty, rung: { rung: 5, name: 'solution over the run', measured: 0, tolerance: 0, reason: why, detail: why, verdict: 'skipped' } })
  if (plan.charge === undefined) return skip(whyNoCharge(plan))
  const steps = sampledSteps(recording.steps)
  const measured = seriesOf(plan.charge, recording, at)
  const accumulated = accumulatedResidual(plan, recording, at)
  const residual = accumulated === undefined ? [] : rows(accumulated, steps)
  const eta = at(referenceStep(at, recording.steps))['eta'] ?? 0
  const base = { step: steps, time: steps.map((k) => k * eta), measured: rows(measured, steps), discreteResidual: residual }
  if (followed === undefined) return { ...skip(whyNoModel(plan)), curves: { ...base, theory: [], band: [] } }
  const start = at(0)['t_0']
  const inFlow: HyperparametersAt = (k) => ({ ...at(0), eta, t: start === undefined ? (k + 1 / 2) * eta : start + k * eta })
  const bar = errorBar(plan, recording, at, memoryOf(followed, inFlow(0)))
  const { begins, told } = withSettling(bar, plan, recording, at)
  const theory = solution(followed, measured, forcingOf(followed, recording, inFlow), inFlow, begins)
  const curves = { ...base, theory: rows({ members: measured.members, values: theory }, steps), band: bar.ok ? rows({ members: measured.members, values: bar.value }, steps) : [], ...(begins === 0 ? {} : { begins }) }
  return { curves, rung: overlayRung(measured, theory, told, magnitudeOf(plan.charge, recording, at), followed) }
}

/** The solution from the measured charge at a step on; before it the measurement. */
function solution({ law }: Followed, measured: Series, drives: readonly StepDrive[], at: HyperparametersAt, begins: number): Float64Array {
  const { members } = measured
  const after = (s: Series): Series => ({ ...s, steps: s.steps - begins, values: s.values.subarray(begins * members) })
  const [rest, forcing] = [after(measured), drives.map(({ series, shape }) => ({ series: after(series), shape }))]
  const eta = at(begins)['eta'] ?? 0
  const initial = (i: number): readonly number[] => {
    const [first, second] = [rest.values[i] ?? 0, rest.values[members + i] ?? 0]
    return [first, (second - first) / eta]
  }
  const solved = holdsTime(law)
    ? solveInTime(law, (k) => at(begins + k), eta, initial, forcing, members, rest.steps)
    : solveOnSteps(law, at(0), eta, initial, forcing, members, rest.steps)
  return Float64Array.from(measured.values, (q, i) => solved[i - begins * members] ?? q)
}

/**
 * Where there is no error bar to be judged by: why, and from which step on the flow holds, as it has the states of the rule settled and the run begins
 * before. The solution begins there if at least half of the run is left.
 */
function withSettling(bar: Outcome<Float64Array>, { laws, followed }: Plan, recording: Recording, at: HyperparametersAt): { readonly begins: number; readonly told: Outcome<Float64Array> } {
  const settled = bar.ok ? undefined : settlingSteps(laws.rule, { k: 0, ...at(referenceStep(at, recording.steps)) })
  if (bar.ok || settled === undefined || settled < 2) return { begins: 0, told: bar }
  const begins = followed?.settled === true && 2 * settled <= recording.steps ? settled : 0
  const from = settled < recording.steps ? `from step ${settled} of ${recording.steps} on` : `after ${settled} steps, of which the run has ${recording.steps}`
  const why = `the flow has the states settled, as they are to a thousandth ${from}${begins > 0 ? ', where the solution begins' : ''}`
  return { begins, told: { ok: false, reason: `${bar.reason}; ${why}` } }
}

/** Where some number of a neuron at a step is largest; the first that is no number counts as the largest. */
function largestOf(values: ArrayLike<number>, members: number): { readonly value: number; readonly place: string } {
  let [value, at] = [0, 0]
  for (let i = 0; i < values.length; i += 1) if (!Number.isNaN(value) && !((values[i] ?? Number.NaN) <= value)) [value, at] = [values[i] ?? Number.NaN, i]
  return { value, place: `neuron ${at % members}, step ${Math.floor(at / members)}` }
}

/** What an error bar must not span to refute anything, for each member: the charge as it began, or all that it has moved since. */
function refutable({ members, steps, values }: Series, size: Series): readonly number[] {
  const moved = typicalSizes({ members, steps, values: values.map((q, at) => Math.abs(q - (values[at % members] ?? 0))) })
  const typical = typicalSizes(size)
  return moved.map((x, i) => Math.max(x, (size.values[i] ?? 0) || (typical[i] ?? 0)))
}

/** The deviation against its error bar. One that spans the charge as it began and all that it has moved since is met by anything: nothing is judged by it. */
function overlayRung(measured: Series, theory: Float64Array, bar: Outcome<Float64Array>, size: Series, { closed, of, order }: Followed): Rung {
  const { members } = measured
  const typical = typicalSizes(size)
  const miss = theory.map((q, i) => Math.abs(q - (measured.values[i] ?? 0)))
  const relative = (x: Float64Array, to: readonly number[]) => largestOf(x.map((y, i) => (y === 0 ? 0 : y / (to[i % members] ?? 1))), members)
  const base = { rung: 5, name: 'solution over the run', tolerance: 1 } as const
  const far = `largest deviation ${percent(relative(miss, typical).value)} of the charge, its parts taken without signs`
  const what = `${closed ? 'solution' : 'law integrated numerically, as it has no closed form,'}${of === undefined ? '' : ` of ${of}`}`
  if (!bar.ok) return { ...base, measured: 0, detail: of === undefined ? far : `${far}; it is that of the ${what.replace(/,$/, '')}`, reason: bar.reason, verdict: 'skipped' }
  const band = bar.value
  const [widest, spanned] = [relative(band, typical), relative(band.map((x) => 2 * x), refutable(measured, size))]
  const bars = largestOf(miss.map((x, i) => (x === 0 ? 0 : x / (band[i] ?? 1))), members)
  const detail = `${far}, widest error bar ${percent(widest.value)}; ${bars.place} comes closest to the bar`
  const predicted = `three times what the exact law of a step loses when it is cut off at order ${order} in eta by itself, under the measured drive, plus rounding`
  if (bars.value <= 1 && spanned.value >= 1) {
    const wide = `spans ${spanned.value.toPrecision(2)} times what the charge was at the start or has moved since, whichever is more (${spanned.place})`
    return { ...base, measured: 0, detail, reason: `the error bar of the ${what}, ${predicted}, ${wide}: it refutes nothing, and says nothing of the law`, verdict: 'skipped' }
  }
  return { ...base, measured: bars.value, detail, reason: `deviation of the ${what} over the error bar: ${predicted}`, verdict: bars.value <= 1 ? 'passed' : 'failed' }
}

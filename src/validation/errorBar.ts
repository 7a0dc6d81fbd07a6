import { evaluateNumber } from '../algebra/evaluate.js'
import { atomsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import type { Outcome } from '../rules/model.js'
import type { Recording } from '../training/recording.js'
import { changesWithinStep } from './followed.js'
import { type Plan, withDefinitions } from './plan.js'
import { solveInTime, solveOnSteps } from './predict.js'
import { type HyperparametersAt, type Series, magnitudeOf, quantityOf, seriesOf } from './quantities.js'
import { roundingOfCharge } from './rounding.js'
import { placedNumbers, truncatedLaw } from './truncation.js'

/** The bar is this much of the leading error, as laws of one order differ in the orders beyond it. */
const BEYOND = 3

/** Whether the recursion of the exact law has contractions for coefficients, as under a step that is brought back to a sphere. */
const hasMeasuredFactors = ({ rows = [], readout }: Plan): boolean => [...rows.flatMap(({ row }) => row.coefficients), ...(readout?.coefficients ?? [])].some((c) => atomsOf(c).length > 0)

/** The charge that the exact discrete law predicts from the first step and the drives alone. */
function discretePrediction(plan: Plan, recording: Recording, at: HyperparametersAt): Series | undefined {
  const { readout } = plan
  if (plan.rows === undefined || readout === undefined) return undefined
  const now = plan.rows.map((r) => seriesOf(r.now, recording, at))
  const driven = plan.rows.map((r) => (r.driven === undefined ? undefined : seriesOf(r.driven, recording, at)))
  const [charge] = now
  if (charge === undefined) return undefined
  const { members, steps } = charge
  const numbersOf = (coefficients: readonly Expr[], k: number): readonly number[] => coefficients.map((c) => evaluateNumber(c, { ...at(k), k }))
  const applied = (row: readonly number[], state: readonly number[], drive: number): number => row.reduce((sum, c, j) => sum + c * (state[j] ?? 0), drive)
  const shown = readout.drive === undefined ? undefined : seriesOf(readout.drive, recording, at)
  const out = new Float64Array(steps * members)
  let states = Array.from({ length: members }, (_, i) => now.map((s) => s.values[i] ?? Number.NaN))
  for (let k = 0; k < steps; k += 1) {
    const matrix = plan.rows.map((r) => numbersOf(r.row.coefficients, k))
    const readRow = numbersOf(readout.coefficients, k)
    for (const [i, state] of states.entries()) out[k * members + i] = applied(readRow, state, shown?.values[k * members + i] ?? 0)
    states = states.map((state, i) => matrix.map((row, r) => applied(row, state, driven[r]?.values[k * members + i] ?? 0)))
  }
  return { members, steps, values: out }
}

/** The largest size of each member's difference so far: what was lost stays lost. */
function largestSoFar(x: Float64Array, y: Float64Array, members: number): Float64Array {
  const out = new Float64Array(x.length)
  for (const [i, value] of x.entries()) out[i] = Math.max(i < members ? 0 : (out[i - members] ?? 0), Math.abs(value - (y[i] ?? Number.NaN)))
  return out
}

/** What the exact law of a step loses when it is cut off at the order of the flow, step by step; the drive measured, all else from the start on. */
function lostByTruncation(plan: Plan, exact: Series, recording: Recording, at: HyperparametersAt): Outcome<Float64Array> {
  const scheduled = plan.laws.rule.schedules.size === 0 ? [] : [...plan.laws.rule.schedules.keys(), 'k']
  const found = truncatedLaw(plan, scheduled)
  if (!found.ok) return found
  const { coefficients, drive } = found.value
  const measured = quantityOf(withDefinitions(drive, plan.laws), plan.symmetry)
  if (measured === undefined) return { ok: false, reason: 'a run does not record what drives the exact law' }
  const { values, members, steps } = exact
  const numbers = placedNumbers(at, scheduled)
  const initial = (i: number): readonly number[] => [values[i] ?? 0, (values[members + i] ?? 0) - (values[i] ?? 0)]
  const drives = measured.parts.size === 0 ? [] : [{ series: seriesOf(measured, recording, numbers), shape: 'constant' as const }]
  const solution = scheduled.length === 0
    ? solveOnSteps({ coefficients }, numbers(0), 1, initial, drives, members, steps)
    : solveInTime({ coefficients }, numbers, 1, initial, drives, members, steps)
  const lost = largestSoFar(solution, values, members)
  return lost.every(Number.isFinite) ? { ok: true, value: lost } : { ok: false, reason: 'the exact law, expanded in eta, has no finite solution' }
}

/**
 * How far the solution of the flow's law may be from the run, as the theory itself predicts it: three times what the exact law of a step loses when its
 * recursion is expanded to the order of the flow, which takes no part of the flow's own derivation; and the rounding of the run. Neither reads the
 * charge of the run, so that a wrong coefficient or drive of the flow does not widen it.
 * @param memory how often what has moved the charge once does so in all.
 * @returns half the width at every step and member; why it cannot be predicted
 */
export function errorBar(plan: Plan, recording: Recording, at: HyperparametersAt, memory: number): Outcome<Float64Array> {
  if (hasMeasuredFactors(plan)) return { ok: false, reason: 'no error bar is predicted: the exact law of a step multiplies by what a run measures' }
  const exact = discretePrediction(plan, recording, at)
  if (exact === undefined || plan.charge === undefined) return { ok: false, reason: 'there is no exact law of a step that a run records, and so no error bar for a finite step' }
  if (plan.followed !== undefined && changesWithinStep(plan.followed))
    return { ok: false, reason: `no error bar is predicted: the law of order ${plan.followed.order} tells how its drive changes within a step, the recursion of the exact law does not` }
  const lost = lostByTruncation(plan, exact, recording, at)
  if (!lost.ok) return { ok: false, reason: `no error bar is predicted: ${lost.reason}` }
  const size = magnitudeOf(plan.charge, recording, at)
  const rounding = roundingOfCharge(plan, recording, at)
  return { ok: true, value: lost.value.map((x, i) => BEYOND * x + rounding(i, memory) * (size.values[i] ?? 0)) }
}

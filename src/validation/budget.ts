import type { Budget, Mechanism } from '../laws/budget.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'
import type { Recording } from '../training/recording.js'
import { type HyperparametersAt, type Quantity, type Series, magnitudeOf, quantityOf, seriesOf } from './quantities.js'
import type { Plan } from './plan.js'
import type { BudgetCurves } from './result.js'
import { type Rounding, roundingOf } from './rounding.js'

/** The charge budget with everything it needs measured. */
export type MeasuredBudget = readonly { readonly mechanism: Mechanism; readonly change: Quantity }[]

/** Undefined if the charge has no budget, or a run does not record a part of it. */
export function measuredBudget(budget: Budget | undefined, symmetry: NetworkSymmetry): MeasuredBudget | undefined {
  const parts = budget?.terms.map(({ mechanism, change }) => ({ mechanism, change: quantityOf(change, symmetry) }))
  const measured = parts?.flatMap(({ mechanism, change }) => (change === undefined ? [] : [{ mechanism, change }]))
  return measured?.length === parts?.length ? measured : undefined
}

/** Sums over the steps before each step, with the correction of Neumaier (1974), so that the sum itself adds no rounding. */
function cumulative({ members, steps, values }: Series): Float64Array {
  const out = new Float64Array(steps * members)
  for (let i = 0; i < members; i += 1) {
    let [sum, lost] = [0, 0]
    for (let k = 0; k < steps; k += 1) {
      out[k * members + i] = sum + lost
      const x = values[k * members + i] ?? Number.NaN
      const next = sum + x
      lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum
      sum = next
    }
  }
  return out
}

const rowsAt = (members: number, values: Float64Array, steps: readonly number[]): readonly (readonly number[])[] =>
  Array.from({ length: members }, (_, i) => steps.map((k) => values[k * members + i] ?? Number.NaN))

/** A constant contribution has no measured part and counts for every member. */
const spread = (s: Series, members: number): Series =>
  s.members === members ? s : { members, steps: s.steps, values: Float64Array.from({ length: s.steps * members }, (_, at) => s.values[Math.floor(at / members)] ?? 0) }

/** Steps that a report shows. */
const POINTS = 240

/** The budget of a plan along a run, and what to say if it does not close. */
export function budgetVerdict(plan: Plan, recording: Recording, at: HyperparametersAt): { readonly curves: BudgetCurves; readonly failure: string | undefined } | undefined {
  if (plan.budget === undefined || plan.charge === undefined) return undefined
  const count = Math.min(POINTS, recording.steps)
  const steps = [...new Set(Array.from({ length: count }, (_, i) => Math.round((i * (recording.steps - 1)) / Math.max(1, count - 1))))]
  const rounding = roundingOf(plan, plan.charge, plan.budget.reduce((n, b) => n + b.change.parts.size, 0), recording, at)
  const curves = budgetCurves(plan.budget, plan.charge, recording, at, steps, rounding)
  const closes = curves.closure <= curves.tolerance
  return { curves, failure: closes ? undefined : `the charge budget leaves ${curves.closure.toExponential(2)} against ${curves.tolerance.toExponential(2)}` }
}

/**
 * The budget along a run: what each mechanism has added to the charge up to a step, and what is left of Q_K − Q_0 when all are taken
 * away, relative to the largest size of the charge's parts.
 * @param steps the steps to show; the closure is the largest over all steps
 */
function budgetCurves(budget: MeasuredBudget, charge: Quantity, recording: Recording, at: HyperparametersAt, steps: readonly number[], { until }: Rounding): BudgetCurves {
  const measured = seriesOf(charge, recording, at)
  const { members } = measured
  const size = magnitudeOf(charge, recording, at).values
  const sums = budget.map(({ mechanism, change }) => ({ mechanism, values: cumulative(spread(seriesOf(change, recording, at), members)) }))
  const largest = Array.from({ length: members }, () => 0)
  const rest = measured.values.map((q, index) => {
    const i = index % members
    largest[i] = Math.max(largest[i] ?? 0, size[index] ?? 0)
    const moved = sums.reduce((sum, s) => sum + (s.values[index] ?? 0), 0)
    return (q - (measured.values[i] ?? 0) - moved) / (largest[i] === 0 ? 1 : (largest[i] ?? 1))
  })
  const parts = Math.sqrt(Math.max(1, budget.length))
  const ratios = rest.map((r, i) => Math.abs(r) / until(i))
  const worst = ratios.reduce((most, r, i) => (Number.isNaN(ratios[most]) || r <= (ratios[most] ?? 0) ? most : i), 0)
  return {
    step: steps,
    mechanisms: sums.map(({ mechanism, values }) => ({ mechanism, cumulative: rowsAt(members, values, steps) })),
    closure: Math.abs(rest[worst] ?? 0),
    tolerance: parts * until(worst),
  }
}

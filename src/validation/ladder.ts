import type { Derivation } from '../laws/derivation.js'
import type { Recording } from '../training/recording.js'
import type { MeasuredRow, Plan } from './plan.js'
import { type HyperparametersAt, type Series, magnitudeOf, seriesOf } from './quantities.js'
import { whyNoConstraint, whyNoRows } from './reasons.js'
import type { Rung } from './result.js'
import { constraintScale, gradientRounding, roundingOf, summandsOf, typicalSizes } from './rounding.js'

/** Where the largest of some numbers stands; the first that is no number counts as the largest. */
interface Worst {
  readonly value: number
  readonly step: number
  readonly member: number
}

function worstOf(members: number, values: Iterable<number>): Worst {
  let worst: Worst = { value: 0, step: 0, member: 0 }
  let at = 0
  for (const value of values) {
    if (!Number.isNaN(worst.value) && !(value <= worst.value)) worst = { value, step: Math.floor(at / members), member: at % members }
    at += 1
  }
  return worst
}

const where = (w: Worst): string => `largest at neuron ${w.member}, step ${w.step}`
const scientific = (x: number): string => x.toExponential(1)

function rung(number: Rung['rung'], name: string, measured: number, tolerance: number, reason: string, detail: string): Rung {
  return { rung: number, name, measured, tolerance, reason, detail, verdict: measured <= tolerance ? 'passed' : 'failed' }
}

const skipped = (number: Rung['rung'], name: string, why: string): Rung => ({
  rung: number, name, measured: 0, tolerance: 0, reason: why, detail: why, verdict: 'skipped',
})

/** Rung 1: every step of the derivation is an identity on random exact instances. */
export function derivationRung({ steps }: Derivation): Rung {
  const failed = steps.filter((s) => !s.verified.passed).length
  const instances = steps.reduce((n, s) => n + (s.verified.instances ?? 0), 0)
  return rung(1, 'derivation', failed, 0, 'an identity holds exactly or not at all', `${steps.length} steps checked, ${instances} random exact instances`)
}

/**
 * Rung 2: the constraint ⟨g, ξ⟩ = 0 on the real network, relative to |g||ξ|. A gradient component comes out of sums over neurons,
 * places and the batch, whose rounding errors add like a random walk.
 */
export function constraintRung(plan: Plan, recording: Recording, at: HyperparametersAt): Rung {
  const name = 'constraint'
  if (plan.constraint === undefined) return skipped(2, name, whyNoConstraint(plan))
  const product = seriesOf(plan.constraint.product, recording, at)
  const scale = constraintScale(plan, product, recording, at)
  const relative = product.values.map((p, i) => (scale[i] === 0 ? 0 : Math.abs(p) / (scale[i] ?? 1)))
  const worst = worstOf(product.members, relative)
  const summands = summandsOf(recording)
  const tolerance = gradientRounding(recording)
  const reason = `unit roundoff ${scientific(recording.unitRoundoff)} x 2 sqrt(${summands} summands on the way to a gradient component)`
  return rung(2, name, worst.value, tolerance, reason, where(worst))
}

/** Residuals of a row: its contraction at the next step minus what the law says, relative to the size of its parts. */
function rowResiduals(measured: MeasuredRow, recording: Recording, at: HyperparametersAt): { readonly members: number; readonly values: Float64Array } {
  const now = seriesOf(measured.now, recording, at)
  const next = seriesOf(measured.next, recording, at)
  const size = magnitudeOf(measured.now, recording, at)
  const { members, steps } = now
  const typical = typicalSizes(size)
  const values = Float64Array.from({ length: Math.max(0, steps - 1) * members }, (_, i) => {
    const scale = Math.max(size.values[i] ?? 0, typical[i % members] ?? 0)
    return scale === 0 ? 0 : ((now.values[i + members] ?? 0) - (next.values[i] ?? 0)) / scale
  })
  return { members, values }
}

/** The discrete residual accumulated over the run, per member, each step's relative to the member's size. */
export function accumulatedResidual(plan: Plan, recording: Recording, at: HyperparametersAt): Series | undefined {
  const [charge] = plan.rows ?? []
  if (charge === undefined) return undefined
  const { members, values } = rowResiduals(charge, recording, at)
  const sums = new Float64Array(recording.steps * members)
  for (let i = members; i < sums.length; i += 1) sums[i] = (sums[i - members] ?? 0) + (values[i - members] ?? 0)
  return { members, steps: recording.steps, values: sums }
}

/**
 * Rung 3: the exact discrete law, summed over the whole run. Every stored parameter carries one rounding of relative size up to the unit
 * roundoff, every recorded contraction those of its summands, and the constraint holds to the rounding of the gradients; all independent from
 * step to step, so that the accumulated error grows with the square root of their number.
 */
export function discreteRung(plan: Plan, recording: Recording, at: HyperparametersAt): Rung {
  const name = 'discrete law'
  if (plan.rows === undefined) return skipped(3, name, whyNoRows(plan))
  const sums = accumulatedResidual(plan, recording, at)
  if (sums === undefined) return skipped(3, name, 'the law has no charge')
  const { roundoff, stored, until } = roundingOf(plan, plan.rows[0]?.now, plan.rows[0]?.next.parts.size ?? 0, recording, at)
  const worst = worstOf(sums.members, sums.values.map((x, i) => Math.abs(x) / until(i)))
  const tolerance = until(worst.step * sums.members + worst.member)
  const ofGradients = tolerance > stored ? `, and ${scientific(tolerance - stored)} that the gradients' rounding moves it` : ''
  const reason = `unit roundoff ${scientific(roundoff)} x 4 sqrt(${recording.steps} steps)${ofGradients}`
  return rung(3, name, worst.value * tolerance, tolerance, reason, `accumulated over the run; ${where(worst)}`)
}

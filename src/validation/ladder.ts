import type { Derivation } from '../laws/derivation.js'
import { parameterNamed } from '../network/network.js'
import type { Recording } from '../training/recording.js'
import { GRADIENT_NORM, type MeasuredRow, type Plan } from './plan.js'
import { type HyperparametersAt, type Series, magnitudeOf, seriesOf } from './quantities.js'
import type { Rung } from './result.js'

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

/** |1_B|² for one member: the entries of its slices. */
function entriesOf(plan: Plan, recording: Recording): number {
  return Object.values(plan.symmetry.sets).flat().reduce((sum, { parameter, axis }) => {
    const { size, shape } = parameterNamed(recording.network, parameter)
    return sum + size / (axis === undefined ? 1 : (shape[axis] ?? 1))
  }, 0)
}

/** |g||ξ| for every step and member; where |ξ| is not recorded, what its definition says: the parts of a matrix law, or a count. */
function constraintScale(plan: Plan, product: Series, recording: Recording, at: HyperparametersAt): Float64Array {
  const gradient = recording.columns.get(GRADIENT_NORM)?.values ?? new Float64Array(0)
  const size = plan.constraint?.generator === undefined ? undefined : seriesOf(plan.constraint.generator, recording, at)
  const entries = entriesOf(plan, recording)
  return product.values.map((_, i) => Math.sqrt((gradient[Math.floor(i / product.members)] ?? 0) * (size?.values[i] ?? entries)))
}

/**
 * Rung 2: the constraint ⟨g, ξ⟩ = 0 on the real network, relative to |g||ξ|. A gradient component is a sum over the batch and over the
 * paths behind it, whose rounding errors add like a random walk.
 */
export function constraintRung(plan: Plan, recording: Recording, at: HyperparametersAt): Rung {
  const name = 'constraint'
  if (plan.constraint === undefined) return skipped(2, name, 'a run does not record what the constraint speaks of')
  const product = seriesOf(plan.constraint.product, recording, at)
  const scale = constraintScale(plan, product, recording, at)
  const relative = product.values.map((p, i) => (scale[i] === 0 ? 0 : Math.abs(p) / (scale[i] ?? 1)))
  const worst = worstOf(product.members, relative)
  const summands = recording.batchSize * recording.network.parameters.reduce((most, p) => Math.max(most, p.shape.at(-1) ?? 1), 1)
  const tolerance = recording.unitRoundoff * Math.sqrt(summands) * 2
  const reason = `unit roundoff ${scientific(recording.unitRoundoff)} x 2 sqrt(${summands} summands of a gradient component)`
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

/** The largest size each member's parts have during the run: rounding errors do not shrink with the sum. */
function typicalSizes(size: Series): readonly number[] {
  return Array.from({ length: size.members }, (_, i) => {
    let most = 0
    for (let k = 0; k < size.steps; k += 1) most = Math.max(most, size.values[k * size.members + i] ?? 0)
    return most
  })
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
 * roundoff, independent from step to step, so the accumulated error grows with the square root of their number.
 */
export function discreteRung(plan: Plan, recording: Recording, at: HyperparametersAt): Rung {
  const name = 'discrete law'
  const continuous = plan.laws.rule.action === undefined ? 'a continuous rule has no discrete law' : 'a motion has no discrete law; the run goes along it in Euler steps of length eta, from rest at t_0'
  if (plan.rows === undefined) return skipped(3, name, plan.laws.discrete === undefined ? continuous : 'a run does not record what the law speaks of')
  const sums = accumulatedResidual(plan, recording, at)
  if (sums === undefined) return skipped(3, name, 'the law has no charge')
  const worst = worstOf(sums.members, sums.values.map(Math.abs))
  const tolerance = 4 * recording.unitRoundoff * Math.sqrt(recording.steps)
  const reason = `unit roundoff ${scientific(recording.unitRoundoff)} x 4 sqrt(${recording.steps} steps)`
  return rung(3, name, worst.value, tolerance, reason, `accumulated over the run; ${where(worst)}`)
}

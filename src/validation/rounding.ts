import { layersOf } from '../network/network.js'
import type { Recording } from '../training/recording.js'
import type { Plan } from './plan.js'
import { GRADIENT_NORM, type HyperparametersAt, type Quantity, type Series, entriesOf, magnitudeOf, seriesOf } from './quantities.js'

/** |1_B|² for one member, B all its sets. */
const allEntries = ({ symmetry }: Plan, recording: Recording): number => Object.keys(symmetry.sets).reduce((sum, set) => sum + entriesOf({ symmetry, set }, recording), 0)

/**
 * Summands of the sums that a gradient component goes through one after the other: those of every layer forward and back, and its own over samples
 * and places. The rounding of each is independent of the others, so that the error of the component grows with the square root of their number.
 */
export function summandsOf({ network, batchSize }: Pick<Recording, 'network' | 'batchSize'>): number {
  const each = layersOf(network).flatMap((layer) => layer.summands?.(batchSize) ?? [])
  return each.reduce((sum, { through }) => sum + through, Math.max(...each.map(({ parameter }) => parameter), 1))
}

/** How far rounding of the gradient may take ⟨g, ξ⟩ from zero, relative to |g||ξ|. */
export const gradientRounding = (recording: Recording): number => recording.unitRoundoff * Math.sqrt(summandsOf(recording)) * 2

/**
 * |g|² at every step, at least what has the rounding that was measured at the end of the run: where the gradients of the samples cancel, theirs stays.
 * That measure may not claim more than rounding makes of the run's largest gradient.
 */
function gradientSizes(recording: Recording): Float64Array {
  const sizes = recording.columns.get(GRADIENT_NORM)?.values ?? new Float64Array(0)
  const measured = Number.isNaN(recording.gradientError) ? 0 : (recording.gradientError / gradientRounding(recording)) ** 2
  const least = Math.min(measured, sizes.reduce((most, size) => Math.max(most, size), 0))
  return sizes.map((size) => Math.max(size, least))
}

/** |g||ξ| for every step and member, |g| by its rounding; where |ξ| is not recorded, what its definition says: the parts of a matrix law, or a count. */
export function constraintScale(plan: Plan, product: Series, recording: Recording, at: HyperparametersAt): Float64Array {
  const gradient = gradientSizes(recording)
  const size = plan.constraint?.generator === undefined ? undefined : seriesOf(plan.constraint.generator, recording, at)
  const entries = allEntries(plan, recording)
  return product.values.map((_, i) => {
    const k = Math.floor(i / product.members)
    return Math.sqrt((gradient[k] ?? 0) * (size?.values[size.members === product.members ? i : k] ?? entries))
  })
}

/** The largest size each member's parts have during the run: rounding errors do not shrink with the sum. */
export function typicalSizes(size: Series): readonly number[] {
  return Array.from({ length: size.members }, (_, i) => {
    let most = 0
    for (let k = 0; k < size.steps; k += 1) most = Math.max(most, size.values[k * size.members + i] ?? 0)
    return most
  })
}

/**
 * Σ 2η|⟨g, ξ⟩| up to each step, relative to the size of the charge's parts: what the laws leave out by the symmetry, as far as it is the rounding of
 * the gradients and does not break the constraint. A bias in front of a normalization has no gradient but this.
 */
function movedByGradients(plan: Plan, charge: Quantity | undefined, recording: Recording, at: HyperparametersAt): Float64Array | undefined {
  if (plan.constraint === undefined || charge === undefined) return undefined
  const product = seriesOf(plan.constraint.product, recording, at)
  const scale = constraintScale(plan, product, recording, at)
  const { values, members } = product
  const size = magnitudeOf(charge, recording, at)
  if (size.members !== members) return undefined
  const typical = typicalSizes(size)
  const rounding = gradientRounding(recording)
  const sums = new Float64Array(values.length)
  for (const [i, measured] of values.entries()) {
    const whole = Math.max(size.values[i] ?? 0, typical[i % members] ?? 0)
    const left = Math.min(Math.abs(measured), rounding * (scale[i] ?? 0))
    const eta = at(Math.floor(i / members))['eta'] ?? 1
    sums[i] = (i < members ? 0 : (sums[i - members] ?? 0)) + (whole === 0 ? 0 : (2 * eta * left) / whole)
  }
  return sums
}

/** How far rounding may have taken a charge from its exact law, relative to the size of its parts. */
export interface Rounding {
  /** Of a stored parameter, and of a recorded contraction, which is a sum over components in float64. */
  readonly roundoff: number
  /** What these may have added up to over the run: independent from step to step, so that it grows with the square root of their number. */
  readonly stored: number
  /**
   * The same with what the gradients' rounding has moved, by the index of a step and member. A law that is followed from its start has states that keep
   * what a gradient has moved them by: `memory` is how much more than its first step the charge then moves in all.
   */
  readonly until: (index: number, memory?: number) => number
}

/** @param contractions how many of them a step of the law has. */
export function roundingOf(plan: Plan, charge: Quantity | undefined, contractions: number, recording: Recording, at: HyperparametersAt): Rounding {
  const roundoff = recording.unitRoundoff + 2 ** -53 * Math.sqrt(allEntries(plan, recording) * (contractions + 1))
  const stored = 4 * roundoff * Math.sqrt(recording.steps)
  const moved = movedByGradients(plan, charge, recording, at)
  return { roundoff, stored, until: (index, memory = 1) => stored + memory * (moved?.[index] ?? 0) }
}

/** That of a law's charge up to each step; none where there is no exact law. */
export function roundingOfCharge(plan: Plan, recording: Recording, at: HyperparametersAt): Rounding['until'] {
  const [charge] = plan.rows ?? []
  return charge === undefined ? () => 0 : roundingOf(plan, charge.now, charge.next.parts.size, recording, at).until
}

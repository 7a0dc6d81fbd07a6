import type { Recording } from '../training/recording.js'
import { type Overlay, rows, sampledSteps } from './curves.js'
import { accumulatedResidual } from './ladder.js'
import type { MeanOverRuns } from './meanOverRuns.js'
import type { Plan } from './plan.js'
import { type HyperparametersAt, magnitudeOf } from './quantities.js'
import { roundingOfCharge } from './rounding.js'
import { referenceStep } from './settings.js'
import { studentBound } from './student.js'

/** How often a right law is refuted by chance. */
export const BY_CHANCE = 1e-4
/** What the law of the mean is over: the noise that a rule injects, or that of batches. */
export const OVER_INJECTED = 'the injected noise, what changes sign with it left out'
export const OVER_BATCHES = 'batches drawn independently, with replacement'

/** Steps, evenly spread, at which the mean is held against its law. */
const LOOKS = 4

/**
 * Rung 5 of an ensemble: the mean of the charge over runs, against the exact law of the mean, in standard errors.
 * @param against what the law is a mean over
 */
export function meanOverlay(plan: Plan, recording: Recording, at: HyperparametersAt, found: MeanOverRuns, against = OVER_INJECTED): Overlay {
  const { runs, members, charge, deviation, error, total } = found
  const length = Math.min(found.steps, recording.steps)
  const looks = Array.from({ length: LOOKS }, (_, i) => Math.round(((i + 1) * (length - 1)) / LOOKS))
  const [size, until] = [plan.charge === undefined ? undefined : magnitudeOf(plan.charge, recording, at), roundingOfCharge(plan, recording, at)]
  const rounding = (index: number): number => until(index) * (size?.values[index] ?? 0)
  const inErrors = (mean = 0, bar = 0, rounded = 0): number => (Math.abs(mean) <= rounded ? 0 : (Math.abs(mean) - rounded) / bar)
  const all = (k: number): readonly number[] => Array.from({ length: members }, (_, i) => k * members + i)
  const tests = looks.flatMap((k) => [
    ...all(k).map((index, i) => ({ place: `neuron ${i}, step ${k}`, value: inErrors(deviation[index], error[index], rounding(index)) })),
    ...(members === 1 ? [] : [{ place: `the sum over neurons, step ${k}`, value: inErrors(total.deviation[k], total.error[k], all(k).reduce((sum, index) => sum + rounding(index), 0)) }]),
  ])
  const tolerance = studentBound(BY_CHANCE / tests.length, runs - 1)
  const worst = tests.reduce((a, b) => (b.value <= a.value || Number.isNaN(a.value) ? a : b), { place: 'none', value: 0 })
  const steps = sampledSteps(length)
  const eta = at(referenceStep(at, recording.steps))['eta'] ?? 0
  const accumulated = accumulatedResidual(plan, recording, at)
  const curves = {
    step: steps,
    time: steps.map((k) => k * eta),
    measured: rows({ members, values: charge }, steps),
    theory: rows({ members, values: charge.map((q, i) => q - (deviation[i] ?? 0)) }, steps),
    band: rows({ members, values: error.map((bar, index) => tolerance * bar + rounding(index)) }, steps),
    discreteResidual: accumulated === undefined ? [] : rows(accumulated, steps),
    runs,
  }
  return {
    curves,
    rung: {
      rung: 5,
      name: 'mean over runs',
      measured: worst.value,
      tolerance,
      reason: `standard errors of the mean over ${runs} runs of ${length} steps, against the exact law of the mean over ${against}; Student's t of ${tests.length} looks, which together refute a right law with probability ${BY_CHANCE.toExponential(0)}`,
      detail: worst.value === 0 ? 'the noise moves no mean by more than rounding' : `largest for ${worst.place}`,
      verdict: worst.value <= tolerance ? 'passed' : 'failed',
    },
  }
}

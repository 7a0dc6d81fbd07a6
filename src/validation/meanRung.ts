import type { Recording } from '../training/recording.js'
import { type Overlay, rows, sampledSteps } from './curves.js'
import { accumulatedResidual } from './ladder.js'
import type { MeanOverRuns } from './meanOverRuns.js'
import type { Plan } from './plan.js'
import type { HyperparametersAt } from './quantities.js'
import { referenceStep } from './settings.js'
import { studentBound } from './student.js'

/** How often a right law is refuted by chance. */
const BY_CHANCE = 1e-4
/** Steps, evenly spread, at which the mean is held against its law. */
const LOOKS = 4

/** Rung 5 under injected noise: the mean of the charge over runs, against the exact law of the mean, in standard errors. */
export function meanOverlay(plan: Plan, recording: Recording, at: HyperparametersAt, found: MeanOverRuns): Overlay {
  const { runs, members, charge, deviation, error, total } = found
  const length = Math.min(found.steps, recording.steps)
  const looks = Array.from({ length: LOOKS }, (_, i) => Math.round(((i + 1) * (length - 1)) / LOOKS))
  const inErrors = (mean = 0, bar = 0): number => (mean === 0 ? 0 : Math.abs(mean) / bar)
  const tests = looks.flatMap((k) => [
    ...Array.from({ length: members }, (_, i) => ({ place: `neuron ${i}, step ${k}`, value: inErrors(deviation[k * members + i], error[k * members + i]) })),
    ...(members === 1 ? [] : [{ place: `the sum over neurons, step ${k}`, value: inErrors(total.deviation[k], total.error[k]) }]),
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
    band: rows({ members, values: error.map((bar) => tolerance * bar) }, steps),
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
      reason: `standard errors of the mean over ${runs} runs of ${length} steps, against the exact law of the mean over the injected noise; Student's t at ${BY_CHANCE.toExponential(0)} for ${tests.length} looks`,
      detail: `largest for ${worst.place}`,
      verdict: worst.value <= tolerance ? 'passed' : 'failed',
    },
  }
}

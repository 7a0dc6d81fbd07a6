import { earlierNoise } from '../laws/batchNoise.js'
import { fullColumn } from '../training/fullGradient.js'
import type { Column, Recording } from '../training/recording.js'
import type { Plan } from './plan.js'
import { type HyperparametersAt, magnitudeOf, seriesOf } from './quantities.js'
import type { NoiseSplit } from './result.js'
import { roundingOf, typicalSizes } from './rounding.js'

/** The recording of the steps that were taken a second time with another gradient; undefined if none was. */
export function withColumns(recording: Recording, named: (id: string) => string): Recording | undefined {
  const columns = new Map<string, Column>([...recording.columns.keys()].flatMap((id) => {
    const column = recording.columns.get(named(id))
    return column === undefined ? [] : [[id, column] as const]
  }))
  // The loss that was recorded is that of the batch.
  return columns.size === 0 ? undefined : { ...recording, columns, loss: recording.loss.map(() => Number.NaN) }
}

/** That of the steps with the gradient on all samples. */
export const withFullGradient = (recording: Recording): Recording | undefined => withColumns(recording, fullColumn)

/** The greatest of many numbers, or NaN if one is none. */
const greatest = (values: readonly number[]): number => values.reduce((most, x) => Math.max(most, x), -Infinity)

const share = (part: number, whole: number): string => `${Number(((100 * part) / whole).toPrecision(2))} %`

/**
 * The noise of the minibatch as a mechanism of the charge budget: in some steps each mechanism's contribution is computed with the gradient on
 * all samples too. That is its full-batch part; the differences, summed, are the noise's. States keep what earlier batches put into them.
 * @returns undefined for a charge without a budget and for runs without full gradients
 */
export function noiseSplit(plan: Plan, recording: Recording, at: HyperparametersAt): NoiseSplit | undefined {
  const full = withFullGradient(recording)
  const { budget, charge } = plan
  if (full === undefined || budget === undefined || budget.length === 0 || charge === undefined) return undefined
  const measured = seriesOf(charge, recording, at)
  const size = magnitudeOf(charge, recording, at)
  const { members } = measured
  const split = budget.map(({ mechanism, change }) => {
    const [batch, exact] = [recording, full].map((r) => seriesOf(change, r, at))
    const value = (s: typeof batch, k: number, i: number): number => s?.values[k * s.members + (s.members === members ? i : 0)] ?? Number.NaN
    return { mechanism, full: (k: number, i: number) => value(exact, k, i), noise: (k: number, i: number) => value(batch, k, i) - value(exact, k, i) }
  })
  const taken = (k: number): boolean => split.every((s) => Number.isFinite(s.full(k, 0)))
  const steps = Array.from({ length: recording.steps - 1 }, (_, k) => k).filter(taken)
  if (steps.length === 0) return undefined
  const rows = (value: (k: number, i: number) => number): readonly (readonly number[])[] => Array.from({ length: members }, (_, i) => steps.map((k) => value(k, i)))
  const noise = rows((k, i) => split.reduce((sum, s) => sum + s.noise(k, i), 0))
  const mechanisms = split.map((s) => ({ mechanism: s.mechanism as string, change: rows(s.full) }))
  // Size and tolerance are those of the budget over the run: a charge that starts at zero has no size of its own yet.
  const largest = typicalSizes(size)
  const rest = steps.flatMap((k, n) => Array.from({ length: members }, (_, i) => {
    const change = (measured.values[(k + 1) * members + i] ?? 0) - (measured.values[k * members + i] ?? 0)
    const parts = mechanisms.reduce((sum, m) => sum + (m.change[i]?.[n] ?? 0), noise[i]?.[n] ?? 0)
    return Math.abs(change - parts) / (largest[i] || 1)
  }))
  const { until } = roundingOf(plan, charge, budget.reduce((n, b) => n + b.change.parts.size, 0), recording, at)
  const most = greatest(largest.map((_, i) => until((recording.steps - 1) * members + i)))
  const moved = [...mechanisms, { mechanism: 'minibatch noise', change: noise }].map(({ mechanism, change }) => ({
    mechanism, size: change.reduce((sum, row) => sum + Math.abs(row.reduce((a, b) => a + b, 0)), 0),
  }))
  const { rule } = plan.laws
  const states = [...rule.states, ...rule.matrices].map((s) => s.name)
  const whole = moved.reduce((sum, m) => sum + m.size, 0)
  const summary = `of what moves the charge in ${steps.length} steps taken with the full gradient too: ${whole === 0 ? 'nothing' : moved.map((m) => `${m.mechanism} ${share(m.size, whole)}`).join(', ')}${states.length === 0 ? '' : `; ${earlierNoise(states)}`}`
  return { step: steps, mechanisms, noise, closure: greatest(rest), tolerance: Math.sqrt(budget.length + 1) * most, summary }
}

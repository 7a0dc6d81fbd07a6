import { ZERO, atom } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import type { DriveShape } from '../compile/propagator.js'
import type { Recording } from '../training/recording.js'
import { type HyperparametersAt, type Quantity, type Series, seriesOf } from './quantities.js'

export interface StepDrive {
  readonly series: Series
  readonly shape: DriveShape
}

/**
 * x − δ²x/12: straight lines between these have over each step the integral, and by symmetry the first moment, of the cubic through the four values
 * around it (the weights −1, 13, 13, −1 over 24 of the Gregory formula). At the ends δ² goes on linearly.
 */
function withIntegralsOfCubics({ members, steps, values }: Series): Series {
  if (steps < 4) return { members, steps, values }
  const second = (k: number, i: number): number => {
    if (k === 0 || k === steps - 1) return 2 * second(k === 0 ? 1 : k - 1, i) - second(k === 0 ? 2 : k - 2, i)
    const at = (j: number): number => values[j * members + i] ?? Number.NaN
    return at(k + 1) - 2 * at(k) + at(k - 1)
  }
  return { members, steps, values: values.map((x, j) => x - second(Math.floor(j / members), j % members) / 12) }
}

/**
 * A drive on the steps, as a sum: values at the steps are joined by straight lines that have the integrals of cubics, differences over a step stand for
 * the middle of it, and what has both is what they add to the values.
 */
export function driveOnSteps(q: Quantity, recording: Recording, at: HyperparametersAt): readonly StepDrive[] {
  const series = seriesOf(q, recording, at)
  const isRate = (parts: readonly { readonly perEta: number }[]): boolean => parts.some((p) => p.perEta > 0)
  const rates = [...q.parts].filter(([, parts]) => isRate(parts)).map(([c]) => c)
  if (rates.length === 0) return [{ series: withIntegralsOfCubics(series), shape: 'linear' }]
  if (rates.length === q.parts.size) return [{ series, shape: 'constant' }]
  const parts = new Map([...q.parts].filter(([, p]) => !isRate(p)))
  const still = seriesOf({ ...q, parts, expression: substitute(q.expression, new Map(rates.map((c) => [atom(c), ZERO]))) }, recording, at)
  const moving = { ...series, values: series.values.map((x, i) => x - (still.values[i] ?? 0)) }
  return [{ series: withIntegralsOfCubics(still), shape: 'linear' }, { series: moving, shape: 'constant' }]
}

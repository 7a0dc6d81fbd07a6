import type { Sample } from './contest.js'

/** What a solver takes to an achieved error. */
export interface TimeAt {
  readonly seconds: number
  /** Whether it was only run at tolerances that give far more than that: it would take at most this. */
  readonly atMost: boolean
}

/** Time at an error, read off a solver's samples on logarithmic axes; undefined where it did not get there. */
export function timeAt(samples: readonly Sample[], error: number): TimeAt | undefined {
  // Of two runs the one that is slower and worse says nothing.
  const known = samples.filter((s) => Number.isFinite(s.error) && !samples.some((o) => o.error < s.error && o.seconds < s.seconds))
  const sorted = known.map((s) => ({ ...s, error: Math.max(s.error, 1e-17) })).toSorted((a, b) => a.error - b.error)
  const upper = sorted.findIndex((s) => s.error >= error)
  const above = sorted[upper]
  if (above === undefined) {
    const last = sorted.at(-1)
    return last && { seconds: last.seconds, atMost: Math.max(...samples.map((s) => s.tolerance)) < error / 11 }
  }
  const below = upper === 0 ? undefined : sorted[upper - 1]
  if (below === undefined) return above.error <= error ? { seconds: above.seconds, atMost: false } : undefined
  const part = Math.log(error / below.error) / Math.log(above.error / below.error)
  return { seconds: Math.exp(Math.log(below.seconds) + part * Math.log(above.seconds / below.seconds)), atMost: false }
}

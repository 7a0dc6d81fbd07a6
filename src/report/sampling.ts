import type { LawCurves } from '../validation/result.js'

/** Largest and smallest finite value; `undefined` where there is none. */
export function extent(values: readonly number[]): { readonly low: number; readonly high: number } | undefined {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return low > high ? undefined : { low, high }
}

/** Index of the finite value of largest magnitude; 0 if none is finite. */
export function indexOfLargest(values: readonly number[]): number {
  let best = 0
  let magnitude = -1
  values.forEach((value, index) => {
    if (Number.isFinite(value) && Math.abs(value) > magnitude) {
      magnitude = Math.abs(value)
      best = index
    }
  })
  return best
}

/**
 * Which samples of several curves over one axis to draw: the axis is cut into buckets of equal length and each gives the two samples
 * where some curve, in units of its own range, lies lowest and highest against its mean (min–max decimation), so no visible excursion is
 * lost. The first and last sample and those in `keep` stay. All are recorded samples: nothing is averaged or interpolated.
 * @returns increasing indices, at most about `points` plus `keep`.
 */
export function chooseSamples(curves: readonly (readonly number[])[], points: number, keep: readonly number[] = []): number[] {
  const length = Math.max(0, ...curves.map((curve) => curve.length))
  const everything = Array.from({ length }, (_, index) => index)
  if (length <= points) return everything
  const chosen = new Set([0, length - 1, ...keep.filter((index) => index >= 0 && index < length)])
  const scaled = curves.map((curve) => ({ curve, ...(extent(curve) ?? { low: 0, high: 1 }) })).filter(({ low, high }) => high > low)
  const buckets = Math.max(1, Math.floor(points / 2))
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const from = Math.floor((bucket * length) / buckets)
    const to = Math.floor(((bucket + 1) * length) / buckets)
    const { lowest, highest } = extremes(scaled, from, to)
    chosen.add(lowest)
    chosen.add(highest)
  }
  return [...chosen].sort((left, right) => left - right)
}

interface Scaled {
  readonly curve: readonly number[]
  readonly low: number
  readonly high: number
}

/** In [from, to): where some curve lies lowest and highest against its mean there, in units of its own range. */
function extremes(curves: readonly Scaled[], from: number, to: number): { readonly lowest: number; readonly highest: number } {
  let lowest = from
  let highest = from
  let below = Number.POSITIVE_INFINITY
  let above = Number.NEGATIVE_INFINITY
  for (const { curve, low, high } of curves) {
    const part = curve.slice(from, to).filter((value) => Number.isFinite(value))
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length
    for (let index = from; index < to; index += 1) {
      const height = ((curve[index] ?? Number.NaN) - mean) / (high - low)
      if (height < below) [below, lowest] = [height, index]
      if (height > above) [above, highest] = [height, index]
    }
  }
  return { lowest, highest }
}

export const pick = (values: readonly number[], indices: readonly number[]): number[] => indices.map((index) => values[index] ?? Number.NaN)

/** What the residual and the charge of one neuron amount to over the whole run. */
export interface NeuronSummary {
  readonly neuron: number
  /** measured − theory, at every recorded step. */
  readonly residual: readonly number[]
  readonly worstStep: number
  readonly worst: number
  /** |worst| over the largest |measured|; infinite if the run or the solution left the numbers, and `worst` is then NaN. */
  readonly relative: number
}

/** Residuals of every neuron, in the order of the network. */
export function summarizeNeurons(curves: LawCurves): NeuronSummary[] {
  return curves.measured.map((measured, neuron) => {
    const theory = curves.theory[neuron] ?? []
    const residual = measured.map((value, index) => value - (theory[index] ?? Number.NaN))
    const lost = residual.findIndex((value) => !Number.isFinite(value))
    if (lost >= 0) return { neuron, residual, worstStep: curves.step[lost] ?? 0, worst: Number.NaN, relative: Number.POSITIVE_INFINITY }
    const index = indexOfLargest(residual)
    const worst = residual[index] ?? 0
    const size = Math.abs(measured[indexOfLargest(measured)] ?? 0)
    return { neuron, residual, worstStep: curves.step[index] ?? 0, worst, relative: size > 0 ? Math.abs(worst) / size : Math.abs(worst) }
  })
}

/** The neuron with the largest relative residual. */
export function worstNeuron(summaries: readonly NeuronSummary[]): NeuronSummary | undefined {
  return summaries.reduce<NeuronSummary | undefined>(
    (worst, each) => (worst === undefined || each.relative > worst.relative ? each : worst),
    undefined,
  )
}

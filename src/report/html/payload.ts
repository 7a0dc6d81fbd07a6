import { type LawCurves, type LawVerdict, isCompared } from '../../validation/result.js'
import { type NeuronSummary, chooseSamples, extent, indexOfLargest, pick, summarizeNeurons, worstNeuron } from '../sampling.js'

/**
 * Curves as a plot shows them, neuron after neuron: each value as one of 65,535 heights within the range of its curve (little-endian, in
 * base64), the ends of the range to the seven digits of float32. The height beyond the last is what is no finite number.
 */
export interface CurvesPayload {
  readonly ranges: readonly (readonly [low: number, high: number])[]
  readonly heights: string
}

/** Curves of one law for the interactive plots. */
export interface LawPayload {
  readonly label: string
  /** Id of the static figure with the small multiples. */
  readonly grid: string
  readonly neurons: number
  readonly worst: number
  /** Whether its residual says anything. */
  readonly compared: boolean
  /** Largest residual over largest charge, a neuron each; `null` where that is no finite number. */
  readonly relative: readonly (number | null)[]
  readonly steps: readonly number[]
  /** The step at which the theory begins; there is no residual before it. */
  readonly begins: number
  readonly measured: CurvesPayload
  readonly residual: CurvesPayload
  /** Without curves where the theory predicts no error. */
  readonly band: CurvesPayload
  readonly discrete: CurvesPayload
}

/** A law and where the document shows it. */
export interface ShownLaw {
  readonly law: LawVerdict
  readonly label: string
  readonly grid: string
}

/** Numbers that all curves of a page may hold together: 640 kB of text in base64. */
const BUDGET = 240_000
const FEWEST = 90

/**
 * Samples the curves so that the page stays small. The steps with the worst residuals are kept, those of the worst neurons first, up to
 * half of all samples.
 */
export function payloadOf(shown: readonly ShownLaw[]): LawPayload[] {
  const curves = shown.reduce((sum, { law }) => sum + 4 * law.curves.measured.length, 0)
  const points = Math.max(FEWEST, Math.floor(BUDGET / Math.max(1, curves)))
  return shown.map((each) => lawPayload(each, points))
}

function lawPayload({ law, label, grid }: ShownLaw, points: number): LawPayload {
  const { curves } = law
  const { begins = 0 } = curves
  const summaries = summarizeNeurons(curves)
  const kept = worstSteps(curves, summaries).slice(0, Math.floor(points / 2))
  const at = chooseSamples([...curves.measured, ...summaries.map(({ residual }) => residual)], points - kept.length, kept)
  const encode = (rows: readonly (readonly number[])[]): CurvesPayload => curvesPayload(rows.map((row) => pick(row, at)))
  return {
    label,
    grid,
    neurons: curves.measured.length,
    worst: worstNeuron(summaries)?.neuron ?? 0,
    compared: isCompared(law),
    relative: summaries.map(({ relative }) => (Number.isFinite(relative) ? Number(relative.toPrecision(3)) : null)),
    steps: pick(curves.step, at),
    begins,
    measured: encode(curves.measured),
    residual: encode(summaries.map(({ residual }) => residual.map((x, i) => ((curves.step[i] ?? 0) < begins ? Number.NaN : x)))),
    band: encode(curves.band),
    discrete: encode(curves.discreteResidual),
  }
}

/** Where the residual of each neuron is greatest, the worst neuron first. */
function worstSteps(curves: LawCurves, summaries: readonly NeuronSummary[]): number[] {
  const ordered = [...summaries].sort((left, right) => right.relative - left.relative)
  const discrete = curves.discreteResidual.map((values) => Math.abs(values[indexOfLargest(values)] ?? 0))
  const worstDiscrete = curves.discreteResidual[indexOfLargest(discrete)] ?? []
  return [...new Set([indexOfLargest(worstDiscrete), ...ordered.map(({ residual }) => indexOfLargest(residual))])]
}

/** Heights of a range, and the code of what has none. */
const HEIGHTS = 65_534
const NOT_FINITE = 65_535

/** @param rows curves of one length */
function curvesPayload(rows: readonly (readonly number[])[]): CurvesPayload {
  const bytes = new DataView(new ArrayBuffer(2 * rows.reduce((sum, row) => sum + row.length, 0)))
  let at = 0
  const ranges = rows.map((row): readonly [number, number] => {
    const { low, high } = extent(row) ?? { low: 0, high: 0 }
    const scale = high > low ? HEIGHTS / (high - low) : 0
    for (const value of row) {
      bytes.setUint16(at, Number.isFinite(value) ? Math.round((value - low) * scale) : NOT_FINITE, true)
      at += 2
    }
    return [Number(low.toPrecision(7)), Number(high.toPrecision(7))]
  })
  return { ranges, heights: Buffer.from(bytes.buffer).toString('base64') }
}

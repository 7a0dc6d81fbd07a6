import type { LawCurves, LawVerdict } from '../../validation/result.js'
import { type NeuronSummary, chooseSamples, indexOfLargest, pick, summarizeNeurons, worstNeuron } from '../sampling.js'

/** Curves of one law for the interactive plots; arrays are little-endian float32 in base64, neuron after neuron. */
export interface LawPayload {
  readonly label: string
  /** Id of the static figure with the small multiples. */
  readonly grid: string
  readonly neurons: number
  readonly worst: number
  /** Largest residual over largest charge, a neuron each; `null` where that is no finite number. */
  readonly relative: readonly (number | null)[]
  readonly steps: readonly number[]
  readonly measured: string
  readonly residual: string
  /** Empty where the theory predicts no error. */
  readonly band: string
  readonly discrete: string
}

/** A law and where the document shows it. */
export interface ShownLaw {
  readonly law: LawVerdict
  readonly label: string
  readonly grid: string
}

/** Numbers that all curves of a page may hold together: 1.3 MB of text in base64. */
const BUDGET = 240_000
const FEWEST = 90

/** Samples the curves so that the page stays small. The steps with the worst residuals are kept, those of the worst neurons first, up to half of all samples. */
export function payloadOf(shown: readonly ShownLaw[]): LawPayload[] {
  const curves = shown.reduce((sum, { law }) => sum + 4 * law.curves.measured.length, 0)
  const points = Math.max(FEWEST, Math.floor(BUDGET / Math.max(1, curves)))
  return shown.map((each) => lawPayload(each, points))
}

function lawPayload({ law, label, grid }: ShownLaw, points: number): LawPayload {
  const { curves } = law
  const summaries = summarizeNeurons(curves)
  const kept = worstSteps(curves, summaries).slice(0, Math.floor(points / 2))
  const at = chooseSamples([...curves.measured, ...summaries.map(({ residual }) => residual)], points - kept.length, kept)
  const encode = (rows: readonly (readonly number[])[]) => base64(rows.flatMap((row) => pick(row, at)))
  return {
    label,
    grid,
    neurons: curves.measured.length,
    worst: worstNeuron(summaries)?.neuron ?? 0,
    relative: summaries.map(({ relative }) => (Number.isFinite(relative) ? Number(relative.toPrecision(3)) : null)),
    steps: pick(curves.step, at),
    measured: encode(curves.measured),
    residual: encode(summaries.map(({ residual }) => residual)),
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

function base64(values: readonly number[]): string {
  const bytes = new DataView(new ArrayBuffer(4 * values.length))
  values.forEach((value, index) => bytes.setFloat32(4 * index, value, true))
  return Buffer.from(bytes.buffer).toString('base64')
}

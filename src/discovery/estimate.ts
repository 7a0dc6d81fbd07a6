import { InputError } from '../errors.js'

/** What a search would take on one core, scaled from measured runs (see the benchmark of discovery). */
export interface Estimate {
  readonly parameters: number
  readonly seconds: number
  readonly bytes: number
}

/** Measured: 1,000 coupled parameters of a ReLU network take about 2 s; eliminations grow with the cube of the number of parameters. */
const SECONDS_AT_1000 = 2
/** Two echelon forms and the samples of the law search, each D² doubles. */
const MATRICES = 3

export function estimate(parameters: number): Estimate {
  return { parameters, seconds: SECONDS_AT_1000 * (parameters / 1000) ** 3, bytes: MATRICES * 8 * parameters ** 2 }
}

const UNITS = [['minutes', 60], ['hours', 3600], ['days', 86_400], ['years', 31_557_600]] as const

/** In the largest unit of which there are two at least. */
function durationText(seconds: number): string {
  const [unit, length] = UNITS.findLast(([, size]) => seconds >= 2 * size) ?? UNITS[0]
  return `${Number((seconds / length).toPrecision(2))} ${unit}`
}

const LIMIT_SECONDS = 1800
const LIMIT_BYTES = 2e9

/** @throws InputError where coupled parameters would take more than half an hour or 2 GB, with the estimate and what their blocks can answer. */
export function refuseIfTooLarge(parameters: number, blocks: readonly string[]): void {
  const { seconds, bytes } = estimate(parameters)
  if (seconds <= LIMIT_SECONDS && bytes <= LIMIT_BYTES) return
  throw new InputError(
    `${parameters} coupled parameters (${blocks.join(', ')}) would take about ${durationText(seconds)} and ${(bytes / 1e9).toPrecision(2)} GB`,
    'take the same architecture with smaller widths, or --blocks: each hidden layer of widths, each residual branch of a network file by itself, which lists and certifies the laws that depend on these parameters alone',
  )
}

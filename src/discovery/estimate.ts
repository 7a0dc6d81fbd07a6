import { InputError } from '../errors.js'
import type { LayeredNetwork } from './layered.js'
import { LayeredParameters } from './layered.js'

/** What a search would take on one core, scaled from measured runs (see the benchmark of discovery). */
export interface Estimate {
  readonly parameters: number
  readonly seconds: number
  readonly bytes: number
}

/** Measured: 1,000 parameters of a ReLU network take about 3 s; eliminations grow with the cube of the number of parameters. */
const SECONDS_AT_1000 = 3
/** Two echelon forms and the samples of the law search, each D² doubles. */
const MATRICES = 3

export function estimate(parameters: number): Estimate {
  return { parameters, seconds: SECONDS_AT_1000 * (parameters / 1000) ** 3, bytes: MATRICES * 8 * parameters ** 2 }
}

const LIMIT_SECONDS = 1800
const LIMIT_BYTES = 2e9

/** @throws InputError where a network would take more than half an hour or 2 GB, with the estimate and the answer its blocks can give. */
export function refuseIfTooLarge(network: LayeredNetwork): void {
  const { count } = new LayeredParameters(network)
  const { seconds, bytes } = estimate(count)
  if (seconds <= LIMIT_SECONDS && bytes <= LIMIT_BYTES) return
  const hidden = network.layers.slice(1, -1)
  const each = network.activation.kind === 'linear' ? (w: number) => (w * (w + 1)) / 2 : (w: number) => w
  const laws = hidden.reduce((sum, w) => sum + each(w), 0)
  throw new InputError(
    `${count} parameters would take about ${Math.round(seconds / 60)} minutes and ${(bytes / 1e9).toFixed(1)} GB`,
    `discover each pair of consecutive layers as a network of its own: the ${hidden.length} blocks would list up to ${laws} laws`,
  )
}

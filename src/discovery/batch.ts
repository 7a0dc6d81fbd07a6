import { InputError, type Place } from '../errors.js'
import type { Certificate } from './certificate.js'
import { refuseIfTooLarge } from './estimate.js'
import { type LayeredInput, layeredNetwork, readLayeredInput } from './layered-input.js'
import { layeredBlocks, layeredModel } from './layered-model.js'
import { LayeredParameters } from './layered.js'
import { type Discovery, type SearchOptions, discoverModel } from './search.js'

/** One line of a batch's output. */
export interface BatchRecord {
  readonly layers: readonly number[]
  readonly activation: string
  readonly bias: boolean
  /** Number of parameters. */
  readonly parameters: number
  /** Number of functionally independent laws. */
  readonly independent: number
  readonly certificate: Certificate
  readonly laws: readonly string[]
  readonly seconds: number
}

/** What stands in the output for a line that could not be answered. */
export interface BatchFailure {
  readonly error: { readonly line: number; readonly what: string; readonly remedy: string }
}

/** All conservation laws of a fully connected network. @throws InputError if it is too large. */
export function discoverLayered(input: LayeredInput, options: SearchOptions = {}): Discovery {
  const network = layeredNetwork(input)
  refuseIfTooLarge(new LayeredParameters(network).count, layeredBlocks(network).map((b) => b.name))
  return discoverModel(layeredModel(network), options)
}

function recordOf(text: string, options: SearchOptions): BatchRecord {
  const start = performance.now()
  const input = readLayeredInput(parse(text))
  const { parameters, independent, certificate, laws } = discoverLayered(input, options)
  const seconds = (performance.now() - start) / 1000
  return { ...input, parameters, independent, certificate, laws: laws.map((law) => law.text), seconds: Number(seconds.toFixed(6)) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (fault) {
    const column = Number(/position (\d+)/.exec(String(fault))?.[1] ?? Number.NaN) + 1
    const place: Place = Number.isNaN(column) ? {} : { column }
    throw new InputError('not a JSON object', 'write one network a line, e.g. {"layers": [5, 3, 2], "activation": "linear", "bias": false}', place)
  }
}

/**
 * Answers a batch, one network a line, in order, each as soon as it is known. Blank lines are passed over; a faulty line gives a failure
 * that names it and does not stop the rest.
 */
export async function* discoverBatch(
  lines: AsyncIterable<string> | Iterable<string>, options: SearchOptions = {},
): AsyncGenerator<BatchRecord | BatchFailure> {
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() !== '') yield answer(text, line, options)
  }
}

function answer(text: string, line: number, options: SearchOptions): BatchRecord | BatchFailure {
  try {
    return recordOf(text, options)
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault
    const { what, remedy, place } = fault
    return { error: { line, what: place.column === undefined ? what : `${what} (column ${place.column})`, remedy } }
  }
}

import { InputError, type Place } from '../errors.js'
import type { Certificate } from './certificate.js'
import { discover } from './discover.js'
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

/** The answer to a line that holds another kind of document: a network file or a parametrization. */
export interface DocumentRecord {
  /** The document as it was given. */
  readonly document: unknown
  readonly parameters: number
  readonly independent: number
  readonly certificate: Certificate
  readonly laws: readonly string[]
  readonly notes: readonly string[]
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

function recordOf(text: string, options: SearchOptions): BatchRecord | DocumentRecord {
  const start = performance.now()
  const seconds = (): number => Number(((performance.now() - start) / 1000).toFixed(6))
  const document = parse(text)
  if (isOtherDocument(document)) {
    const { parameters, independent, certificate, laws, notes } = discover(document, options)
    return { document, parameters, independent, certificate, laws: laws.map((law) => law.text), notes, seconds: seconds() }
  }
  const input = readLayeredInput(document)
  const { parameters, independent, certificate, laws } = discoverLayered(input, options)
  return { ...input, parameters, independent, certificate, laws: laws.map((law) => law.text), seconds: seconds() }
}

/** A network file has an `input`, a parametrization a `phi`; everything else is meant as the compact form. */
const isOtherDocument = (document: unknown): boolean => typeof document === 'object' && document !== null && ('input' in document || 'phi' in document)

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
): AsyncGenerator<BatchRecord | DocumentRecord | BatchFailure> {
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() !== '') yield answer(text, line, options)
  }
}

function answer(text: string, line: number, options: SearchOptions): BatchRecord | DocumentRecord | BatchFailure {
  try {
    return recordOf(text, options)
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault
    const { what, remedy, place } = fault
    return { error: { line, what: place.column === undefined ? what : `${what} (column ${place.column})`, remedy } }
  }
}

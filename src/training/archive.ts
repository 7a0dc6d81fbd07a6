import { buildNetwork, initialParameters } from '../network/network.js'
import type { Column, Recording } from './recording.js'
import { squaresLength } from './squares.js'
import { readFrom, readHeader, readSummary } from './store.js'

/** A column of the recording and what stands in it. */
export interface NamedColumn {
  readonly id: string
  readonly width: number
  readonly meaning: string
}

/** Recorded rows [k, loss, measures…] as columns. */
export function rowsToColumns(
  rows: readonly Float64Array[],
  layout: readonly { readonly id: string; readonly width: number }[],
): Pick<Recording, 'steps' | 'loss' | 'columns'> {
  const columns = new Map<string, Column>()
  let offset = 2
  for (const { id, width } of layout) {
    const values = new Float64Array(rows.length * width)
    for (const [k, row] of rows.entries()) values.set(row.subarray(offset, offset + width), k * width)
    columns.set(id, { width, values })
    offset += width
  }
  return { steps: rows.length, loss: Float64Array.from(rows, (row) => row[1] ?? Number.NaN), columns }
}

/**
 * Reads what a run left in its directory: whole, stopped, or killed at any moment.
 * @throws InputError if there is no recording, or it is of another format
 */
export function readRecording(directory: string): Recording {
  const header = readHeader(directory)
  const network = buildNetwork(header.network)
  const rowLength = header.columns.reduce((sum, { width }) => sum + width, 2)
  const { rows, checkpoint, initial = initialParameters(network) } = readFrom(directory, network.size, rowLength, network.size * (1 + header.states.length) + (header.matrices ?? []).reduce((n, { side }) => n + squaresLength(network.parameters, side), 0))
  const summary = readSummary(directory)
  const { name, source, train, test } = header.data
  return {
    network,
    backend: header.backend,
    unitRoundoff: header.unitRoundoff,
    storage: header.storage,
    data: { name, source, train, test },
    batchSize: header.batchSize,
    seed: header.seed,
    hyperparameters: header.hyperparameters,
    planned: header.planned,
    partial: rows.length < header.planned,
    initial,
    parameters: checkpoint?.values.slice(0, network.size) ?? initial,
    parametersStep: checkpoint?.step ?? 0,
    testAccuracy: summary?.testAccuracy ?? Number.NaN,
    testLoss: summary?.testLoss ?? Number.NaN,
    gradientError: summary?.gradientError ?? Number.NaN,
    seconds: summary?.seconds ?? 0,
    ...rowsToColumns(rows, header.columns),
  }
}

import { InputError } from '../../errors.js'
import type { Table } from './dataset.js'

/** The column that holds the label; numbers count from 1. */
export type LabelColumn = 'first' | 'last' | number

const LARGEST_LABEL = 9_999

/**
 * Reads comma-separated numbers, one sample a line, one column of them the label 0, 1, …; empty lines and lines that start with `#` are skipped,
 * so is a first line without any number (a header). White space around a number is allowed; quotes are not.
 *
 * @param bytes UTF-8 text
 * @param file for errors
 * @throws InputError with file, line and column of the first fault
 */
export function readCsv(bytes: Uint8Array, file: string, label: LabelColumn): Table {
  const inputs: number[] = []
  const labels: number[] = []
  let width: number | undefined
  for (const [index, line] of textOf(bytes, file).split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const place = { file, line: index + 1 }
    const cells = line.split(',')
    if (width === undefined && cells.every((cell) => Number.isNaN(Number(cell)) || cell.trim() === '')) {
      width = cells.length
      continue
    }
    width ??= cells.length
    if (cells.length !== width) throw new InputError(`${cells.length} columns where ${width} are expected`, 'give every line the same number of columns', place)
    const at = labelIndex(label, width, file)
    let column = 1
    for (const [i, cell] of cells.entries()) {
      const value = Number(cell)
      if (cell.trim() === '' || !Number.isFinite(Math.fround(value)))
        throw new InputError(`'${cell.trim().slice(0, 40)}' is not a number of float32`, 'give numbers below 3.4e38, separated by commas', { ...place, column })
      if (i !== at) inputs.push(value)
      else labels.push(checkedLabel(value, { ...place, column }))
      column += cell.length + 1
    }
  }
  if (labels.length === 0 || width === undefined) throw new InputError('there is no sample in it', 'give one sample a line', { file })
  if (width < 2) throw new InputError('there is only one column', 'give features and a label, separated by commas', { file })
  return { rows: labels.length, features: width - 1, inputs: Float32Array.from(inputs), labels: Int32Array.from(labels) }
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new InputError('it is not UTF-8 text', 'give a text file of comma-separated numbers', { file })
  }
}

function labelIndex(label: LabelColumn, width: number, file: string): number {
  if (label === 'first') return 0
  if (label === 'last') return width - 1
  if (label >= 1 && label <= width) return label - 1
  throw new InputError(`there is no column ${label} for the label`, `give first, last, or a number from 1 to ${width}`, { file })
}

function checkedLabel(value: number, place: { file: string; line: number; column: number }): number {
  if (Number.isInteger(value) && value >= 0 && value <= LARGEST_LABEL) return value
  throw new InputError(`${value} is not a class`, `labels are whole numbers from 0 to ${LARGEST_LABEL}; is label: the right column?`, place)
}

import { InputError } from '../../errors.js'
import type { Table } from './dataset.js'
import { classes } from './targets.js'

/** A column; numbers count from 1. */
export type Column = 'first' | 'last' | number

/** Where the samples' targets are: the column of the class, or the columns of the numbers. */
export type TargetColumns = Column | { readonly targets: readonly Column[] }

const LARGEST_LABEL = 9_999

/**
 * Reads comma-separated numbers, one sample a line, one column of them the class 0, 1, … or some of them numbers to be approximated; empty lines and lines that start with `#` are skipped,
 * so is a first line without any number (a header). White space around a number is allowed; quotes are not.
 *
 * @param bytes UTF-8 text
 * @param file for errors
 * @throws InputError with file, line and column of the first fault
 */
export function readCsv(bytes: Uint8Array, file: string, wanted: TargetColumns): Table {
  const isClass = typeof wanted !== 'object'
  const inputs: number[] = []
  const answers: number[] = []
  let rows = 0
  let at: readonly number[] = []
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
    if (rows === 0) at = targetIndices(isClass ? [wanted] : wanted.targets, width, file)
    rows++
    let column = 1
    for (const [i, cell] of cells.entries()) {
      const value = Number(cell)
      if (cell.trim() === '' || !Number.isFinite(Math.fround(value)))
        throw new InputError(`'${cell.trim().slice(0, 40)}' is not a number of float32`, 'give numbers below 3.4e38, separated by commas', { ...place, column })
      if (!at.includes(i)) inputs.push(value)
      else answers.push(isClass ? checkedLabel(value, { ...place, column }) : value)
      column += cell.length + 1
    }
  }
  if (rows === 0 || width === undefined) throw new InputError('there is no sample in it', 'give one sample a line', { file })
  const features = width - at.length
  if (features === 0) throw new InputError(width === 1 ? 'there is only one column' : 'every column is a target', 'give features and a label, or features and targets, separated by commas', { file })
  const targets = isClass ? classes(answers) : { kind: 'numbers', values: Float32Array.from(answers), width: at.length } as const
  return { rows, features, inputs: Float32Array.from(inputs), targets }
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new InputError('it is not UTF-8 text', 'give a text file of comma-separated numbers', { file })
  }
}

/** The indices of named columns, in the order of the file. */
function targetIndices(columns: readonly Column[], width: number, file: string): readonly number[] {
  const indices = columns.map((column) => (column === 'first' ? 0 : column === 'last' ? width - 1 : column - 1))
  const wrong = columns.find((_, i) => (indices[i] ?? -1) < 0 || (indices[i] ?? width) >= width)
  if (wrong !== undefined) throw new InputError(`there is no column ${wrong}`, `give first, last, or a number from 1 to ${width}`, { file })
  return [...new Set(indices)].toSorted((a, b) => a - b)
}

function checkedLabel(value: number, place: { file: string; line: number; column: number }): number {
  if (Number.isInteger(value) && value >= 0 && value <= LARGEST_LABEL) return value
  throw new InputError(`${value} is not a class`, `labels are whole numbers from 0 to ${LARGEST_LABEL}; is label: the right column? Numbers to be approximated are named by targets:`, place)
}

import Table from 'cli-table3'
import type { Terminal } from '../terminal.js'
import { wrapText } from './wrap.js'

export interface Column {
  readonly head: string
  readonly align?: 'left' | 'right'
}

/** Colours a cell of the given column; its width must stay. */
export type Paint = (cell: string, column: number, terminal: Terminal) => string

/** Widest plain text of a cell, line by line. */
const widthOf = (cell: string): number => Math.max(...cell.split('\n').map((line) => line.length))

/**
 * A table no wider than the terminal: columns that fit their share keep their width, the others share what is left and wrap.
 *
 * @param cells rows of plain text, as many cells as columns
 * @param paint colours a cell after it was laid out
 */
export function table(terminal: Terminal, columns: readonly Column[], cells: readonly (readonly string[])[], paint: Paint = plain): string {
  const wanted = columns.map(({ head }, index) => Math.max(head.length, ...cells.map((row) => widthOf(row[index] ?? ''))) + 2)
  const widths = fit(wanted, terminal.columns - columns.length - 1)
  const drawn = new Table({
    head: columns.map(({ head }, index) =>
      wrapCell(head, (widths[index] ?? 4) - 2)
        .map((line) => terminal.colour.bold(line))
        .join('\n'),
    ),
    colWidths: widths,
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], compact: true },
  })
  for (const row of cells) {
    drawn.push(
      row.map((cell, index) =>
        wrapCell(cell, (widths[index] ?? 4) - 2)
          .map((line) => paint(line, index, terminal))
          .join('\n'),
      ),
    )
  }
  return drawn.toString()
}

const plain: Paint = (cell) => cell

/** Lines of a cell: broken at spaces, and within a word only if it is longer than the cell. */
const wrapCell = (cell: string, width: number): string[] =>
  wrapText(cell, width).flatMap((line) => line.match(new RegExp(`.{1,${Math.max(1, width)}}`, 'gu')) ?? [''])

/** Shares a width: every column at most what it wants, the widest give way first, at least 4 each. */
export function fit(wanted: readonly number[], available: number): number[] {
  const widths = [...wanted]
  let excess = widths.reduce((sum, width) => sum + width, 0) - available
  while (excess > 0) {
    const widest = Math.max(...widths)
    if (widest <= 4) break
    widths[widths.indexOf(widest)] = widest - 1
    excess -= 1
  }
  return widths
}

import type { Series } from '../plot.js'
import { escapeHtml } from './escape.js'

export interface LegendEntry {
  readonly series: Series
  readonly x: number
}

/** Entries one after the other, on as many rows as the width needs. */
export function layoutLegend(series: readonly Series[], width: number): LegendEntry[][] {
  const rows: LegendEntry[][] = []
  let x = width
  for (const each of series) {
    const needed = 34 + each.name.length * 6.6
    if (x + needed > width) {
      rows.push([])
      x = 0
    }
    rows.at(-1)?.push({ series: each, x })
    x += needed + 12
  }
  return rows
}

/** The entries with their looks. @param top where the first row begins */
export function legend(rows: readonly (readonly LegendEntry[])[], top: number): string {
  return rows
    .flatMap((row, index) =>
      row.map(({ series, x }) => {
        const y = top + index * 18 + 10
        return `${legendMark(series, x + 70, y)}<text x="${x + 98}" y="${y + 4}">${escapeHtml(series.name)}</text>`
      }),
    )
    .join('')
}

/** What a series looks like, on 22 pixels. */
function legendMark({ kind, role }: Series, x: number, y: number): string {
  if (kind === 'band') return `<rect class="band" x="${x}" y="${y - 5}" width="22" height="10"/>`
  const line = `<path class="${role}" d="M${x} ${y}h22"/>`
  return kind === 'points' ? `${line}<circle class="${role}" cx="${x + 11}" cy="${y}" r="3.2"/>` : line
}

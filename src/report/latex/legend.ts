import { type Plot, type Role, type Series, legendEntries } from '../plot.js'
import { escapeLatex } from './escape.js'

/** The style of a series, as the preamble names it. */
export const styleOf = (role: Role, kind: Series['kind']): string =>
  kind === 'points' ? `${role === 'second' || role === 'iterates' ? role : 'theory'} points` : role

/** One legend for all panels if they have the same entries; undefined if they differ and each has its own. */
export function sharedLegend(panels: readonly Plot[]): string | undefined {
  const [first = '', ...others] = panels.map(legendLine)
  return others.every((each) => each === first) ? first : undefined
}

/** The names of a plot's series with their looks, in a line of text below the axes, where no curve is; empty if there are none. */
export function legendLine(plot: Plot): string {
  const entries = legendEntries(plot).map((each) => `\\plotkey{${key(each)}}{${escapeLatex(each.name)}}`)
  return entries.length === 0 ? '' : `{\\footnotesize ${entries.join('\\quad ')}\\par}`
}

function key({ kind, role }: Series): string {
  switch (kind) {
    case 'band':
      return '\\fill[band] (0,-1mm) rectangle (6mm,1mm);'
    case 'arrows':
      return `\\draw[${role}, -stealth] (0,0) -- (6mm,0);`
    case 'points':
      return `\\draw[${styleOf(role, kind)}] plot coordinates {(0,0) (3mm,0) (6mm,0)};`
    case 'line':
      return `\\draw[${role}] (0,0) -- (6mm,0);`
  }
}

import { ksbTable } from '../../laws/ksb.js'
import { type KsbData, ksbData } from '../../laws/ksbDocument.js'
import { ksbArticle } from '../../report/content/ksb.js'
import { table } from '../format/table.js'
import { wrapText } from '../format/wrap.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface KsbOptions {
  readonly json?: boolean
  readonly latex?: boolean
  readonly html?: boolean
}

/** `noether list --ksb`: kinetic symmetry breaking of every rule, family and metric, as tables, LaTeX, a page or JSON. */
export async function ksb(terminal: Terminal, { json = false, latex = false, html = false }: KsbOptions): Promise<void> {
  const data = ksbData(ksbTable())
  if (json) return writeJson(terminal, data)
  if (latex) return terminal.out((await import('../../report/latex/render.js')).renderLatex(ksbArticle(data, '')))
  if (html) return terminal.out((await import('../../report/html/render.js')).renderHtml(ksbArticle(data, ''), []))
  terminal.out(tables(data, terminal))
}

const heading = (text: string, { colour, columns }: Terminal): string => colour.bold(wrapText(text, columns).join('\n'))

function tables({ rules, families }: KsbData, terminal: Terminal): string {
  const rows = rules.map(({ name, lagrangian, mass, multiplier, reason }) => [name, mass.text || 'none', multiplier.text || 'none', lagrangian ? '' : reason])
  const ofRules = table(terminal, [{ head: 'rule' }, { head: 'mass' }, { head: 'multiplier' }, { head: 'no Lagrangian, because' }], rows)
  const ofFamilies = families.map(({ name, generator, rows: metrics }) => {
    const cells = metrics.map(({ metric, ksb: value, reason }) => [metric, value.text, reason])
    const title = heading(`${name}: ${generator.text}`, terminal)
    return `${title}\n\n${table(terminal, [{ head: 'metric' }, { head: 'kinetic symmetry breaking' }, { head: 'why' }], cells)}`
  })
  const opening = heading('Kinetic symmetry breaking = multiplier * mass * entry; the entry depends on the symmetry and the metric only', terminal)
  return [opening, ofRules, ...ofFamilies].join('\n\n')
}

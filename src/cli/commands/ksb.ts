import { ksbTable } from '../../laws/ksb.js'
import { type KsbData, ksbData } from '../../laws/ksbDocument.js'
import { ksbArticle } from '../../report/content/ksb.js'
import { table } from '../format/table.js'
import { wrapText } from '../format/wrap.js'
import { optimizeLate } from '../optimizeLate.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface KsbOptions {
  readonly json?: boolean
  readonly latex?: boolean
  readonly html?: boolean
}

/** `noether list --ksb`: kinetic symmetry breaking of every rule, family and metric, as tables, LaTeX, a page or JSON. */
export async function ksb(terminal: Terminal, { json = false, latex = false, html = false }: KsbOptions): Promise<void> {
  optimizeLate()
  const data = ksbData(ksbTable())
  if (json) return writeJson(terminal, data)
  if (latex) return terminal.out((await import('../../report/latex/render.js')).renderLatex(ksbArticle(data, '')))
  if (html) return terminal.out((await import('../../report/html/render.js')).renderHtml(ksbArticle(data, ''), []))
  terminal.out(tables(data, terminal))
}

const heading = (text: string, { colour, columns }: Terminal): string => colour.bold(wrapText(text, columns).join('\n'))

function tables({ rules, families }: KsbData, terminal: Terminal): string {
  const rows = rules.filter(({ lagrangian }) => lagrangian).map(({ name, mass, multiplier }) => [name, mass.text, multiplier.text])
  const ofRules = table(terminal, [{ head: 'rule' }, { head: 'mass' }, { head: 'multiplier' }], rows)
  const opening = heading(
    'Kinetic symmetry breaking = multiplier * mass * entry; the entry depends on the symmetry and the metric only',
    terminal,
  )
  return [opening, ofRules, ...withoutLagrangian(rules, terminal), ...families.map((family) => familyTable(family, terminal))].join('\n\n')
}

/** Rules that have no Lagrangian, those of one reason together. */
function withoutLagrangian(rules: KsbData['rules'], terminal: Terminal): string[] {
  const without = grouped(
    rules.filter(({ lagrangian }) => !lagrangian),
    ({ reason }) => reason,
  )
  if (without.size === 0) return []
  const paragraphs = [...without].map(([reason, of]) => {
    const lines = wrapText(reason, terminal.columns - 4).map((line) => `    ${line}`)
    return [...wrapText(of.map(({ name }) => name).join(', '), terminal.columns - 2).map((line) => `  ${line}`), ...lines].join('\n')
  })
  return [[heading('Rules without a Lagrangian, and why', terminal), ...paragraphs].join('\n')]
}

/** The entries of a family, metrics of one entry together. */
function familyTable({ name, generator, rows }: KsbData['families'][number], terminal: Terminal): string {
  const entries = grouped(rows, ({ ksb: value, reason }) => `${value.text}\n${reason}`)
  const cells = [...entries.values()].map((same) => [
    same.map(({ metric }) => metric).join(', '),
    same[0]?.ksb.text ?? '',
    same[0]?.reason ?? '',
  ])
  const columns = [{ head: 'metric' }, { head: 'kinetic symmetry breaking' }, { head: 'why' }]
  return `${heading(`${name}: ${generator.text}`, terminal)}\n\n${table(terminal, columns, cells)}`
}

function grouped<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}

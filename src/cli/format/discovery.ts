import type { BlockAnswer, NotTrainable, WatchedRun } from '../../discovery/index.js'
import type { Written } from '../../report/index.js'
import type { Terminal } from '../terminal.js'
import { wrapFormula, wrapText } from './wrap.js'

/** What there is besides the answer if a report was asked for. */
export interface Reported {
  readonly run: WatchedRun | NotTrainable
  readonly report: Written
}

type Look = Pick<Terminal, 'colour' | 'columns'>

/**
 * The answer of `noether discover` for a reader: the count in bold, what was certified in colour, long lines broken; then the run and the
 * report.
 */
export function renderAnswer({ lines, complete }: BlockAnswer, { colour, columns }: Look, reported?: Reported): string {
  const [head = '', verdict = '', ...rest] = lines
  const told = wrapText(verdict, columns).join('\n')
  return [
    colour.bold(wrapText(head, columns).join('\n')),
    complete ? colour.green(told) : colour.yellow(told),
    ...rest.flatMap((line) => broken(line, columns)),
    ...(reported === undefined
      ? []
      : ['', ...runLines(reported.run, { colour, columns }), `report: ${reported.report.tex}`, `report: ${reported.report.html}`]),
  ].join('\n')
}

function runLines(run: WatchedRun | NotTrainable, { colour, columns }: Look): readonly string[] {
  if ('reason' in run) return wrapText(`not run: ${run.reason}`, columns)
  const laws = run.laws.flatMap(({ law, drift, observed, verdict }) => {
    const [coarse = 0, fine = 0] = drift.map((values) => Math.max(...values))
    const order = observed === undefined ? 'rounding' : `order ${observed.toFixed(2)}`
    const mark = verdict === 'passed' ? colour.green('held') : colour.red('failed')
    return [...broken(`  ${law}`, columns), `      ${mark}, drift ${coarse.toExponential(1)}, at eta/2 ${fine.toExponential(1)}, ${order}`]
  })
  return [
    ...wrapText(`watched under gradient descent on ${run.data.samples} ${run.data.name}, eta = ${run.rates[0] ?? 0}:`, columns),
    ...laws,
  ]
}

/** Lines of formulas break at operators, prose at spaces; both keep their indentation. */
function broken(line: string, columns: number): readonly string[] {
  const [indent = ''] = /^ */.exec(line) ?? []
  const text = line.slice(indent.length)
  if (line.length <= columns) return [line]
  const parts = indent === '' ? wrapText(text, columns) : wrapFormula(text, columns - indent.length)
  return parts.map((part) => `${indent}${part}`)
}

import type { Answer } from '../../discovery/index.js'
import type { Terminal } from '../terminal.js'
import { wrapFormula, wrapText } from './wrap.js'

/** The answer of `noether discover` for a reader: the count in bold, what was certified in colour, long lines broken. */
export function renderAnswer({ lines, complete }: Answer, { colour, columns }: Pick<Terminal, 'colour' | 'columns'>): string {
  const [head = '', verdict = '', ...rest] = lines
  const told = wrapText(verdict, columns).join('\n')
  return [colour.bold(wrapText(head, columns).join('\n')), complete ? colour.green(told) : colour.yellow(told), ...rest.flatMap((line) => broken(line, columns))].join('\n')
}

/** Lines of formulas break at operators, prose at spaces; both keep their indentation. */
function broken(line: string, columns: number): readonly string[] {
  const [indent = ''] = /^ */.exec(line) ?? []
  const text = line.slice(indent.length)
  if (line.length <= columns) return [line]
  const parts = indent === '' ? wrapText(text, columns) : wrapFormula(text, columns - indent.length)
  return parts.map((part) => `${indent}${part}`)
}

import type { Statement, Step } from '../../laws/derivation.js'
import type { Terminal } from '../terminal.js'
import { wrapFormula, wrapText } from './wrap.js'

/** What a rendered text is made of, each a line or several that fit the terminal. */
export interface Page {
  readonly title: (text: string) => string
  readonly heading: (text: string) => string
  readonly step: (text: string) => string
  readonly prose: (text: string) => string
  readonly labelled: (label: string, statement: Statement) => string
  readonly mark: (passed: boolean) => string
  readonly checked: (steps: readonly Step[]) => string
}

const block = (lines: readonly string[], indent: number): string => lines.map((line) => `${' '.repeat(indent)}${line}`).join('\n')

/** A formula shares its label's line if it fits there, else it starts on the next. */
export function pageFor({ colour, columns }: Terminal): Page {
  return {
    title: (text) => wrapText(text, columns).map((line) => colour.bold(line)).join('\n'),
    heading: (text) => `\n${colour.bold.cyan(wrapText(text, columns).join('\n'))}`,
    step: (text) => `\n${block(wrapText(text, columns - 2), 2)}`,
    prose: (text) => block(wrapText(text, columns - 2), 2),
    labelled: (label, { text }) => {
      if (label.length + text.length + 6 <= columns) return `  ${colour.dim(label)}  ${text}`
      return `${block(wrapText(label, columns - 2).map((line) => colour.dim(line)), 2)}\n${block(wrapFormula(text, columns - 6), 4)}`
    },
    mark: (passed) => (passed ? colour.green(' ✓') : colour.red(' ✗')),
    checked: (steps) => {
      const passed = steps.filter(({ verified }) => verified.passed).length
      const text = `\n${passed} of ${steps.length} steps checked.`
      return passed === steps.length ? colour.green(text) : colour.red(text)
    },
  }
}

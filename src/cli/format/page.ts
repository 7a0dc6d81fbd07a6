import type { Statement, Step } from '../../laws/derivation.js'
import { type Reading, nameRepeats } from '../../report/formula/repeats.js'
import type { Terminal } from '../terminal.js'
import { textLanguage } from './textRepeats.js'
import { wrapFormula, wrapText } from './wrap.js'

/** What a rendered text is made of, each a line or several that fit the terminal. */
export interface Page {
  readonly title: (text: string) => string
  readonly heading: (text: string) => string
  readonly step: (text: string) => string
  readonly prose: (text: string) => string
  /** @param passed whether its check passed, where it has one of its own */
  readonly labelled: (label: string, statement: Pick<Statement, 'text'>, passed?: boolean) => string
  readonly checked: (steps: readonly Step[]) => string
}

/**
 * Renders with the parts that long formulas repeat named: each name is explained under the first formula that has it.
 *
 * @param render gives the same formulas each time
 */
export function withNamedRepeats(terminal: Terminal, render: (page: Page) => string): string {
  const formulas: string[] = []
  const plain = pageFor(terminal)
  render({ ...plain, labelled: (_, { text }) => (formulas.push(text), '') })
  return render(namingPage(plain, nameRepeats(formulas, textLanguage)()))
}

const namingPage = (page: Page, read: Reading): Page => ({
  ...page,
  labelled: (label, { text }, passed) => {
    const { formula, where } = read(text)
    const explained = where.map(({ name, meaning }) => page.labelled(`where ${name} is`, { text: meaning }))
    return [page.labelled(label, { text: formula }, passed), ...explained].join('\n')
  },
})

const block = (lines: readonly string[], indent: number): string => lines.map((line) => `${' '.repeat(indent)}${line}`).join('\n')

/** A formula shares its label's line if it fits there, else it starts on the next. */
export function pageFor({ colour, columns }: Terminal): Page {
  const mark = (passed: boolean | undefined): string => (passed === undefined ? '' : passed ? colour.green(' ✓') : colour.red(' ✗'))
  return {
    title: (text) =>
      wrapText(text, columns)
        .map((line) => colour.bold(line))
        .join('\n'),
    heading: (text) => `\n${colour.bold.cyan(wrapText(text, columns).join('\n'))}`,
    step: (text) => `\n${block(wrapText(text, columns - 2), 2)}`,
    prose: (text) => block(wrapText(text, columns - 2), 2),
    labelled: (label, { text }, passed) => {
      if (label.length + text.length + 6 <= columns) return `  ${colour.dim(label)}  ${text}${mark(passed)}`
      // A label may hold a formula: the condition of a case, a contraction.
      const lines = (/[*^]/.test(label) ? wrapFormula(label, columns - 2) : wrapText(label, columns - 2)).map((line) => colour.dim(line))
      return `${block(lines, 2)}\n${block(wrapFormula(text, columns - 6), 4)}${mark(passed)}`
    },
    checked: (steps) => {
      const passed = steps.filter(({ verified }) => verified.passed).length
      const text = `\n${passed} of ${steps.length} steps checked.`
      return passed === steps.length ? colour.green(text) : colour.red(text)
    },
  }
}

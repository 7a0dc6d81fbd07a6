import type { Content, Inline, Verdict } from '../document.js'
import type { Float } from '../floats.js'
import { type Row, breakFormula } from '../formula/break.js'
import { checkFormula } from '../formula/check.js'
import { heightOf } from '../formula/height.js'
import { parseFormula } from '../formula/parse.js'
import { widthOf } from '../formula/width.js'
import { type Written, writeNumber } from '../numbers.js'
import { escapeLatex } from './escape.js'

export interface Context {
  readonly floats: ReadonlyMap<string, Float>
  /** Inside a table cell, where a formula may take a quarter of the line. */
  readonly cell?: boolean
}

/** Width of the text in em of its size: 156 mm of 10.95 pt letters are 40.5 em; a little is kept for rounding. */
const TEXT_WIDTH = 38.5
/** Lines of a piece of a long formula: some three quarters of a page of 244 mm, at 4.8 mm a line with what is between the rows. */
const LINES_OF_ONE_PIECE = 38
const BETWEEN = 0.5

export const inline = (content: Content, context: Context): string => content.map((part) => one(part, context)).join('')

function one(part: Inline, context: Context): string {
  if (typeof part === 'string') return escapeLatex(part)
  switch (part.kind) {
    case 'math':
      return inlineMath(part.latex, context.cell === true)
    case 'number':
      return numberLatex(part.value, part.digits ?? 3)
    case 'emphasis':
      return `\\emph{${inline(part.content, context)}}`
    case 'strong':
      return `\\textbf{${inline(part.content, context)}}`
    case 'code':
      return `\\texttt{${escapeLatex(part.text)}}`
    case 'badge':
      return badgeLatex(part.verdict, part.text)
    case 'cite':
      return `\\cite{${part.key}}`
    case 'reference': {
      const float = context.floats.get(part.to)
      if (float === undefined) throw new Error(`the document refers to ${part.to}, which it does not have`)
      return `${float.kind}~\\ref{${part.to}}`
    }
  }
}

const MARK: Readonly<Record<Verdict, string>> = { passed: '$\\checkmark$', failed: '$\\boldsymbol{\\times}$', skipped: '--' }
const badgeLatex = (verdict: Verdict, text: string) => `\\badge{${verdict}}{${MARK[verdict]}~${escapeLatex(text)}}`

function inlineMath(latex: string, cell: boolean): string {
  const safe = checkFormula(latex, 'inline formula')
  // In running text a formula of more than 22 em is one box, as TeX finds few places to break it.
  const [limit, unbroken] = cell ? [0.25, 0.25 * TEXT_WIDTH] : [0.92, 22]
  return widthOf(parseFormula(safe)) > unbroken ? `\\fitto{${limit}\\linewidth}{${safe}}` : `$${safe}$`
}

/** A number as math, e.g. `$3.2\times10^{-7}$`. */
export const numberLatex = (value: number, digits: number): string => writtenLatex(writeNumber(value, digits))

export function writtenLatex({ mantissa, exponent }: Written): string {
  const ascii = mantissa.replaceAll('−', '-').replace('∞', '\\infty')
  if (/[a-z]/.test(mantissa) && !mantissa.includes('∞')) return escapeLatex(mantissa)
  if (exponent === undefined) return `$${ascii}$`
  return mantissa === '1' ? `$10^{${exponent}}$` : `$${ascii}\\times10^{${exponent}}$`
}

/** A displayed formula, broken into rows that fit the line; what cannot be broken shrinks to it. */
export const display = (latex: string): string => boxes(latex).map(displayed).join('\n')

const displayed = ({ tex }: Box): string => `\\[ ${tex} \\]`

/** A formula, an arrow, and what it becomes; together if they fit a page. */
export function displayChange(before: string, after: string): string {
  const grey = boxes(before).map((box) => ({ ...box, tex: `\\textcolor{skipped}{${box.tex}}` }))
  const [then, ...rest] = boxes(after)
  const arrow = { tex: '{\\scriptstyle\\downarrow}', lines: 1 }
  const change = [...grey, arrow, ...(then === undefined ? [] : [then])]
  if (change.reduce((sum, { lines }) => sum + lines, 0) > LINES_OF_ONE_PIECE) return [...change, ...rest].map(displayed).join('\n')
  return [`\\[ \\begin{gathered}\n${change.map(({ tex }) => tex).join(' \\\\\n')}\n\\end{gathered} \\]`, ...rest.map(displayed)].join('\n')
}

/** A piece of a formula and its height in lines. */
interface Box {
  readonly tex: string
  readonly lines: number
}

/** Boxes no wider than the line that show the formula one under the other; more than one only if it would not fit a page. */
function boxes(latex: string): Box[] {
  const rows = breakFormula(latex, TEXT_WIDTH)
  const [only] = rows
  if (rows.length === 1 && only !== undefined) return [{ tex: `\\fitto{\\linewidth}{${only.right}}`, lines: linesOf(only) }]
  return onPages(rows).map((piece) => {
    const lines = piece.map(({ left, right }) => `  ${left} &${right}`).join(' \\\\\n')
    return {
      tex: `\\fitto{\\linewidth}{\\begin{aligned}\n${lines}\n\\end{aligned}}`,
      lines: piece.reduce((sum, row) => sum + linesOf(row), 0),
    }
  })
}

const linesOf = ({ left, right }: Row): number => BETWEEN + heightOf(parseFormula(left + right))

/** Rows in pieces that are no higher than a page. */
function onPages(rows: readonly Row[]): Row[][] {
  const pieces: Row[][] = [[]]
  let used = 0
  for (const row of rows) {
    const lines = linesOf(row)
    if (used + lines > LINES_OF_ONE_PIECE && used > 0) {
      pieces.push([])
      used = 0
    }
    pieces.at(-1)?.push(row)
    used += lines
  }
  return pieces
}

import type { Block, Column, DerivationStep, DiagramBox } from '../document.js'
import { escapeLatex } from './escape.js'
import { type Context, display, displayChange, inline } from './inline.js'
import { picture } from './plots.js'

/** Blank lines between blocks, but none before a displayed formula: TeX would set an empty paragraph there. */
export const blocks = (all: readonly Block[], context: Context): string =>
  all.map((block, index) => `${index === 0 ? '' : block.kind === 'formula' ? '\n' : '\n\n'}${render(block, context)}`).join('')

function render(block: Block, context: Context): string {
  switch (block.kind) {
    case 'paragraph':
      return inline(block.content, context)
    case 'list':
      return list(block.items.map((item) => inline(item, context)))
    case 'formula':
      return display(block.latex)
    case 'result':
      return [
        `\\resultlabel{${inline(block.label, context)}}`,
        ...block.formulas.map(display),
        ...(block.note === undefined ? [] : [`{\\small ${inline(block.note, context)}\\par}`]),
      ].join('\n')
    case 'verdict':
      return [
        `\\verdictbox{${block.verdict}}{${escapeLatex(block.heading)}}{${inline(block.content, context)}}`,
        ...(block.items.length === 0 ? [] : [list(block.items.map((item) => inline(item, context)))]),
      ].join('\n')
    case 'steps':
      return [
        `\\stepgroup{${escapeLatex(block.heading)}}`,
        ...elsewhere(block),
        ...block.steps.map((step) => derivationStep(step, context)),
      ].join('\n\n')
    case 'facts': {
      const facts = block.facts.map(({ name, value }) => `\\fact{${escapeLatex(name)}}{${inline(value, context)}}`)
      return environment('facts', facts.join('\n'))
    }
    case 'table':
      return table(block, context)
    case 'figure':
      return figure(block, context)
    case 'diagram':
      return figureOf(`\\centering\\small\n${diagram(block.boxes, context)}`, inline(block.caption, context), block.id)
    case 'explorer':
      return ''
  }
}

/** Framed boxes in a centred paragraph, whose lines may break at the arrows. */
function diagram(boxes: readonly DiagramBox[], context: Context): string {
  const framed = boxes.map(({ name, parameters, inner }) => {
    const rows = [inline(name, context), ...(parameters.length === 0 ? [] : [inline(parameters, { ...context, cell: true })])]
    const stack = `\\begin{tabular}{@{}c@{}}${rows.join(' \\\\ ')}\\end{tabular}`
    return inner.length === 0
      ? `\\fbox{${stack}}`
      : `\\fbox{\\begin{minipage}{0.9\\linewidth}\\centering ${stack}\\\\[3pt]\n${diagram(inner, context)}\\end{minipage}}`
  })
  return framed.join(' $\\rightarrow$\\allowbreak{} ')
}

/** Ragged, so that a word may stand alone in its line before a formula that fills the next. */
const list = (items: readonly string[]) => environment('itemize', ['  \\raggedright', ...items.map((item) => `  \\item ${item}`)].join('\n'))

const elsewhere = ({ elsewhere: place }: Extract<Block, { kind: 'steps' }>): string[] =>
  place === undefined
    ? []
    : [
        place.count === 1
          ? `The step is that of (${place.first}).`
          : `The ${place.count} steps are those of (${place.first}) to (${place.last}).`,
      ]

function derivationStep(step: DerivationStep, context: Context): string {
  const from = typeof step.before === 'string' ? '' : `From (${step.before.from}): `
  return [
    `\\stephead{${step.number}}{${from}${inline(step.why, context)}}`,
    typeof step.before === 'string' ? displayChange(step.before, step.after) : display(step.after),
    ...(step.where ?? []).map(display),
    `\\stepcheck{${inline(step.check, context)}}`,
  ].join('\n')
}

function table(block: Extract<Block, { kind: 'table' }>, context: Context): string {
  const header = block.columns.map(({ title }) => `\\small\\bfseries ${inline(title, context)}`).join(' & ')
  const rows = block.rows.map((row) => `${row.map((cell) => inline(cell, { ...context, cell: true })).join(' & ')} \\\\`)
  return `\\begin{table}[!htbp]
\\centering\\small
\\caption{${inline(block.caption, context)}}\\label{${block.id}}
\\begin{tabular}{@{}${block.columns.map(columnType).join('')}@{}}
\\toprule
${header} \\\\
\\midrule
${rows.join('\n')}
\\bottomrule
\\end{tabular}
\\end{table}`
}

function columnType({ align, share }: Column): string {
  if (share !== undefined) return `>{\\raggedright\\arraybackslash}p{${share}\\linewidth}`
  return align === 'right' ? 'r' : 'l'
}

function figure(block: Extract<Block, { kind: 'figure' }>, context: Context): string {
  const { body, remark } = picture(block)
  return figureOf(`\\centering\n${body}`, `${inline(block.caption, context)}${remark}`, block.id)
}

const environment = (name: string, body: string, options = ''): string => `\\begin{${name}}${options}\n${body}\n\\end{${name}}`

const figureOf = (body: string, caption: string, id: string): string =>
  environment('figure', `${body}\n\\caption{${caption}}\\label{${id}}`, '[!htbp]')

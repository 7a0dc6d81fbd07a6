import { MATH_CHARACTERS } from '../characters.js'
import type { Block, Content, DerivationStep, DiagramBox, Inline, Verdict } from '../document.js'
import type { Float } from '../floats.js'
import { writeNumber } from '../numbers.js'
import type { Plot } from '../plot.js'
import { escapeHtml } from './escape.js'
import type { Formulas } from './math.js'
import { plotSvg, smallSvg } from './svg.js'

export interface Context {
  readonly floats: ReadonlyMap<string, Float>
  readonly explorer: string
  readonly formulas: Formulas
  /** Heading level for the names of groups of steps. */
  readonly level: number
}

export const blocks = (all: readonly Block[], context: Context): string => all.map((block) => render(block, context)).join('\n')

function render(block: Block, context: Context): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${inline(block.content, context)}</p>`
    case 'list':
      return list(block.items, context)
    case 'formula':
      return context.formulas.display(block.latex)
    case 'result': {
      const note = block.note === undefined ? '' : `<p class="note">${inline(block.note, context)}</p>`
      const formulas = block.formulas.map(context.formulas.display).join('')
      return `<div class="result"><p class="result-label">${inline(block.label, context)}</p>${formulas}${note}</div>`
    }
    case 'verdict': {
      const items = block.items.length === 0 ? '' : list(block.items, context)
      const heading = `<p class="verdict-heading">${MARK[block.verdict]} ${escapeHtml(block.heading)}</p>`
      return `<div class="verdict ${block.verdict}">${heading}<p>${inline(block.content, context)}</p>${items}</div>`
    }
    case 'steps':
      return stepGroup(block, context)
    case 'facts': {
      const facts = block.facts.map(({ name, value }) => `<dt>${escapeHtml(name)}</dt><dd>${inline(value, context)}</dd>`)
      return `<dl class="facts">${facts.join('')}</dl>`
    }
    case 'table':
      return table(block, context)
    case 'figure':
      return figure(block, context)
    case 'diagram':
      return captioned(block, diagram(block.boxes, context), context)
    case 'explorer':
      return context.explorer
  }
}

const list = (items: readonly Content[], context: Context) =>
  `<ul>${items.map((item) => `<li>${inline(item, context)}</li>`).join('')}</ul>`

const MARK: Readonly<Record<Verdict, string>> = { passed: '✓', failed: '✗', skipped: '–' }

export const inline = (content: Content, context: Context): string => content.map((part) => one(part, context)).join('')

function one(part: Inline, context: Context): string {
  if (typeof part === 'string') return escapeHtml(part)
  switch (part.kind) {
    case 'math':
      return context.formulas.inline(part.latex)
    case 'number':
      return numberHtml(part.value, part.digits ?? 3)
    case 'emphasis':
      return `<em>${inline(part.content, context)}</em>`
    case 'strong':
      return `<strong>${inline(part.content, context)}</strong>`
    case 'code':
      return `<code>${escapeHtml(part.text)}</code>`
    case 'badge':
      return `<span class="badge ${part.verdict}">${MARK[part.verdict]} ${escapeHtml(part.text)}</span>`
    case 'cite':
      return `<a href="#reference-${part.key}">[${part.key}]</a>`
    case 'reference': {
      const float = context.floats.get(part.to)
      if (float === undefined) throw new Error(`the document refers to ${part.to}, which it does not have`)
      return `<a href="#${escapeHtml(part.to)}">${float.kind} ${float.number}</a>`
    }
  }
}

function numberHtml(value: number, digits: number): string {
  const { mantissa, exponent } = writeNumber(value, digits)
  if (exponent === undefined) return mantissa
  const power = `10<sup>${String(exponent).replace('-', '−')}</sup>`
  return `<span style="white-space:nowrap">${mantissa === '1' ? power : `${mantissa} × ${power}`}</span>`
}

function stepGroup({ heading, steps, elsewhere }: Extract<Block, { kind: 'steps' }>, context: Context): string {
  const head = `<h${context.level}>${escapeHtml(heading)}</h${context.level}>`
  if (elsewhere === undefined) return `${head}<ol class="steps">${steps.map((step) => derivationStep(step, context)).join('')}</ol>`
  const link = (number: string): string => `<a href="#step-${number}">${number}</a>`
  const { first, last, count } = elsewhere
  const place = count === 1 ? `The step is that of ${link(first)}.` : `The ${count} steps are those of ${link(first)} to ${link(last)}.`
  return `${head}<p>${place}</p>`
}

function derivationStep(step: DerivationStep, context: Context): string {
  const { display } = context.formulas
  const from = typeof step.before === 'string' ? '' : `From <a href="#step-${step.before.from}">${step.before.from}</a>: `
  const before =
    typeof step.before === 'string'
      ? `<div class="before">${display(step.before)}</div><p class="becomes" role="img" aria-label="becomes">↓</p>`
      : ''
  const after = [step.after, ...(step.where ?? [])].map(display).join('')
  const why = `<span class="step-number">${step.number}</span><p>${from}${inline(step.why, context)}</p>`
  return `<li id="step-${step.number}">${why}${before}${after}<p class="step-check">${inline(step.check, context)}</p></li>`
}

/** On a phone every row becomes a card, whose cells carry the column's title. */
function table(block: Extract<Block, { kind: 'table' }>, context: Context): string {
  const number = context.floats.get(block.id)?.number ?? ''
  const id = escapeHtml(block.id)
  const titles = block.columns.map(({ title }) => inline(title, context))
  const align = (index: number) => (block.columns[index]?.align === 'right' ? ' class="right"' : '')
  const head = titles.map((title, index) => `<th scope="col"${align(index)}>${title}</th>`).join('')
  const names = block.columns.map(({ title }) => escapeHtml(plainText(title)))
  const cell = (content: Content, index: number) =>
    `<td${align(index)} data-title="${names[index] ?? ''}"><div>${inline(content, context)}</div></td>`
  const rows = block.rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`)
  const caption = `<p class="caption" id="${id}-caption"><b>Table ${number}.</b> ${inline(block.caption, context)}</p>`
  const body = `<thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody>`
  return `<div class="table" id="${id}">${caption}<div class="scroll"><table aria-labelledby="${id}-caption">${body}</table></div></div>`
}

/** What can be said in an attribute: no markup, and of formulas only single letters. */
function plainText(content: Content): string {
  const parts = content.map((part): string => {
    if (typeof part === 'string') return part
    if (part.kind === 'math') return /^[A-Za-z]$/.test(part.latex) ? part.latex : (LETTERS.get(part.latex) ?? '')
    return part.kind === 'emphasis' || part.kind === 'strong'
      ? plainText(part.content)
      : part.kind === 'code' || part.kind === 'badge'
        ? part.text
        : ''
  })
  return parts.join('').trim()
}

/** Greek letters by their control words. */
const LETTERS: ReadonlyMap<string, string> = new Map([...MATH_CHARACTERS].map(([character, latex]) => [latex, character]))

function figure(block: Extract<Block, { kind: 'figure' }>, context: Context): string {
  const number = context.floats.get(block.id)?.number ?? ''
  return captioned(block, `<div class="panels ${block.arrangement}">${panels(block, `Figure ${number}`)}</div>`, context)
}

/** A figure with its number and caption below it. */
function captioned({ id, caption }: { readonly id: string; readonly caption: Content }, drawn: string, context: Context): string {
  const number = context.floats.get(id)?.number ?? ''
  return `<figure id="${escapeHtml(id)}">${drawn}<figcaption><b>Figure ${number}.</b> ${inline(caption, context)}</figcaption></figure>`
}

/** An ordered list, so that it reads as one without style; arrows are drawn between its items. */
function diagram(boxes: readonly DiagramBox[], context: Context): string {
  const items = boxes.map(({ name, parameters, inner }) => {
    const below = parameters.length === 0 ? '' : `<div>${inline(parameters, context)}</div>`
    return `<li><div class="box"><div>${inline(name, context)}</div>${below}${inner.length === 0 ? '' : diagram(inner, context)}</div></li>`
  })
  return `<ol class="diagram">${items.join('')}</ol>`
}

/** Screens have two widths of each plot, because text inside an SVG picture shrinks with it. */
function panels({ arrangement, panels: all }: Extract<Block, { kind: 'figure' }>, name: string): string {
  switch (arrangement) {
    case 'grid':
      return all.map(smallSvg).join('')
    case 'row': {
      const [width, height] = all.length === 1 ? [440, 250] : [360, 220]
      return all.map((plot) => `<div>${plotSvg(plot, width, height, labelOf(plot, name))}</div>`).join('')
    }
    case 'stack':
      return all
        .map((plot, index) => {
          const label = labelOf(plot, name)
          const height = index === 0 ? 260 : 130
          return plotSvg(plot, 700, height, label, 'wide') + plotSvg(plot, 350, index === 0 ? 200 : 130, label, 'narrow')
        })
        .join('')
  }
}

const labelOf = ({ x, y }: Plot, figure: string): string => `${figure}: ${y.label} against ${x.label}`

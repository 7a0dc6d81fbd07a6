import { type Node, parseFormula } from './parse.js'
import type { Language } from './repeats.js'
import { widthOf } from './width.js'

/** Fractions, roots and what stands in round brackets: what a name can stand for without brackets of its own. */
function partsOf(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    const inner = childrenOf(node).flatMap(partsOf)
    return isNameable(node) ? [node.tex, ...inner] : inner
  })
}

function isNameable(node: Node): boolean {
  if (node.kind === 'command') return /^([dt]?frac|sqrt)$/.test(node.name)
  return node.kind === 'fence' && FENCE.test(node.tex)
}

function childrenOf(node: Node): readonly (readonly Node[])[] {
  switch (node.kind) {
    case 'symbol':
      return []
    case 'command':
      return node.args
    case 'environment':
      return node.rows
    case 'group':
    case 'script':
    case 'fence':
      return [node.content]
  }
}

/** The variables of sums and products, `\sum_{j=0}`, and of integrals, `\,ds`. */
const boundIn = (latex: string): readonly string[] =>
  [...latex.matchAll(/\\(?:sum|prod)_\{(\\?[A-Za-z]+)=|\\,d(\\?[A-Za-z]+)/g)].map(([, index, variable]) => index ?? variable ?? '')

/** Names within a part: control words and letters. */
const namesIn = (latex: string): readonly string[] => latex.match(/\\[A-Za-z]+|[A-Za-z]/g) ?? []

function isBound(part: string, latex: string): boolean {
  const bound = boundIn(latex)
  return bound.length > 0 && namesIn(part).some((name) => bound.includes(name))
}

const FENCE = /^\\left\((.*)\\right\)$/s

/** A name needs no brackets but those of a function, and those that a subscript is of. */
function replace(latex: string, part: string, name: string): string {
  if (!latex.includes(part) || isBound(part, latex)) return latex
  if (!FENCE.test(part)) return latex.replaceAll(part, name)
  const isIndexed = (after: string): boolean => after.trimStart().startsWith('_')
  return latex.replaceAll(part, (_, at: number) => (isFactor(latex.slice(0, at)) && !isIndexed(latex.slice(at + part.length)) ? name : `\\left(${name}\\right)`))
}

/** Whether what follows is a factor or a term, not the argument of a function or an operator, judged by what stands right before it. */
function isFactor(before: string): boolean {
  const text = before.trimEnd()
  if (/(^|[-+=,({&\d]|\\right\)|\\(eta|beta|lambda|mu|gamma|omega|rho|phi|alpha|epsilon)|(?<![A-Za-z\\])[a-egi-z])$/.test(text)) return true
  const group = beforeGroup(text)
  if (group === undefined) return false
  if (/[_^]$/.test(group)) return isFactor(group.slice(0, -1))
  return /\\[dt]?frac$/.test(beforeGroup(group) ?? '')
}

/** What stands before the group in braces that a text ends with. */
function beforeGroup(text: string): string | undefined {
  if (!text.endsWith('}')) return undefined
  let depth = 0
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (text[at] === '}') depth += 1
    if (text[at] === '{') depth -= 1
    if (depth === 0) return text.slice(0, at)
  }
  return undefined
}

/** The LaTeX of a document; lengths in em, of which a line of paper has 38. */
export const latexLanguage: Language = {
  parts: (latex) => partsOf(parseFormula(latex)).filter((part) => !isBound(part, latex)),
  sizeOf: (latex) => widthOf(parseFormula(latex)),
  line: 38,
  least: 5,
  saving: 35,
  replace,
  meaningOf: (part) => (FENCE.exec(part)?.[1] ?? part).trim(),
  nameOf: (letter, number) => (number === 0 ? `{${letter}}` : `{${letter}_{${number}}}`),
}

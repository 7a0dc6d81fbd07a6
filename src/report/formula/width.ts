import type { Node } from './parse.js'

/**
 * Estimated width in em of a formula in display style, from the advance widths of Computer Modern (TeX's cmmi10, cmr10, cmex10) rounded up,
 * with TeX's spacing around binary operators (2 × 4/18 em) and relations (2 × 5/18 em) [Knuth, The TeXbook, ch. 18].
 */
export function widthOf(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node, index) => sum + widthOfNode(node, nodes[index - 1]), 0)
}

const SCRIPT = 0.72
const WIDE_SYMBOLS: Readonly<Record<string, number>> = {
  '\\int': 1.1,
  '\\sum': 1.5,
  '\\prod': 1.4,
  '\\quad': 1,
  '\\qquad': 2,
  '\\cdots': 1.2,
  '\\ldots': 1.2,
}

function widthOfNode(node: Node, before: Node | undefined): number {
  switch (node.kind) {
    case 'symbol':
      return widthOfSymbol(node, before)
    case 'group':
      return widthOf(node.content)
    case 'script': {
      const width = SCRIPT * widthOf(node.content) + 0.05
      return before?.kind === 'script' ? Math.max(0, width - SCRIPT * widthOf(before.content)) : width
    }
    case 'fence':
      return widthOf(node.content) + 2 * (node.content.some(isTall) ? 0.75 : 0.42)
    case 'command':
      return widthOfCommand(node.name, node.args)
    case 'environment':
      return 1 + Math.max(0, ...node.rows.map(widthOf))
  }
}

function widthOfSymbol(node: Node & { kind: 'symbol' }, before: Node | undefined): number {
  const tex = node.tex.trim()
  const special = WIDE_SYMBOLS[tex]
  if (special !== undefined) return special
  switch (node.role) {
    case 'relation':
      return 1.35
    case 'binary':
      return isOperand(before) ? 1.23 : 0.8
    case 'space':
      return tex === '' ? 0 : 0.28
    case 'punctuation':
      return 0.45
    case 'operator':
      return 0.55 * (tex.length - 1) + 0.17
    case 'ordinary':
      return /^[A-Z]$/.test(tex) ? 0.78 : /^[0-9.]$/.test(tex) ? 0.5 : tex === '&' ? 1 : 0.6
  }
}

function widthOfCommand(name: string, args: readonly (readonly Node[])[]): number {
  const widths = args.map(widthOf)
  if (name.endsWith('frac') || name === 'binom') return 0.3 + Math.max(0, ...widths) * (name === 'tfrac' ? SCRIPT : 1)
  if (name === 'sqrt') return 0.9 + Math.max(0, ...widths)
  return 0.1 + Math.max(0, ...widths)
}

export const isOperand = (node: Node | undefined): boolean =>
  node !== undefined &&
  !(
    node.kind === 'symbol' &&
    (node.role === 'binary' || node.role === 'relation' || node.role === 'operator' || node.role === 'punctuation')
  )

const isTall = (node: Node): boolean =>
  node.kind === 'environment' ||
  (node.kind === 'command' && node.name.endsWith('frac')) ||
  (node.kind === 'symbol' && /^\\(int|sum|prod)/.test(node.tex)) ||
  (node.kind === 'fence' && node.content.some(isTall))

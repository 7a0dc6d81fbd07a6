import type { Node } from './parse.js'

/** Height of a fraction's bar with the space around it, and what a root adds above its content, in lines. */
const BAR = 0.25
const ROOT = 0.2
/** Fractions within fractions are set smaller. */
const INNER = 0.75

/** Estimated height of a row in lines of plain letters, for which 1 is enough; fractions add numerator and denominator. */
export const heightOf = (nodes: readonly Node[]): number => Math.max(1, ...nodes.map(heightOfNode))

function heightOfNode(node: Node): number {
  switch (node.kind) {
    case 'symbol':
      return 1
    case 'group':
    case 'fence':
      return heightOf(node.content)
    case 'script':
      return 0.6 + 0.5 * heightOf(node.content)
    case 'environment':
      return node.rows.reduce((sum, row) => sum + heightOf(row), 0)
    case 'command': {
      const inner = node.args.map(heightOf)
      if (node.name.endsWith('frac')) return BAR + inner.reduce((sum, height) => sum + (height > BAR + 1 ? INNER : 1) * height, 0)
      return Math.max(1, ...inner) + (node.name === 'sqrt' ? ROOT : 0)
    }
  }
}

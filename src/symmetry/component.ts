import { type Syntax, parseSyntax } from '../algebra/syntax.js'
import type { Space } from '../jets/space.js'
import { sizeOf } from './shapes.js'

/** A component of a generator, `theta_w` in it as the block `w`; not in `dot(x, y)`, where two blocks as vectors of all parameters are orthogonal. */
export function parseComponent(text: string, { blocks }: Pick<Space, 'blocks'>): Syntax {
  const named = (s: Syntax): Syntax => {
    if (s.kind === 'name') {
      const block = /^theta_(.+)$/.exec(s.name)?.[1]
      return block !== undefined && Object.hasOwn(blocks, block) && !Object.hasOwn(blocks, s.name) ? { ...s, name: block } : s
    }
    if (s.kind === 'unary') return { ...s, operand: named(s.operand) }
    if (s.kind === 'binary') return { ...s, left: named(s.left), right: named(s.right) }
    return s.kind === 'call' && s.name !== 'dot' ? { ...s, args: s.args.map(named) } : s
  }
  return named(parseSyntax(text))
}

const INNER: ReadonlySet<string> = new Set(['dot', 'norm2'])

/** The parts of an expression, itself first. */
function* partsOf(s: Syntax): Generator<Syntax> {
  yield s
  if (s.kind === 'unary') yield* partsOf(s.operand)
  if (s.kind === 'binary') for (const side of [s.left, s.right]) yield* partsOf(side)
  if (s.kind === 'call') for (const argument of s.args) yield* partsOf(argument)
}

/** Whether an expression is a block or a sum of them, numbers before each, and not a number itself. */
function isVector(s: Syntax, blocks: Space['blocks']): boolean {
  if (s.kind === 'name') return Object.hasOwn(blocks, s.name)
  if (s.kind === 'unary') return isVector(s.operand, blocks)
  return s.kind === 'binary' && (isVector(s.left, blocks) || isVector(s.right, blocks))
}

/** Whether matrices are multiplied, transposed or traced. */
const needsMatrices = (s: Syntax, blocks: Space['blocks']): boolean =>
  (s.kind === 'binary' && s.operator === '*' && isVector(s.left, blocks) && isVector(s.right, blocks)) || (s.kind === 'call' && (s.name === 'transpose' || s.name === 'trace'))

/**
 * The space of a generator in which blocks stand in inner products and before numbers only, such as `norm2(a)*W`: their entries in a column, as the
 * inner product of two matrices, unlike that of two columns, is no product of them.
 */
export function withWholeBlocks(components: Readonly<Record<string, string>>, space: Space): Space {
  if (Object.keys(space.constants).length > 0) return space
  const parts = Object.values(components).flatMap((text) => [...partsOf(parseComponent(text, space))])
  if (!parts.some((s) => s.kind === 'call' && INNER.has(s.name)) || parts.some((s) => needsMatrices(s, space.blocks))) return space
  return { ...space, blocks: Object.fromEntries(Object.entries(space.blocks).map(([name, shape]) => [name, shape.length < 2 ? shape : [sizeOf(shape)]])) }
}

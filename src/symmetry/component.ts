import { type Syntax, parseSyntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import type { Space } from '../jets/space.js'
import { sizeOf } from './shapes.js'

/** The parts of an expression, itself first. */
function* partsOf(s: Syntax): Generator<Syntax> {
  yield s
  if (s.kind === 'unary') yield* partsOf(s.operand)
  if (s.kind === 'binary') for (const side of [s.left, s.right]) yield* partsOf(side)
  if (s.kind === 'call') for (const argument of s.args) yield* partsOf(argument)
}

type Named = Extract<Syntax, { kind: 'name' }>

/** The block that `theta_w` is of. */
function partOfTheta({ name }: Named, { blocks }: Pick<Space, 'blocks'>): string | undefined {
  const block = /^theta_(.+)$/.exec(name)?.[1]
  return block !== undefined && Object.hasOwn(blocks, block) && !Object.hasOwn(blocks, name) ? block : undefined
}

/** @throws InputError for an inner product of parts of theta in different blocks: as vectors of all parameters they are orthogonal, and entries are meant */
function refuseOrthogonal(call: Syntax, space: Pick<Space, 'blocks'>): void {
  const names = [...partsOf(call)].filter((s) => s.kind === 'name')
  const ofTheta = names.find((s) => partOfTheta(s, space) !== undefined)
  const blocks = new Set(names.flatMap((s) => partOfTheta(s, space) ?? (Object.hasOwn(space.blocks, s.name) ? [s.name] : [])))
  if (ofTheta === undefined || blocks.size === 1) return
  throw new InputError(`an inner product of ${ofTheta.name} and another block, which is zero: their coordinates are different parameters`, `dot(${[...blocks].join(', ')}) multiplies the entries of two blocks of one size`, { column: call.column })
}

/** A component of a generator, `theta_w` in it as the block `w`. @throws InputError for an inner product of `theta_w` and another block */
export function parseComponent(text: string, space: Pick<Space, 'blocks'>): Syntax {
  const named = (s: Syntax): Syntax => {
    if (s.kind === 'name') return { ...s, name: partOfTheta(s, space) ?? s.name }
    if (s.kind === 'unary') return { ...s, operand: named(s.operand) }
    if (s.kind === 'binary') return { ...s, left: named(s.left), right: named(s.right) }
    if (s.kind !== 'call') return s
    if (s.name === 'dot') refuseOrthogonal(s, space)
    return { ...s, args: s.args.map(named) }
  }
  return named(parseSyntax(text))
}

const INNER: ReadonlySet<string> = new Set(['dot', 'norm2'])

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

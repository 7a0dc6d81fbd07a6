import type { Syntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import { type Vocabulary, readValueOf } from '../jets/read.js'

/** A name of a block by itself, as `a` in `a*v`. */
interface Bare {
  readonly name: string
  readonly column: number
}

const partsOf = (s: Syntax): readonly Syntax[] => {
  if (s.kind === 'unary') return [s.operand]
  if (s.kind === 'binary') return [s.left, s.right]
  return s.kind === 'call' ? s.args : []
}

const factorsOf = (s: Syntax): readonly Syntax[] => (s.kind === 'binary' && s.operator !== '+' && s.operator !== '-' ? [...factorsOf(s.left), ...factorsOf(s.right)] : [s])

/**
 * Refuses a block where a number is meant: in `a*v + (1 - a)*g` a block a would multiply component by component, in the part that is a's, and be
 * zero elsewhere. In its own equation a block may stand so, as in `u*exp(-eta*g)`; elsewhere `theta_a` says that it is meant.
 * @param own the name whose update this is
 * @throws InputError with the column
 */
export function refuseBlockAsNumber(tree: Syntax, own: string, names: Vocabulary): void {
  const isBlock = (name: string): boolean => name !== own && Object.hasOwn(names.sets, name) && !Object.hasOwn(names.vectors, name)
  const isVector = (s: Syntax): boolean => readValueOf(s, names).kind === 'vector'
  /** The block that alone makes a factor a vector, as a does sqrt(a) and 1 - a; none where there is another vector in it. */
  const alone = (s: Syntax): Bare | undefined => {
    if (s.kind === 'name') return isBlock(s.name) ? s : undefined
    const vectors = isVector(s) ? partsOf(s).filter(isVector) : []
    const blocks = vectors.map(alone)
    return blocks.includes(undefined) ? undefined : blocks[0]
  }
  const factors = factorsOf(tree)
  if (factors.length > 1) {
    const vectors = factors.filter(isVector)
    const blocks = vectors.map(alone)
    const block = blocks.find((found) => found !== undefined)
    if (block !== undefined && blocks.includes(undefined))
      throw new InputError(`the rule multiplies by ${block.name}, which is a block`, `in its updates ${block.name} means the block: call the number something else, e.g. ${block.name}_1, or write theta_${block.name} where the block is meant`, { column: block.column })
  }
  for (const part of factors.length > 1 ? factors : partsOf(tree)) refuseBlockAsNumber(part, own, names)
}

import { ONE, mul, neg, num, pow } from '../algebra/build.js'
import { nearest } from '../algebra/nearest.js'
import { readSyntax } from '../algebra/read.js'
import type { Syntax } from '../algebra/syntax.js'
import { InputError } from '../errors.js'
import type { MatrixTerm, Space } from '../jets/space.js'
import { isColumn, shapeOf } from './shapes.js'
import { parseComponent } from './component.js'

type Binary = Extract<Syntax, { kind: 'binary' }>

const flip = (term: MatrixTerm): MatrixTerm => ({
  coefficient: term.coefficient,
  factors: term.factors.map((f) => ({ name: f.name, transposed: !f.transposed })).reverse(),
})

/** The factors of a product, leftmost first, and its sign. */
function factorsOf(s: Syntax): { readonly factors: readonly Syntax[]; readonly negative: boolean } {
  if (s.kind === 'unary') {
    const { factors, negative } = factorsOf(s.operand)
    return { factors, negative: negative !== (s.operator === '-') }
  }
  if (s.kind !== 'binary' || s.operator !== '*') return { factors: [s], negative: false }
  const [left, right] = [factorsOf(s.left), factorsOf(s.right)]
  return { factors: [...left.factors, ...right.factors], negative: left.negative !== right.negative }
}

/**
 * Reads `M*W1 - W2*transpose(N)` as a sum of products of blocks and constants; everything else in it is a scalar, `dot(x,y)*z` is z*transpose(x)*y.
 * @param block whose component it is: of one number it may be an inner product itself
 */
export function readMatrixTerms(text: string, space: Space, block?: string): readonly MatrixTerm[] {
  const isNumber = (name: string): boolean => shapeOf({ name, transposed: false }, space).every((size) => size === 1)
  const ofNumber = block !== undefined && isNumber(block)
  const isMatrix = (name: string): boolean => Object.hasOwn(space.blocks, name) || Object.hasOwn(space.constants, name)
  const mentionsMatrix = (s: Syntax): boolean => {
    if (s.kind === 'name') return isMatrix(s.name)
    if (s.kind === 'unary') return mentionsMatrix(s.operand)
    if (s.kind === 'binary') return mentionsMatrix(s.left) || mentionsMatrix(s.right)
    return s.kind === 'call' && s.args.some(mentionsMatrix)
  }
  const refuse = (s: Syntax, what: string): never => {
    throw new InputError(what, 'a component is a sum of products of blocks, constants and transpose(…)', { column: s.column })
  }
  const read = (s: Syntax): readonly MatrixTerm[] => {
    if (!mentionsMatrix(s)) return [{ coefficient: scalarOf(s), factors: [] }]
    switch (s.kind) {
      case 'name':
        return [{ coefficient: ONE, factors: [{ name: s.name, transposed: false }] }]
      case 'unary':
        return read(s.operand).map((t) => (s.operator === '-' ? { ...t, coefficient: neg(t.coefficient) } : t))
      case 'binary':
        return binary(s)
      case 'call': {
        if (mentionsInner(s)) return alone(s)
        const [only, second] = s.args
        if (s.name !== 'transpose' || only === undefined || second !== undefined) return refuse(s, `${s.name}(…) of a matrix`)
        return read(only).map(flip)
      }
      case 'number':
        return []
    }
  }
  const scalarOf = (s: Syntax) =>
    readSyntax(s, {
      resolveName: (name, at) => {
        if (name.startsWith('one_')) {
          if (name === `one_${block}`) return ONE
          const remedy = block === undefined ? 'it has no meaning here' : `in the component of ${block} all its coordinates move alike under one_${block}, or the number 1`
          throw new InputError(`'${name}' in a component`, remedy, { column: at.column })
        }
        if (/^[A-Z]\w*$/.test(name) && name.length <= 3) {
          const guess = nearest(name, [...Object.keys(space.blocks), ...Object.keys(space.constants)])
          const known = guess === undefined ? 'list it under parameters or constants' : `did you mean ${guess}?`
          throw new InputError(`unknown block or constant '${name}'`, known, { column: at.column })
        }
        return undefined
      },
    })
  const times = (left: readonly MatrixTerm[], right: readonly MatrixTerm[]): readonly MatrixTerm[] =>
    left.flatMap((x) => right.map((y) => ({ coefficient: mul(x.coefficient, y.coefficient), factors: [...x.factors, ...y.factors] })))
  const isNatural = (s: Syntax): boolean => s.kind === 'number' && /^[1-9]$/.test(s.text)
  /** Whether an expression of blocks is a number: inner products, and what is made of them by sums, products and powers. */
  const isInner = (s: Syntax): boolean => {
    if (!mentionsMatrix(s)) return false
    if (s.kind === 'name') return isNumber(s.name)
    if (s.kind === 'call') return ['dot', 'norm2', 'trace'].includes(s.name) || s.args.every(isInner)
    if (s.kind === 'unary') return isInner(s.operand)
    if (s.kind !== 'binary') return false
    if (s.operator === '^') return isInner(s.left) && isNatural(s.right)
    return [s.left, s.right].every((side) => isInner(side) || !mentionsMatrix(side)) && (s.operator !== '/' || !mentionsMatrix(s.right))
  }
  /** ⟨x, y⟩ of vectors: the 1×1 matrix xᵀy, which a vector can have behind it only; a trace of such a product is the product itself. */
  const inner = (s: Syntax): readonly MatrixTerm[] => {
    if (s.kind === 'unary') return inner(s.operand).map((t) => (s.operator === '-' ? { ...t, coefficient: neg(t.coefficient) } : t))
    if (s.kind === 'binary') return s.operator === '^' && s.right.kind === 'number' ? Array.from({ length: Number(s.right.text) }, () => inner(s.left)).reduce(times) : combined(s, inner)
    if (s.kind !== 'call' || s.name === 'transpose') return read(s)
    const [x, y = x, ...others] = s.args
    if (x === undefined || y === undefined || others.length > 0 || s.args.length !== (s.name === 'dot' ? 2 : 1)) return refuse(s, `${s.name} with ${s.args.length} arguments`)
    const terms = s.name === 'trace' ? read(x) : times(read(x).map(flip), read(y))
    if (!terms.every((term) => isColumn(term, space) && isColumn(flip(term), space)))
      throw new InputError(s.name === 'trace' ? 'a trace of a matrix in a component' : 'an inner product of matrices in a component', 'only that of vectors is a product of blocks', { column: s.column })
    return terms
  }
  const alone = (s: Syntax): readonly MatrixTerm[] => (ofNumber || !mentionsInner(s) ? inner(s) : refuse(s, 'an inner product without a vector that it multiplies'))
  /** Whether an inner product is called in an expression: what has none of them is made of blocks with one number. */
  const mentionsInner = (s: Syntax): boolean =>
    s.kind === 'call' ? s.name !== 'transpose' && isInner(s) : s.kind === 'unary' ? mentionsInner(s.operand) : s.kind === 'binary' && (mentionsInner(s.left) || mentionsInner(s.right))
  const product = (s: Syntax): readonly MatrixTerm[] => {
    const { factors, negative } = factorsOf(s)
    const inners = factors.filter(isInner)
    const others = factors.filter((f) => !isInner(f))
    if (inners.length > 0 && !others.some(mentionsMatrix)) return alone(s)
    const numbers = inners.map(inner).reduce(times, [{ coefficient: num(negative ? -1 : 1), factors: [] }])
    // A 1×1 matrix stands behind a column, and before a row.
    return others.map(read).reduce(times, [{ coefficient: ONE, factors: [] }]).flatMap((term) => (isColumn(term, space) ? times([term], numbers) : times(numbers, [term])))
  }
  /** A sum, a difference, a product or a quotient of terms, the sides read as they are to be. */
  const combined = (s: Binary, side: (part: Syntax) => readonly MatrixTerm[]): readonly MatrixTerm[] => {
    const plain = (part: Syntax): readonly MatrixTerm[] => (mentionsMatrix(part) ? side(part) : read(part))
    if (s.operator === '+') return [...plain(s.left), ...plain(s.right)]
    if (s.operator === '-') return [...plain(s.left), ...plain(s.right).map((t) => ({ ...t, coefficient: neg(t.coefficient) }))]
    if (s.operator === '*') return times(plain(s.left), plain(s.right))
    return plain(s.left).map((t) => ({ ...t, coefficient: mul(t.coefficient, pow(scalarOf(s.right), num(-1))) }))
  }
  const binary = (s: Binary): readonly MatrixTerm[] => {
    if (s.operator === '*') return product(s)
    if (isInner(s)) return alone(s)
    if (s.operator !== '+' && s.operator !== '-' && mentionsMatrix(s.right)) return refuse(s, `division by or power of a matrix`)
    if (s.operator !== '^') return combined(s, read)
    throw new InputError('power of a matrix', 'write it as a product, e.g. W*W', { column: s.column })
  }
  return read(parseComponent(text, space))
}

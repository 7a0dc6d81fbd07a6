import { add, isZero, neg, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { type BlockTerm, type MatrixWord, type Operator, projector } from '../jets/operator.js'
import type { BlockPolynomials, ConstantKind, MatrixTerm, Space } from '../jets/space.js'
import { type Field, THETA, type Vector, ZERO_VECTOR, addVectors, apply, indicator, scaleVector, tensor } from '../jets/vector.js'

/** A generator as a vector in θ, and the space it lives in with the polynomial fields it needed. */
export interface Generator {
  readonly vector: Vector
  readonly space: Space
  /** The linear part that is not a combination of projectors, if there is one. */
  readonly operator: Extract<Operator, { kind: 'map' }> | undefined
}

/** Replaces the transpose of a symmetric, diagonal or antisymmetric constant by the constant with its sign. */
function settleWord(word: MatrixWord, space: Space): { readonly word: MatrixWord; readonly sign: 1 | -1 } {
  let sign: 1 | -1 = 1
  const settled = word.map((m) => {
    const kind: ConstantKind = space.constants[m.name]?.kind ?? 'general'
    if (!m.transposed || kind === 'general') return m
    if (kind === 'antisymmetric') sign = sign === 1 ? -1 : 1
    return { name: m.name, transposed: false }
  })
  return { word: settled, sign }
}

function settle(t: BlockTerm, space: Space): BlockTerm {
  const [left, right] = [settleWord(t.left, space), settleWord(t.right, space)]
  const coefficient = left.sign * right.sign === 1 ? t.coefficient : neg(t.coefficient)
  return { ...t, left: left.word, right: right.word, coefficient }
}

const transposeWord = (word: MatrixWord): MatrixWord => word.map((m) => ({ name: m.name, transposed: !m.transposed })).reverse()

/** ⟨Y, L X R⟩ = ⟨Lᵀ Y Rᵀ, X⟩; a piece that transposes swaps its sides. */
export const adjointTerm = (t: BlockTerm): BlockTerm => ({
  coefficient: t.coefficient,
  to: t.from,
  from: t.to,
  left: t.transposed ? t.right : transposeWord(t.left),
  right: t.transposed ? t.left : transposeWord(t.right),
  transposed: t.transposed,
})

const pieceKey = (t: BlockTerm): string => {
  const word = (w: MatrixWord): string => w.map((m) => m.name + (m.transposed ? "'" : '')).join('*')
  return `${t.to}<${t.from}:${word(t.left)}|${word(t.right)}${t.transposed ? "'" : ''}`
}

/** Like pieces collected; what cancels is left out. */
function collected(terms: readonly BlockTerm[], space: Space): ReadonlyMap<string, BlockTerm> {
  const sums = new Map<string, BlockTerm>()
  for (const t of terms.map((x) => settle(x, space))) {
    const key = pieceKey(t)
    const known = sums.get(key)
    sums.set(key, known === undefined ? t : { ...t, coefficient: add(known.coefficient, t.coefficient) })
  }
  return new Map([...sums].filter(([, t]) => !isZero(t.coefficient)))
}

const byPiece = (terms: readonly BlockTerm[], space: Space): ReadonlyMap<string, Expr> =>
  new Map([...collected(terms, space)].map(([key, t]) => [key, t.coefficient]))

const same = (a: ReadonlyMap<string, Expr>, b: ReadonlyMap<string, Expr>, sign: 1 | -1): boolean =>
  a.size === b.size &&
  [...a].every(([key, c]) => {
    const other = b.get(key)
    return other !== undefined && isZero(sub(c, sign === 1 ? other : neg(other)))
  })

/** 1 if the map equals its adjoint, −1 if it equals minus its adjoint, 0 otherwise. */
export function parityOf(terms: readonly BlockTerm[], space: Space): 1 | -1 | 0 {
  const [forward, backward] = [byPiece(terms, space), byPiece(terms.map(adjointTerm), space)]
  if (same(forward, backward, 1)) return 1
  return same(forward, backward, -1) ? -1 : 0
}

const isBlock = (space: Space, name: string): boolean => Object.hasOwn(space.blocks, name)

/** Sorts a component's terms by their degree in θ: shift, projector, linear map, polynomial. */
function linearPart(to: string, term: MatrixTerm, space: Space): BlockTerm | 'projector' | undefined {
  const at = term.factors.findIndex((f) => isBlock(space, f.name))
  const from = term.factors[at]
  if (from === undefined || term.factors.filter((f) => isBlock(space, f.name)).length !== 1) return undefined
  if (term.factors.length === 1 && from.name === to && !from.transposed) return 'projector'
  return {
    coefficient: term.coefficient,
    to,
    from: from.name,
    left: term.factors.slice(0, at),
    right: term.factors.slice(at + 1),
    transposed: from.transposed,
  }
}

/** `A`, unless a block or a constant has that name (LoRA's factors are A and B). */
const operatorName = (space: Space): string => ['A', 'L', 'Xi'].find((name) => !isBlock(space, name) && !Object.hasOwn(space.constants, name)) ?? 'Generator'

/**
 * A generator from its components on blocks. What is a multiple of the block itself becomes a projector, what is linear one
 * operator A, a number the indicator of its block, constants a shift field and products of blocks a polynomial field ξ.
 */
export function generatorOf(components: BlockPolynomials, space: Space): Generator {
  const terms: BlockTerm[] = []
  const shift: Record<string, MatrixTerm[]> = {}
  const polynomial: Record<string, MatrixTerm[]> = {}
  let vector: Vector = ZERO_VECTOR
  let degree = 0
  for (const [to, sum] of Object.entries(components)) {
    for (const term of sum) {
      const blocks = term.factors.filter((f) => isBlock(space, f.name)).length
      const linear = linearPart(to, term, space)
      if (term.factors.length === 0) vector = addVectors(vector, scaleVector(term.coefficient, indicator(projector(to))))
      else if (linear === 'projector') vector = addVectors(vector, scaleVector(term.coefficient, apply(projector(to), THETA)))
      else if (linear !== undefined) terms.push(linear)
      else {
        const field = blocks === 0 ? shift : polynomial
        field[to] = [...(field[to] ?? []), term]
        degree = Math.max(degree, blocks)
      }
    }
  }
  const pieces = [...collected(terms, space).values()]
  const operator = pieces.length === 0 ? undefined : ({ kind: 'map', name: operatorName(space), adjoint: false, parity: parityOf(pieces, space), terms: pieces } as const)
  const fields: Record<string, BlockPolynomials> = { ...space.fields }
  if (operator !== undefined) vector = addVectors(vector, apply(operator, THETA))
  const put = (field: Field, content: BlockPolynomials): void => {
    if (Object.keys(content).length === 0) return
    fields[field.name] = content
    vector = addVectors(vector, tensor(field, [], [null], false))
  }
  put({ name: 'shift', slots: 1, degree: 0 }, shift)
  put({ name: 'xi', slots: 1, degree }, polynomial)
  return { vector, space: { ...space, fields }, operator }
}

import { ONE, add, isZero, mul } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { structureOf } from '../algebra/structure.js'
import { vectorKey } from './vectorKey.js'
import type { Vector } from './vector.js'

/** What a square matrix multiplies: the rows of every block, from the left, or its columns, from the right. */
export type Side = 'rows' | 'columns'

/**
 * A square matrix for every block of θ as a matrix, [rows, rows] or [columns, columns]: a sum of factors with numbers before them. A vector block
 * is one column. Multiples of the identity have no side of their own.
 */
export interface Square<V = Vector> {
  readonly side: Side | undefined
  readonly terms: readonly SquareTerm<V>[]
}

export interface SquareTerm<V = Vector> {
  readonly coefficient: Expr
  readonly factor: SquareFactor<V>
}

/**
 * - `state`: a symmetric matrix that a rule keeps; after its update `meaning` says what it is in quantities before it.
 * - `gram`: x yᵀ on the side of the rows, xᵀ y on that of the columns.
 * - `power`: a real power of a symmetric positive matrix, Σ sᵖ u uᵀ over the eigenvalues s > 0.
 * - `diagonal`: the diagonal part.
 */
export type SquareFactor<V = Vector> =
  | { readonly kind: 'identity' }
  | { readonly kind: 'state'; readonly name: string; readonly meaning?: Square<V> }
  | { readonly kind: 'gram'; readonly left: V; readonly right: V }
  | { readonly kind: 'power'; readonly of: Square<V>; readonly exponent: Expr }
  | { readonly kind: 'diagonal'; readonly of: Square<V> }

/** The matrices that stand on the two sides of a vector, block by block: L x R. */
export interface Sandwich<V = Vector> {
  readonly left?: Square<V>
  readonly right?: Square<V>
}

function factorKey(f: SquareFactor): string {
  switch (f.kind) {
    case 'identity':
      return 'I'
    case 'state':
      return f.meaning === undefined ? f.name : `${f.name}{${squareKey(f.meaning)}}`
    case 'gram':
      return `<${vectorKey(f.left)}|${vectorKey(f.right)}>`
    case 'power':
      return `(${squareKey(f.of)})^${structureOf(f.exponent)}`
    case 'diagonal':
      return `diag(${squareKey(f.of)})`
  }
}

/** Names a matrix completely. */
export const squareKey = ({ side, terms }: Square): string => `${side ?? ''}:${terms.map((t) => `${structureOf(t.coefficient)}*${factorKey(t.factor)}`).join('+')}`
export const sandwichKey = ({ left, right }: Sandwich): string => `${left === undefined ? '' : squareKey(left)}[]${right === undefined ? '' : squareKey(right)}`

/** Σ coefficient·square of one side, like factors collected. */
export function combineSquares(parts: readonly (readonly [Expr, Square])[]): Square {
  const known = new Map<string, SquareTerm>()
  for (const [c, { terms }] of parts)
    for (const { coefficient, factor } of terms) {
      const key = factorKey(factor)
      known.set(key, { factor, coefficient: add(known.get(key)?.coefficient ?? add(), mul(c, coefficient)) })
    }
  const terms = [...known].filter(([, t]) => !isZero(t.coefficient)).sort(([a], [b]) => Number(a === 'I') - Number(b === 'I') || (a < b ? -1 : 1))
  return { side: parts.find(([, square]) => square.side !== undefined)?.[1].side, terms: terms.map(([, t]) => t) }
}

const squareOf = (side: Side | undefined, factor: SquareFactor): Square => ({ side, terms: [{ coefficient: ONE, factor }] })
export const IDENTITY: Square = squareOf(undefined, { kind: 'identity' })
export const stateSquare = (name: string, side: Side, meaning?: Square): Square => squareOf(side, { kind: 'state', name, ...(meaning === undefined ? {} : { meaning }) })
/** A vector that is one term as its number and the rest. */
function unscaled(x: Vector): readonly [Expr, Vector] {
  const [only, another] = x.terms
  return only === undefined || another !== undefined ? [ONE, x] : [only.coefficient, { terms: [{ ...only, coefficient: ONE }] }]
}

/** x yᵀ or xᵀ y. */
export function gram(side: Side, left: Vector, right: Vector): Square {
  const [[a, x], [b, y]] = [unscaled(left), unscaled(right)]
  const terms = x.terms.length === 0 || y.terms.length === 0 ? [] : [{ coefficient: mul(a, b), factor: { kind: 'gram' as const, left: x, right: y } }]
  return { side, terms }
}
export const diagonalPart = (of: Square): Square => squareOf(of.side, { kind: 'diagonal', of })

/** S^p; powers of powers of symmetric positive matrices are powers. */
export function powerOf(of: Square, exponent: Expr): Square {
  const [only, another] = of.terms
  if (exponent === ONE) return of
  if (another === undefined && only?.factor.kind === 'power' && only.coefficient === ONE) return powerOf(only.factor.of, mul(only.factor.exponent, exponent))
  return squareOf(of.side, { kind: 'power', of, exponent })
}

const flipped = (f: SquareFactor): SquareFactor => (f.kind === 'gram' ? { kind: 'gram', left: f.right, right: f.left } : f)
export const transposed = (square: Square): Square => combineSquares(square.terms.map(({ coefficient, factor }) => [coefficient, squareOf(square.side, flipped(factor))] as const))
/** Whether a matrix is its own transpose, as x xᵀ and x yᵀ + y xᵀ are. */
export const isSymmetric = (square: Square): boolean => squareKey(transposed(square)) === squareKey(combineSquares([[ONE, square]]))

const inside = <V>({ factor }: SquareTerm<V>): readonly Square<V>[] => (factor.kind === 'power' || factor.kind === 'diagonal' ? [factor.of] : factor.kind === 'state' && factor.meaning !== undefined ? [factor.meaning] : [])

/** All terms of a matrix and of those inside it. */
export const termsWithin = <V>(square: Square<V>): readonly SquareTerm<V>[] => square.terms.flatMap((t) => [t, ...inside(t).flatMap(termsWithin)])

/** The states in matrices, by name. */
export const statesWithin = (squares: readonly Square[]): ReadonlySet<string> => new Set(squares.flatMap(termsWithin).flatMap(({ factor }) => (factor.kind === 'state' ? [factor.name] : [])))

/** The vectors a matrix is made of. */
export const vectorsWithin = <V>(square: Square<V>): readonly V[] => termsWithin(square).flatMap(({ factor }) => (factor.kind === 'gram' ? [factor.left, factor.right] : []))

/** The numbers a matrix is made of. */
export const scalarsWithin = <V>(square: Square<V>): readonly Expr[] => termsWithin(square).flatMap(({ coefficient, factor }) => [coefficient, ...(factor.kind === 'power' ? [factor.exponent] : [])])

/** What matrices stand beside a vector. */
export const squaresOf = <V>({ left, right }: Sandwich<V>): readonly Square<V>[] => [left, right].flatMap((square) => square ?? [])

/**
 * A matrix with its vectors and numbers in another way. What a state has become goes by its name only as long as it stays what it is.
 * @param settle what becomes of every sum, inner ones first
 */
export function mapSquare(square: Square, vector: (x: Vector) => Vector, scalar: (e: Expr) => Expr, settle: (s: Square) => Square = (s) => s): Square {
  const again = (s: Square): Square => mapSquare(s, vector, scalar, settle)
  const part = (f: SquareFactor): Square => {
    switch (f.kind) {
      case 'identity':
        return IDENTITY
      case 'state': {
        const meaning = f.meaning === undefined ? undefined : mapSquare(f.meaning, vector, scalar)
        return meaning === undefined || f.meaning === undefined || squareKey(meaning) === squareKey(f.meaning) ? squareOf(square.side, f) : meaning
      }
      case 'gram':
        return gram(square.side ?? 'rows', vector(f.left), vector(f.right))
      case 'power':
        return powerOf(again(f.of), scalar(f.exponent))
      case 'diagonal':
        return diagonalPart(again(f.of))
    }
  }
  return settle({ ...combineSquares(square.terms.map((t) => [scalar(t.coefficient), part(t.factor)] as const)), side: square.side })
}

import { ONE, num, pow } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { squareTimes } from './sandwich.js'
import { type Side, type Square, combineSquares, diagonalPart, gram, isSymmetric, powerOf } from './square.js'
import { type Vector, scaleVector } from './vector.js'

/** What a text stands for: a number, a vector, a square matrix for every block, or a vector transposed block by block. */
export type Value =
  | { readonly kind: 'scalar'; readonly value: Expr }
  | { readonly kind: 'vector'; readonly value: Vector }
  | { readonly kind: 'square'; readonly value: Square }
  | { readonly kind: 'transposed'; readonly value: Vector }
  /** A state of which it is not known yet whether it is a matrix. */
  | { readonly kind: 'unknown' }

/** A number or a vector, or what has become of one with matrices. */
export type PlainValue = Extract<Value, { kind: 'scalar' | 'vector' }>

export const isPlain = (x: Value): x is PlainValue => x.kind === 'scalar' || x.kind === 'vector'
const squareValue = (value: Square): Value => ({ kind: 'square', value })
const UNKNOWN: Value = { kind: 'unknown' }

const shapeOf = (side: Side | undefined): string => `[${side ?? 'rows'}, ${side ?? 'rows'}]`

/** What a value is called in messages. */
function nameOf(x: Value): string {
  if (x.kind === 'square') return x.value.side === undefined ? 'a multiple of I' : `a matrix ${shapeOf(x.value.side)}`
  return { scalar: 'a number', vector: 'a vector [rows, columns]', transposed: 'a transposed vector [columns, rows]', unknown: 'a state' }[x.kind]
}

/** @throws InputError for a matrix that is not its own transpose. */
export function symmetric(square: Square, what: string, column: number): Square {
  if (isSymmetric(square)) return square
  throw new InputError(`${what} is not symmetric`, 'write e.g. g*transpose(g), or x*transpose(y) + y*transpose(x)', { column })
}

function sum(left: Value, right: Value, sign: 1 | -1, column: number): Value {
  if (left.kind === 'unknown' || right.kind === 'unknown') {
    const other = left.kind === 'unknown' ? right : left
    return other.kind === 'vector' || (other.kind === 'square' && other.value.side !== undefined) ? other : UNKNOWN
  }
  if (left.kind === 'square' && right.kind === 'square' && (left.value.side ?? right.value.side) === (right.value.side ?? left.value.side))
    return squareValue(combineSquares([[ONE, left.value], [num(sign), right.value]]))
  const numbers = left.kind === 'scalar' || right.kind === 'scalar'
  const kinds = new Set([left.kind, right.kind])
  const turned = kinds.has('vector') && kinds.has('transposed') ? ', square blocks too: transposes stand in products only, e.g. g*transpose(g)' : ''
  throw new InputError(`a sum of ${nameOf(left)} and ${nameOf(right)}`, numbers ? 'a number stands before a matrix, e.g. epsilon*I' : `add what has one shape${turned}`, { column })
}

function product(left: Value, right: Value, column: number): Value {
  if (left.kind === 'unknown' && right.kind === 'transposed') return squareValue({ side: 'rows', terms: [] })
  if (left.kind === 'transposed' && right.kind === 'unknown') return squareValue({ side: 'columns', terms: [] })
  if (left.kind === 'unknown' || right.kind === 'unknown') return UNKNOWN
  if (left.kind === 'scalar' && right.kind === 'square') return squareValue(combineSquares([[left.value, right.value]]))
  if (left.kind === 'scalar' && right.kind === 'transposed') return { kind: 'transposed', value: scaleVector(left.value, right.value) }
  if (right.kind === 'scalar') return product(right, left, column)
  if (left.kind === 'vector' && right.kind === 'transposed') return squareValue(gram('rows', left.value, right.value))
  if (left.kind === 'transposed' && right.kind === 'vector') return squareValue(gram('columns', left.value, right.value))
  if (left.kind === 'square' && right.kind === 'vector' && left.value.side !== 'columns') return { kind: 'vector', value: squareTimes(symmetric(left.value, 'the matrix before a vector', column), right.value, 'rows') }
  if (left.kind === 'vector' && right.kind === 'square' && right.value.side !== 'rows') return { kind: 'vector', value: squareTimes(symmetric(right.value, 'the matrix behind a vector', column), left.value, 'columns') }
  const remedy = left.kind === 'square' && right.kind === 'square' ? 'write mpow(L, 2) for the square of a matrix; two matrices stand beside a vector, L*(K*g)' : 'matrices [rows, rows] stand before a vector, [columns, columns] behind it: L*g*R'
  throw new InputError(`${nameOf(left)} times ${nameOf(right)}`, remedy, { column })
}

/**
 * A sum, product, quotient or power in which there is a matrix; undefined where there is none.
 * @throws InputError with the column for shapes that do not fit
 */
export function matrixBinary(operator: '+' | '-' | '*' | '/' | '^', left: Value, right: Value, column: number): Value | undefined {
  if (isPlain(left) && isPlain(right)) return undefined
  switch (operator) {
    case '+':
      return sum(left, right, 1, column)
    case '-':
      return sum(left, right, -1, column)
    case '*':
      return product(left, right, column)
    case '/':
      if (right.kind === 'scalar') return product({ kind: 'scalar', value: pow(right.value, num(-1)) }, left, column)
      if (right.kind === 'unknown') return UNKNOWN
      throw new InputError(`${nameOf(left)} divided by ${nameOf(right)}`, 'the inverse of a symmetric positive matrix is mpow(L, -1)', { column })
    case '^':
      if (left.kind === 'unknown' || right.kind === 'unknown') return UNKNOWN
      throw new InputError(`${nameOf(left)} to the power of ${nameOf(right)}`, 'real powers of symmetric positive matrices are written mpow(L, -1/4)', { column })
  }
}

/** −x of a matrix. */
export const negativeMatrix = (x: Value): Value | undefined => (isPlain(x) ? undefined : product({ kind: 'scalar', value: num(-1) }, x, 0))

/** Functions of matrices in products. */
export const MATRIX_FUNCTIONS: readonly string[] = ['transpose', 'mpow', 'diag']

/**
 * transpose(x), mpow(S, p), diag(S), or any function of a matrix; undefined where there is none.
 * @throws InputError with the column for what is no argument of it
 */
export function matrixCall(name: string, args: readonly Value[], column: number): Value | undefined {
  const [x, exponent] = args
  const count = name === 'mpow' ? 2 : 1
  if (!MATRIX_FUNCTIONS.includes(name)) {
    const matrix = args.find((a) => !isPlain(a))
    if (matrix === undefined || matrix.kind === 'unknown') return matrix
    throw new InputError(`${name}(…) of ${nameOf(matrix)}`, `matrices have products with vectors, L*g, and ${MATRIX_FUNCTIONS.join(', ')}`, { column })
  }
  if (x === undefined || args.length !== count) throw new InputError(`${name} takes ${count} argument${count === 1 ? '' : 's'}, not ${args.length}`, 'mend the call', { column })
  // What is transposed is a vector: matrices are symmetric.
  if (x.kind === 'unknown') return name === 'transpose' ? { kind: 'transposed', value: { terms: [] } } : UNKNOWN
  if (name === 'transpose' && x.kind === 'vector') return { kind: 'transposed', value: x.value }
  if (name === 'transpose' && x.kind === 'transposed') return { kind: 'vector', value: x.value }
  if (x.kind !== 'square') throw new InputError(`${name}(…) of ${nameOf(x)}`, name === 'transpose' ? 'write transpose(g)' : 'it takes a matrix such as g*transpose(g)', { column })
  const square = symmetric(x.value, `the argument of ${name}`, column)
  if (name === 'transpose') return x
  if (name === 'diag') return squareValue(diagonalPart(square))
  if (exponent?.kind === 'scalar') return squareValue(powerOf(square, exponent.value))
  throw new InputError(`the exponent of mpow is ${exponent === undefined ? 'missing' : nameOf(exponent)}`, 'write e.g. mpow(L, -1/4)', { column })
}

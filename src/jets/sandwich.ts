import { ONE, factorsOf, mul, num, pow } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { type Sandwich, type Side, type Square, combineSquares } from './square.js'
import { type Vector, ZERO_VECTOR, fieldAt, pointOf, scaleVector, tensor, vectorOf } from './vector.js'

/** What divides the numbers before all factors of a sum. */
function commonFactor({ terms: [first, ...others] }: Square): Expr {
  if (first === undefined || others.length === 0) return first?.coefficient ?? ONE
  const shared = factorsOf(first.coefficient).filter((f) => others.every((t) => factorsOf(t.coefficient).some((other) => other.base === f.base && other.exponent === f.exponent)))
  return mul(...shared.map((f) => pow(f.base, f.exponent)))
}

/** The vector that is a matrix times a vector, from the left (`rows`) or from the right (`columns`): the gradient of ½⟨x, S x⟩ at x, linear in x. */
export function squareTimes(square: Square, x: Vector, side: Side): Vector {
  const [factor, beside] = square.terms
  const [term, another] = x.terms
  if (term === undefined || factor === undefined) return ZERO_VECTOR
  if (another === undefined && term.coefficient !== ONE) return scaleVector(term.coefficient, squareTimes(square, vectorOf(term.atom), side))
  const common = commonFactor(square)
  if (common !== ONE) return scaleVector(common, squareTimes(combineSquares([[pow(common, num(-1)), square]]), x, side))
  if (beside === undefined && factor.factor.kind === 'identity') return x
  const place = side === 'rows' ? 'left' : 'right'
  const known = another === undefined && term.atom.kind === 'tensor' ? term.atom.field : undefined
  const merged = known?.sandwich !== undefined && known.sandwich[place] === undefined
  const sandwich = { ...(merged ? known.sandwich : {}), [place]: { ...square, side } }
  return tensor(fieldAt({ name: 'product', slots: 0, gradient: 'product', sandwich }, { name: '', point: merged ? pointOf(known) : x }), [], [], true)
}

/** L x R. */
export function sandwiched({ left, right }: Sandwich, x: Vector): Vector {
  const inner = right === undefined ? x : squareTimes(right, x, 'columns')
  return left === undefined ? inner : squareTimes(left, inner, 'rows')
}

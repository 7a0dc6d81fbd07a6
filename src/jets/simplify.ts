import { add, mul, num, pow, sym } from '../algebra/build.js'
import { polynomialCoefficients } from '../algebra/factor.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { collectContractions } from './collect.js'
import { type Vector, combine, vectorOf } from './vector.js'

/** The coefficients of a vector in lowest terms. */
export const simplifyVector = (x: Vector): Vector => combine(x.terms.map((t) => [factored(t.coefficient), vectorOf(t.atom)] as const))

/** A scalar with contractions collected and coefficients in lowest terms. */
export const simplifyScalar = (e: Expr): Expr => collectContractions(e, factored)

/** Σ ηⁿ·cₙ with each cₙ factored, as an expansion in the learning rate is written. */
export function byPowersOfEta(e: Expr): Expr {
  const coefficients = polynomialCoefficients(e, 'eta')
  return coefficients === undefined ? factored(e) : add(...coefficients.map((c, n) => mul(pow(sym('eta'), num(n)), factored(c))))
}

/** A vector whose coefficients are written as expansions in the learning rate. */
export const vectorByPowersOfEta = (x: Vector): Vector => combine(x.terms.map((t) => [byPowersOfEta(t.coefficient), vectorOf(t.atom)] as const))

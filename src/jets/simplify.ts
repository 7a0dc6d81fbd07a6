import { add, mul, num, pow, sym, symbolsOf } from '../algebra/build.js'
import { expand } from '../algebra/expand.js'
import type { Expr } from '../algebra/expr.js'
import { polynomialCoefficients } from '../algebra/factor.js'
import { remembered } from '../algebra/memo.js'
import { factored, inLowestTerms, unlessSwollen, withSettledRoots } from '../algebra/squareFree.js'
import { collectContractions } from './collect.js'
import { type Vector, combine, vectorOf } from './vector.js'

/** What the roots in the coefficients of a vector are of in lowest terms. */
export const withRootsSettled = (x: Vector): Vector => combine(x.terms.map((t) => [withSettledRoots(t.coefficient), vectorOf(t.atom)] as const))

/** The coefficients of a vector in lowest terms. */
export const simplifyVector = (x: Vector): Vector => combine(withRootsSettled(x).terms.map((t) => [factored(t.coefficient), vectorOf(t.atom)] as const))

/** A scalar with contractions collected and coefficients in lowest terms. */
export const simplifyScalar = (e: Expr): Expr => collectContractions(e, factored)

/** Σ ηⁿ·cₙ with each cₙ factored, as an expansion in the learning rate is written. */
export const byPowersOfEta = remembered((e: Expr): Expr => {
  if (!symbolsOf(e).has('eta')) return unlessSwollen(inLowestTerms(e) ?? expand(e), e)
  const coefficients = polynomialCoefficients(e, 'eta')
  return coefficients === undefined ? factored(e) : add(...coefficients.map((c, n) => mul(pow(sym('eta'), num(n)), factored(c))))
})

/** A scalar with contractions collected, their coefficients written as expansions in the learning rate. */
export const scalarByPowersOfEta = (e: Expr): Expr => collectContractions(e, byPowersOfEta)

/** Σ ηⁿ·seriesₙ with coefficients written as expansions in the learning rate. */
export const summedByPowersOfEta = (series: readonly Vector[]): Vector =>
  combine(series.flatMap((x, n) => x.terms.map((t) => [mul(pow(sym('eta'), num(n)), byPowersOfEta(t.coefficient)), vectorOf(t.atom)] as const)))

import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { collectContractions } from './collect.js'
import { type Vector, combine, vectorOf } from './vector.js'

/** The coefficients of a vector in lowest terms. */
export const simplifyVector = (x: Vector): Vector => combine(x.terms.map((t) => [factored(t.coefficient), vectorOf(t.atom)] as const))

/** A scalar with contractions collected and coefficients in lowest terms. */
export const simplifyScalar = (e: Expr): Expr => collectContractions(e, factored)

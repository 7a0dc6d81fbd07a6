import * as fc from 'fast-check'
import { ONE, PI, EULER, add, call, derivativeOf, frac, integralNode, mul, num, pow, sym } from '../../src/algebra/build.js'
import { type Expr, FUNCTIONS } from '../../src/algebra/expr.js'

export const NAMES = ['x', 'y', 'eta', 'lambda_1', 's'] as const

/** A small exact fraction. */
export const fraction: fc.Arbitrary<Expr> = fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: 1, max: 5 })).map(([n, d]) => frac(n, d))
export const symbol: fc.Arbitrary<Expr> = fc.constantFrom(...NAMES).map(sym)

/** A power; 0 to a negative power has no value, so it becomes 1. */
export function safePow(base: Expr, exponent: Expr): Expr {
  try {
    return pow(base, exponent)
  } catch (error) {
    if (error instanceof RangeError) return ONE
    throw error
  }
}

const exponent = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 4 }).map(num) },
  { weight: 1, arbitrary: fc.constantFrom(frac(1, 2), frac(-1, 2), frac(1, 3), frac(-5, 2), sym('a'), mul(num(-2), sym('y')), add(sym('x'), ONE)) },
)

/** Rational expressions in `NAMES`. */
export const rationalExpr: fc.Arbitrary<Expr> = fc.letrec<{ e: Expr }>((tie) => ({
  e: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(fraction, symbol),
    fc.array(tie('e'), { minLength: 2, maxLength: 3 }).map((xs) => add(...xs)),
    fc.array(tie('e'), { minLength: 2, maxLength: 3 }).map((xs) => mul(...xs)),
    fc.tuple(tie('e'), fc.integer({ min: -2, max: 3 })).map(([e, n]) => safePow(e, num(n))),
  ),
})).e

/** Canonical expressions of every kind but atoms. */
export const anyExpr: fc.Arbitrary<Expr> = fc.letrec<{ e: Expr }>((tie) => ({
  e: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(fraction, symbol, fc.constantFrom(PI, EULER), fc.integer({ min: 1, max: 3 }).map((n) => derivativeOf(sym('q'), 't', n))),
    fc.array(tie('e'), { minLength: 2, maxLength: 4 }).map((xs) => add(...xs)),
    fc.array(tie('e'), { minLength: 2, maxLength: 3 }).map((xs) => mul(...xs)),
    fc.tuple(tie('e'), exponent).map(([e, n]) => safePow(e, n)),
    tie('e').map((e) => pow(EULER, e)),
    fc.tuple(fc.constantFrom(...FUNCTIONS), tie('e'), tie('e')).map(([name, x, y]) =>
      name === 'min' || name === 'max' ? call(name, x, y) : name === 'log' && x.kind === 'number' ? sym('x') : call(name, x),
    ),
    fc.tuple(tie('e'), fc.constantFrom('s', 'x'), tie('e'), tie('e')).map(([e, s, a, b]) => integralNode(e, s, a, b)),
  ),
})).e

import { HALF, ONE, ZERO, add, call, div, isZero, mul, neg, sub, symbolsOf } from './build.js'
import { subexpressions, substitute } from './calculus.js'
import type { Expr } from './expr.js'
import { polynomialCoefficients } from './factor.js'

/** min, max and |·| of the variable by signs: |u| = u·sign(u), max and min are (u + v ± |u − v|)/2. */
export function bySigns(e: Expr, x: string): Expr {
  const magnitude = (u: Expr): Expr => mul(u, call('sign', u))
  const put = new Map<Expr, Expr>()
  for (const y of subexpressions(e)) {
    if (y.kind !== 'call' || !symbolsOf(y).has(x)) continue
    const [u = ZERO, v = ZERO] = y.args.map((a) => substitute(a, put))
    if (y.name === 'abs') put.set(y, magnitude(u))
    if (y.name === 'min') put.set(y, mul(HALF, sub(add(u, v), magnitude(sub(u, v)))))
    if (y.name === 'max') put.set(y, mul(HALF, add(u, v, magnitude(sub(u, v)))))
  }
  return substitute(e, put)
}

/** A sign of a linear function of the variable in an expression, and where it jumps. */
export interface Jump {
  readonly sign: Expr
  readonly at: Expr
}

/** The signs of an expression, min, max and |·| written by them; undefined if one is of no linear function. */
export function jumpsOf(e: Expr, x: string): readonly Jump[] | undefined {
  const signs = [...subexpressions(e)].filter((y) => y.kind === 'call' && y.name === 'sign' && symbolsOf(y).has(x))
  const jumps = signs.map((sign): Jump | undefined => {
    const [u = ZERO] = sign.kind === 'call' ? sign.args : []
    const [offset = ZERO, slope = ZERO, ...higher] = polynomialCoefficients(u, x) ?? [ZERO, ZERO, ONE]
    return higher.length > 0 || isZero(slope) ? undefined : { sign, at: neg(div(offset, slope)) }
  })
  return jumps.every((j) => j !== undefined) ? jumps : undefined
}

/**
 * An antiderivative, not yet verified, of a function with signs of linear functions (so |·|, min and max of them): of sign(u)·h it is
 * sign(u)·(H(x) − H(x₀)) with u(x₀) = 0, which does not jump where u changes sign.
 * @param smooth antiderivative of what has fewer signs
 * @returns undefined where there is no sign, or none that it can treat
 */
export function piecewiseIntegral(e: Expr, x: string, smooth: (h: Expr) => Expr | undefined): Expr | undefined {
  const written = bySigns(e, x)
  const [jump] = jumpsOf(written, x) ?? []
  if (jump === undefined) return undefined
  const coefficients = polynomialCoefficients(written, jump.sign)
  if (coefficients === undefined) return undefined
  const [even, odd] = [0, 1].map((parity) => add(...coefficients.filter((_, n) => n % 2 === parity)))
  const [whole, kinked] = [even, odd].map((part = ZERO) => (isZero(part) ? ZERO : (piecewiseIntegral(part, x, smooth) ?? smooth(part))))
  if (whole === undefined || kinked === undefined) return undefined
  return add(whole, mul(jump.sign, sub(kinked, substitute(kinked, { [x]: jump.at }))))
}

import { HALF, ONE, TWO, add, mul, num, pow, sub } from './build.js'
import { expand } from './expand.js'
import type { Expr } from './expr.js'
import { remembered } from './memo.js'

/**
 * The u of log(u + √(u² + 1)) = asinh u (DLMF 4.37.16), given what the logarithm is of: where u is negative the sum cancels, so that neither its
 * value nor its derivative may be computed as they are written.
 * @returns undefined for what is no such sum.
 */
export const arcsinhArgument = remembered((e: Expr): Expr | undefined => {
  if (e.kind !== 'sum') return undefined
  for (const { coefficient, factor } of e.terms) {
    const [root, other] = factor.kind === 'product' ? factor.factors : []
    if (root === undefined || other !== undefined || root.exponent !== HALF || coefficient.num < 0n) continue
    const u = sub(e, mul(num(coefficient), factor))
    if (expand(sub(mul(pow(num(coefficient), TWO), root.base), pow(u, TWO))) === ONE) return u
  }
  return undefined
})

/** √(u² + 1). */
export const rootOf = (u: Expr): Expr => pow(add(pow(u, TWO), ONE), HALF)

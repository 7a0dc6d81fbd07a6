import { HALF, ONE, TWO, add, div, mul, neg, num, pow, sub } from './build.js'
import { expand } from './expand.js'
import type { Expr } from './expr.js'
import { remembered } from './memo.js'

const MINUS_ONE = neg(ONE)

/** The u of log(u + √(u² ± 1)), given what the logarithm is of, and which sign; undefined for what is no such sum. */
const withRoot = remembered((e: Expr): { readonly u: Expr; readonly sign: 1 | -1 } | undefined => {
  if (e.kind !== 'sum') return undefined
  for (const { coefficient, factor } of e.terms) {
    const [root, other] = factor.kind === 'product' ? factor.factors : []
    if (root === undefined || other !== undefined || root.exponent !== HALF || coefficient.num < 0n) continue
    const u = sub(e, mul(num(coefficient), factor))
    const rest = expand(sub(mul(pow(num(coefficient), TWO), root.base), pow(u, TWO)))
    if (rest === ONE || rest === MINUS_ONE) return { u, sign: rest === ONE ? 1 : -1 }
  }
  return undefined
})

/**
 * The u of log(u + √(u² + 1)) = asinh u (DLMF 4.37.16), given what the logarithm is of: where u is negative the sum cancels, so that neither its
 * value nor its derivative may be computed as they are written.
 * @returns undefined for what is no such sum.
 */
export function arcsinhArgument(e: Expr): Expr | undefined {
  const found = withRoot(e)
  return found?.sign === 1 ? found.u : undefined
}

/** √(u² + 1). */
export const rootOf = (u: Expr): Expr => pow(add(pow(u, TWO), ONE), HALF)

/** √(1 + u) √(±(1 − u)), where neither is lost in the square of u. */
const roots = (u: Expr, inside: Expr): Expr => mul(pow(add(u, ONE), HALF), pow(inside, HALF))

/**
 * What is a logarithm and is computed as times · asinh(of) instead: asinh u itself; acosh u = log(u + √(u² − 1)), whose square would overflow,
 * as asinh √(u² − 1); 2 atanh u = log((1 + u)/(1 − u)), which small u are lost in, as 2 asinh(u/√(1 − u²)).
 * @param e what the logarithm is of. @returns undefined for any other.
 */
export const arcsinhForm = remembered((e: Expr): { readonly times: 1 | 2; readonly of: Expr } | undefined => {
  const found = withRoot(e)
  if (found !== undefined) return { times: 1, of: found.sign === 1 ? found.u : roots(found.u, sub(found.u, ONE)) }
  if (e.kind !== 'product' || e.factors.length !== 2) return undefined
  const above = e.factors.find(({ exponent }) => exponent === ONE)
  const below = e.factors.find(({ exponent }) => exponent === MINUS_ONE)
  if (above === undefined || below === undefined) return undefined
  const whole = add(above.base, below.base)
  if (whole.kind !== 'number' || whole.value.num === 0n) return undefined
  const u = expand(div(sub(above.base, below.base), whole))
  return { times: 2, of: div(u, roots(u, sub(ONE, u))) }
})

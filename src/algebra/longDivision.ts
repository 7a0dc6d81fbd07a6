import { ONE, ZERO, div, mul, sub } from './build.js'
import type { Expr } from './expr.js'
import { factored } from './squareFree.js'

/** Quotient and remainder of polynomials by their coefficients, constant first; the divisor's last one is not zero. */
export function longDivision(dividend: readonly Expr[], divisor: readonly Expr[]): { readonly quotient: readonly Expr[]; readonly remainder: readonly Expr[] } {
  const rest = [...dividend]
  const quotient: Expr[] = []
  for (let n = dividend.length - divisor.length; n >= 0; n -= 1) {
    const c = factored(div(rest.pop() ?? ZERO, divisor.at(-1) ?? ONE))
    quotient[n] = c
    for (const [j, d] of divisor.slice(0, -1).entries()) rest[n + j] = factored(sub(rest[n + j] ?? ZERO, mul(c, d)))
  }
  return { quotient, remainder: rest }
}

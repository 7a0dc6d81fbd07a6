import { ONE, asRational, div, factorsOf, linearCombination, mul, num, scaleBy, sub, termsOf } from './build.js'
import { expand } from './expand.js'
import type { Expr, Factor, Term } from './expr.js'
import { remembered } from './memo.js'
import { floorR, invR, isIntegerR, rational } from './rational.js'

/** The leading term of a sum: the first that is no number. */
const leadOf = (sum: Expr): Term | undefined => termsOf(sum).find(({ factor }) => factor !== ONE)

const divides = (divisor: Expr, factor: Expr): boolean =>
  factorsOf(divisor).every((d) => factorsOf(factor).some((f) => f.base === d.base && (asRational(sub(f.exponent, d.exponent))?.num ?? -1n) >= 0n))

/** The sum under a fraction whose leading term divides what is above it. */
function divisorOf(factor: Expr): { readonly sum: Expr; readonly lead: Term } | undefined {
  const below = factorsOf(factor).filter(({ base, exponent }: Factor) => base.kind === 'sum' && (asRational(exponent)?.num ?? 0n) < 0n)
  const found = below.map(({ base: sum }) => ({ sum, lead: leadOf(sum) }))
  for (const { sum, lead } of found) if (lead !== undefined && divides(lead.factor, factor)) return { sum, lead }
  return undefined
}

/**
 * Σ fractions with nothing above a sum that its leading term divides: x/(x + y) is 1 − y/(x + y), and (x − y)/x is 1 − y/x. So 1 is no
 * combination of the fractions beside it, for which a sum D and its inverse are related by D⁻¹·D = 1 alone.
 */
export function inFractions(e: Expr): Expr {
  return linearCombination(termsOf(expand(e)).map(({ coefficient, factor }) => {
    const found = divisorOf(factor)
    if (found === undefined) return { coefficient, factor }
    const { sum, lead } = found
    const above = mul(num(invR(lead.coefficient)), div(factor, lead.factor))
    const rest = sub(sum, scaleBy(lead.coefficient, lead.factor))
    return { coefficient, factor: inFractions(sub(mul(above, sum), mul(above, rest))) }
  }))
}

/** An exponent as a whole number and multiples of monomials. */
export interface SplitExponent {
  readonly whole: bigint
  readonly parts: readonly { readonly monomial: Expr; readonly times: bigint }[]
}

/**
 * b^(2k + 3) is (b^k)²·b³, and b^((m − n)/m) is b/b^(n/m): whole numbers come out of an exponent that is no number, however it is written, so that
 * powers of one base are seen to be related.
 */
export const splitExponent = remembered((given: Expr): SplitExponent => {
  const exponent = inFractions(given)
  const whole = exponent.kind === 'sum' ? floorR(exponent.constant) : floorR(asRational(exponent) ?? rational(0))
  const parts = termsOf(sub(exponent, num(whole))).map(({ coefficient, factor }) =>
    isIntegerR(coefficient) && factor !== ONE ? { monomial: factor, times: coefficient.num } : { monomial: scaleBy(coefficient, factor), times: 1n },
  )
  return { whole, parts }
})

import { EULER, ONE, ZERO, asRational, div, factorsOf, isZero, linearCombination, mul, num, scaleBy, sub, termsOf } from './build.js'
import { expand } from './expand.js'
import { type Expr, type Factor, type Term, compareExpr } from './expr.js'
import { remembered } from './memo.js'
import { R0, floorR, invR, isIntegerR, mulR, rational } from './rational.js'

/** Which of two monomials is before the other in the lexicographic order of their exponents, which multiplication keeps. */
function compareMonomials(a: Expr, b: Expr): number {
  const bases = [...factorsOf(a), ...factorsOf(b)].map((f) => f.base).sort(compareExpr)
  const difference = bases.map((base) => sub(exponentOf(a, base), exponentOf(b, base))).find((d) => !isZero(d))
  return difference === undefined ? 0 : compareExpr(difference, ZERO)
}

const exponentOf = (e: Expr, base: Expr): Expr => factorsOf(e).find((f) => f.base === base)?.exponent ?? ZERO

const isWhole = (e: Expr): boolean => e.kind === 'number' && e.value.den === 1n && e.value.num > 0n

/** The leading term of a sum that is a polynomial. */
const leadOf = (sum: Expr): Term | undefined =>
  termsOf(sum).every(({ factor }) => factorsOf(factor).every((f) => isWhole(f.exponent))) ? termsOf(sum).toSorted((x, y) => compareMonomials(y.factor, x.factor))[0] : undefined

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
function inFractions(e: Expr): Expr {
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

/** The terms that an exponent of a base is a sum of. Powers of e have no relation to their base, and keep their fractions as they are written. */
export const termsOfExponent = (base: Expr, exponent: Expr): readonly Term[] => termsOf(base === EULER ? expand(exponent) : inFractions(exponent))

/**
 * b^(2k + 3) is (b^k)²·b³, and b^((m − n)/m) is b/b^(n/m): whole numbers come out of an exponent that is no number, however it is written, so that
 * powers of one base are seen to be related.
 */
export const splitExponent = (base: Expr, exponent: Expr): SplitExponent => (base === EULER ? split : splitFractions)(exponent)

/** The same with exponents of e multiplied out, for comparison: a number under exp has one value however its exponent is written. */
export const splitExpanded = (base: Expr, exponent: Expr): SplitExponent => (base === EULER ? splitSums(exponent) : splitExponent(base, exponent))

/** The same with powers of e taken apart into their roots, so that e^(−x/8) is a power of what e^(x/16) is one of: for numbers modulo a prime, where high powers cost nothing. */
export const splitIntoRoots = (base: Expr, exponent: Expr): SplitExponent => (base === EULER ? splitRoots(exponent) : splitExponent(base, exponent))

/** A multiple of most numbers that are below fractions of exponents. */
const ROOTS = rational(2n ** 8n * 3n ** 4n * 5n ** 2n * 7n, 1n)

/** Whether an exponent of e has fractions for coefficients: powers of e that are related only through their roots. */
export const hasFractions = (exponent: Expr): boolean => splitSums(exponent).parts.some(({ monomial }) => monomial !== ONE && termsOf(monomial).some(({ coefficient }) => !isIntegerR(coefficient)))

const splitSums = remembered((exponent) => split(expand(exponent)))
const splitRoots = remembered((exponent) => {
  const { whole, parts } = splitSums(exponent)
  const inRoots = parts.flatMap(({ monomial, times }) => termsOf(scaleBy(rational(times, 1n), monomial))).map(({ coefficient, factor }) => {
    const power = mulR(coefficient, ROOTS)
    return isIntegerR(power) ? { monomial: scaleBy(invR(ROOTS), factor), times: power.num } : { monomial: scaleBy(coefficient, factor), times: 1n }
  })
  return { whole, parts: inRoots }
})
const splitFractions = remembered((exponent) => split(inFractions(exponent)))

function split(exponent: Expr): SplitExponent {
  const whole = floorR(exponent.kind === 'sum' ? exponent.constant : (asRational(exponent) ?? R0))
  const parts = termsOf(sub(exponent, num(whole))).map(({ coefficient, factor }) =>
    isIntegerR(coefficient) && factor !== ONE ? { monomial: factor, times: coefficient.num } : { monomial: scaleBy(coefficient, factor), times: 1n },
  )
  return { whole, parts }
}

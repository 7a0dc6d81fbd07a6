import { EULER, ONE, factorsOf, neg, termsOf } from './build.js'
import { withContents, withJoinedRoots } from './content.js'
import type { Expr, Factor, Term } from './expr.js'
import { EVEN, ODD } from './function.js'
import { remembered } from './memo.js'
import { type Rational, absR, isZeroR, toNumber } from './rational.js'

/** A term as it is written: sign, numbers and factors above and below the fraction bar, all exponents below made positive. */
export interface Fraction {
  readonly negative: boolean
  readonly number: Rational
  readonly above: readonly Factor[]
  readonly below: readonly Factor[]
}

const isNegative = (exponent: Expr): boolean =>
  exponent.kind === 'number'
    ? exponent.value.num < 0n
    : exponent.kind === 'sum' && isZeroR(exponent.constant) && exponent.terms.every((t) => t.coefficient.num < 0n)

const RANK = { number: 0, constant: 1, symbol: 2, sum: 3, product: 3, call: 5, derivative: 6, atom: 7, integral: 8, indexed: 9 } as const
/** Numbers, symbols, sums, exponentials, calls, rates, opaque quantities, integrals: coefficients come before what they multiply. */
const rank = (f: Factor): number => (f.base === EULER ? 4 : RANK[f.base.kind])

const isBelow = (f: Factor): boolean => f.base !== EULER && isNegative(f.exponent)

const isWhole = (exponent: Expr): exponent is Extract<Expr, { kind: 'number' }> => exponent.kind === 'number' && exponent.value.den === 1n
const isOdd = (exponent: Expr): boolean => isWhole(exponent) && exponent.value.num % 2n !== 0n

/** Whether −base would be written with a positive leading term where base is not: 1 − x² against x² − 1. */
const isFlippable = ({ base, exponent }: Factor): boolean =>
  base.kind === 'sum' && isOdd(exponent) && (naturalOrder(base)[0]?.coefficient.num ?? 1n) < 0n

/** Whether a person would write a term with a minus: −x, and (a − 1)·x as −(1 − a)·x. */
const isNaturallyNegative = ({ coefficient, factor }: Term): boolean => factorsOf(factor).filter(isFlippable).length % 2 === (coefficient.num < 0n ? 0 : 1)

/** An odd or even function whose argument has nothing but negative terms, written with that of the argument without them: −sin(x + y) for sin(−x − y). */
export function orientedFactor({ base, exponent }: Factor): Factor & { readonly negative: boolean } {
  const [argument] = base.kind === 'call' && (ODD.has(base.name) || EVEN.has(base.name)) && isWhole(exponent) ? base.args : []
  if (base.kind !== 'call' || argument === undefined || !termsOf(argument).every(isNaturallyNegative)) return { base, exponent, negative: false }
  // Made to be written only: not the canonical form, which has the sign that the order of its terms gives it.
  return { base: { ...base, args: [neg(argument)] }, exponent, negative: ODD.has(base.name) && isOdd(exponent) }
}

const holdsOpaque = ({ factor }: Term): boolean => factor.kind === 'atom' || (factor.kind === 'product' && factor.factors.some((f) => f.base.kind === 'atom'))

/** Whether a factor is a difference of opaque quantities, of which neither sign is the natural one. */
const isDifference = ({ base, exponent }: Factor): boolean =>
  base.kind === 'sum' && exponent === ONE && isZeroR(base.constant) && base.terms.every(holdsOpaque) && base.terms.some((t) => t.coefficient.num < 0n)

/** Whether a factor is a sum of opaque quantities of which most are taken away. */
const isMostlyNegative = ({ base, exponent }: Factor): boolean =>
  base.kind === 'sum' && isOdd(exponent) && isZeroR(base.constant) && base.terms.every(holdsOpaque) && 2 * base.terms.filter((t) => t.coefficient.num < 0n).length > base.terms.length

/** The factors that are written with the other sign: of a negative term one that takes its sign, of others a pair that reads better so. */
function flippedFactors(negative: boolean, factors: readonly Factor[]): readonly Factor[] {
  const [flippable, difference] = [factors.find(isFlippable), factors.find(isDifference)]
  if (negative) return [flippable ?? factors.find(isMostlyNegative) ?? difference].filter((f) => f !== undefined)
  if (flippable !== undefined && difference !== undefined && flippable !== difference) return [flippable, difference]
  const [one, other] = factors.filter(isMostlyNegative)
  return one === undefined || other === undefined ? [] : [one, other]
}

/**
 * Splits a term `coefficient·factor` into numerator and denominator, factors in the order of writing; −1/(1 − x²) becomes 1/(x² − 1), and of opaque
 * quantities a and b −c·(a − b) becomes c·(b − a).
 */
export function fractionOf(term: Term): Fraction {
  const { coefficient, factors: own } = withContents(term.coefficient, factorsOf(term.factor), naturalOrder)
  const { factors: joined, turned } = withJoinedRoots(own)
  const factors = joined.map(orientedFactor)
  const negative = ((factors.filter((f) => f.negative).length % 2 === 1) !== turned) !== (coefficient.num < 0n)
  const flipped = flippedFactors(negative, factors)
  const ordered = factors
    .map((f) => (flipped.includes(f) ? { base: neg(f.base), exponent: f.exponent } : f))
    .sort((a, b) => rank(a) - rank(b))
  return {
    negative: negative && flipped.length === 0,
    number: absR(coefficient),
    above: ordered.filter((f) => !isBelow(f)),
    below: ordered.filter(isBelow).map((f) => ({ base: f.base, exponent: neg(f.exponent) })),
  }
}

/** The highest order of a derivative in a term, directly among its factors. */
const rateOrder = (factor: Expr): number =>
  Math.max(0, ...(factor.kind === 'product' ? factor.factors.map((f) => f.base) : [factor]).map((b) => (b.kind === 'derivative' ? b.order : 0)))

const degreeOf = ({ base, exponent }: Factor): number => {
  if (base.kind === 'call' || base.kind === 'constant' || base.kind === 'number') return 0
  return exponent.kind === 'number' ? toNumber(exponent.value) : 1
}

/** Total degree of a term in its symbols and rates; other factors do not count. */
const degree = (factor: Expr): number =>
  factor.kind === 'product' ? factor.factors.reduce((sum, f) => sum + degreeOf(f), 0) : degreeOf({ base: factor, exponent: ONE })

/** The only base that the terms are powers of with integer exponents, if the highest is at least 2. */
function isPolynomialInOne(terms: readonly Term[]): boolean {
  const powers = terms.filter((t) => t.factor !== ONE).map((t) => (t.factor.kind === 'product' ? t.factor.factors : [{ base: t.factor, exponent: ONE }]))
  const [base] = powers.map((factors) => factors[0]?.base)
  return powers.every((f) => f.length === 1 && f[0]?.base === base) && terms.some((t) => degree(t.factor) >= 2)
}

/** Higher rates first (differential equations), polynomials in one quantity by falling degree, anything else by rising degree (1 − ηλ). */
const naturalOrder = remembered((e: Extract<Expr, { kind: 'sum' }>): readonly Term[] => {
  const terms = isZeroR(e.constant) ? e.terms : [{ coefficient: e.constant, factor: ONE }, ...e.terms]
  const direction = isPolynomialInOne(terms) ? -1 : 1
  const keyed = terms.map((term) => ({ term, rate: rateOrder(term.factor), degree: direction * degree(term.factor) }))
  return keyed.sort((a, b) => b.rate - a.rate || a.degree - b.degree).map(({ term }) => term)
})

/** The terms of a sum in the order of writing: `naturalOrder`, or its reverse or with a positive term moved first if it would start with a minus. */
export function writtenTerms(e: Extract<Expr, { kind: 'sum' }>): readonly Term[] {
  const ordered = naturalOrder(e)
  if (ordered[0] === undefined || ordered[0].coefficient.num > 0n) return ordered
  if (isPolynomialInOne(ordered) && (ordered.at(-1)?.coefficient.num ?? 0n) > 0n) return ordered.toReversed()
  const lead = ordered.findIndex((t) => t.coefficient.num > 0n)
  return lead < 0 ? ordered : ordered.filter((_, i) => i === lead).concat(ordered.filter((_, i) => i !== lead))
}

import { div, mapParts, mul, num, pow } from './build.js'
import type { Expr } from './expr.js'
import { remembered } from './memo.js'
import {
  Budget, BudgetExceeded, type Polynomial, coefficientsIn, contentOf, exactly, fromCoefficients, gcdP, mulP, subP, variableOf,
} from './polynomial.js'
import { polynomialExpr, rationalForm } from './rational-form.js'
import { termsWritten } from './written.js'

interface Power {
  readonly factor: Polynomial
  readonly multiplicity: number
}

/** Coefficient operations before a factorization is given up. */
const BUDGET = 20_000

function derivativeP(p: Polynomial, variable: number, budget: Budget): Polynomial {
  return fromCoefficients(variable, coefficientsIn(p, variable).slice(1).map((c, i) => mulP(c, BigInt(i + 1), budget)))
}

/** Yun's algorithm for a polynomial that is primitive in its main variable. */
function yun(p: Polynomial, variable: number, budget: Budget): readonly Power[] {
  const found: Power[] = []
  const slope = derivativeP(p, variable, budget)
  const common = gcdP(p, slope, budget)
  let rest = exactly(p, common, budget)
  let defect = subP(exactly(slope, common, budget), derivativeP(rest, variable, budget))
  for (let multiplicity = 1; variableOf(rest) >= variable; multiplicity += 1) {
    const factor = gcdP(rest, defect, budget)
    if (variableOf(factor) >= variable) found.push({ factor, multiplicity })
    rest = exactly(rest, factor, budget)
    defect = subP(exactly(defect, factor, budget), derivativeP(rest, variable, budget))
  }
  return found
}

/** Square-free factors with their multiplicities, contents factored in turn; the integer content is left out. */
function squareFreeFactors(p: Polynomial, budget: Budget): readonly Power[] {
  if (typeof p === 'bigint') return []
  const variable = variableOf(p)
  const coefficients = coefficientsIn(p, variable)
  const content = contentOf(coefficients, budget)
  // Powers of the variable itself stand by themselves: lambda*(2 + eta*lambda).
  const multiplicity = coefficients.findIndex((c) => c !== 0n)
  const power = fromCoefficients(variable, [...Array.from({ length: multiplicity }, () => 0n), 1n])
  const own = multiplicity === 0 ? [] : [{ factor: fromCoefficients(variable, [0n, 1n]), multiplicity }]
  return [...squareFreeFactors(content, budget), ...own, ...yun(exactly(exactly(p, content, budget), power, budget), variable, budget)]
}

function factoredPolynomial(p: Polynomial, kernels: readonly Expr[], budget: Budget): Expr {
  const factors = squareFreeFactors(p, budget)
  let rest = p
  for (const f of factors) for (let i = 0; i < f.multiplicity; i += 1) rest = exactly(rest, f.factor, budget)
  return mul(polynomialExpr(rest, kernels), ...factors.map((f) => pow(polynomialExpr(f.factor, kernels), num(f.multiplicity))))
}

/** In factors, or expanded where that is too large to compute. */
function factoredOrExpanded(p: Polynomial, kernels: readonly Expr[]): Expr {
  try {
    return factoredPolynomial(p, kernels, new Budget(BUDGET))
  } catch (error) {
    if (error instanceof BudgetExceeded) return polynomialExpr(p, kernels)
    throw error
  }
}

/**
 * One fraction in lowest terms with numerator and denominator as products of powers of square-free factors (Yun 1976):
 * `1 - 2*eta*lambda + eta^2*lambda^2` becomes `(1 - eta*lambda)^2`. Undefined where the fraction is too large to compute.
 */
export const inLowestTerms = remembered((e: Expr): Expr | undefined => {
  if (e.kind === 'number' || e.kind === 'symbol') return e
  const form = rationalForm(e)
  return form === undefined ? undefined : div(factoredOrExpanded(form.numerator, form.kernels), factoredOrExpanded(form.denominator, form.kernels))
})

/** Another form may be this many times as long as what it is made of, and what is shorter than this is read in any form. */
const [LONGER, READABLE] = [10, 1000]

/** Another form of an expression, or itself where that is too long to read beside it. */
export const unlessSwollen = (form: Expr, e: Expr): Expr => (termsWritten(form) > Math.max(READABLE, LONGER * termsWritten(e)) ? e : form)

/** One fraction in lowest terms, or the expression itself where that is too large to compute or to read. */
export const factored = (e: Expr): Expr => unlessSwollen(inLowestTerms(e) ?? e, e)

const isWhole = (e: Expr): boolean => e.kind === 'number' && e.value.den === 1n

/** What roots are of in lowest terms: sqrt(x + x·y/(1 - y)) is sqrt(x/(1 - y)). */
export const withSettledRoots = remembered((e: Expr): Expr => {
  if (e.kind !== 'product') return e.kind === 'sum' ? mapParts(e, withSettledRoots) : e
  return mul(...e.factors.map(({ base, exponent }) => pow(isWhole(exponent) ? withSettledRoots(base) : factored(base), exponent)))
})

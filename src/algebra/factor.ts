import { ONE, ZERO, add, asRational, factorsOf, linearCombination, mul, num, pow, scaleBy, splitCoefficient, sym, symbolsOf, termsOf } from './build.js'
import { subexpressions } from './calculus.js'
import { expand } from './expand.js'
import type { Expr, Factor } from './expr.js'
import { compareR, invR } from './rational.js'
import { signedContent } from './sum.js'

const asExpr = (unknown: string | Expr): Expr => (typeof unknown === 'string' ? sym(unknown) : unknown)

/** Whether an expression contains another one, or for a symbol depends on it. */
export function contains(e: Expr, part: Expr): boolean {
  if (part.kind === 'symbol') return symbolsOf(e).has(part.name)
  return subexpressions(e).has(part) || [...subexpressions(e)].some((x) => x.kind === 'product' && factorsOf(x).some((f) => pow(f.base, f.exponent) === part))
}

/**
 * Coefficients of an expression as a polynomial in `unknown` (a name, or an expression such as a rate or an atom), constant first;
 * undefined if it is none.
 */
export function polynomialCoefficients(e: Expr, unknown: string | Expr): readonly Expr[] | undefined {
  const x = asExpr(unknown)
  const coefficients: Expr[] = []
  for (const { coefficient, factor } of termsOf(expand(e))) {
    const factors = factorsOf(factor)
    const power = factors.find((f) => f.base === x)
    const n = power === undefined ? { num: 0n, den: 1n } : asRational(power.exponent)
    const rest = mul(num(coefficient), ...factors.filter((f) => f !== power).map((f) => pow(f.base, f.exponent)))
    if (n === undefined || n.den !== 1n || n.num < 0n || n.num > 1000n || contains(rest, x)) return undefined
    const degree = Number(n.num)
    while (coefficients.length <= degree) coefficients.push(ZERO)
    coefficients[degree] = add(coefficients[degree] ?? ZERO, rest)
  }
  return coefficients
}

/** Σ cₙ·xⁿ with every coefficient a single factor; the expanded expression if it is no polynomial in `unknown`. */
export function collect(e: Expr, unknown: string | Expr): Expr {
  const coefficients = polynomialCoefficients(e, unknown)
  if (coefficients === undefined) return expand(e)
  return add(...coefficients.map((c, n) => mul(factorCommon(c), pow(asExpr(unknown), num(n)))))
}

/** The power of `base` in a term, if there is one. */
const powerIn = (factors: readonly Factor[], base: Expr): Expr | undefined => factors.find((f) => f.base === base)?.exponent

/** The factor b^n that all terms share: the smallest exponent if they are numbers, else only an equal one. */
function sharedPower(base: Expr, terms: readonly (readonly Factor[])[]): Expr {
  const exponents = terms.map((factors) => powerIn(factors, base))
  const numbers = exponents.map((n) => (n === undefined ? undefined : asRational(n)))
  const [first] = exponents
  if (first === undefined || exponents.includes(undefined)) return ONE
  if (exponents.every((n) => n === first)) return pow(base, first)
  const known = numbers.flatMap((n) => (n === undefined ? [] : [n]))
  const [least] = known.toSorted(compareR)
  return least === undefined || known.length < exponents.length ? ONE : pow(base, num(least))
}

/** A sum as (common factor)·(rest): the content of its coefficients and what all its terms share. Other expressions come back as they are. */
export function factorCommon(e: Expr): Expr {
  if (e.kind !== 'sum') return e
  const terms = termsOf(e).map((t) => factorsOf(t.factor))
  const common = mul(...(terms[0] ?? []).map((f) => sharedPower(f.base, terms)))
  if (common === ONE) return e
  const content = signedContent(e)
  const rest = linearCombination(
    termsOf(scaleBy(invR(content), e)).map((t) => {
      const { coefficient, factor } = splitCoefficient(mul(t.factor, pow(common, num(-1))))
      return { coefficient: t.coefficient, factor: scaleBy(coefficient, factor) }
    }),
  )
  return mul(num(content), common, rest)
}

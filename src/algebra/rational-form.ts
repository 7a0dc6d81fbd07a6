import { ONE, add, asRational, atom, div, mul, num, partsOf, pow, sym } from './build.js'
import { type Field, evaluateExact } from './evaluate.js'
import { type Expr, compareExpr } from './expr.js'
import {
  type Polynomial, Budget, BudgetExceeded, addP, divideP, gcdP, leadingNumber, mulP, negP, variable,
} from './polynomial.js'
import type { Rational } from './rational.js'

/** numerator/denominator, coprime, the denominator's leading number positive. */
interface Quotient {
  readonly numerator: Polynomial
  readonly denominator: Polynomial
}

/** An expression as a quotient of coprime polynomials with integer coefficients in `kernels`, variable i being kernel i. */
export interface RationalForm extends Quotient {
  readonly kernels: readonly Expr[]
}

function reduced(numerator: Polynomial, denominator: Polynomial, budget: Budget): Quotient {
  const common = gcdP(numerator, denominator, budget)
  const sign = leadingNumber(denominator) < 0n
  const [n, d] = [divideP(numerator, common, budget) ?? 0n, divideP(denominator, common, budget) ?? 1n]
  return sign ? { numerator: negP(n), denominator: negP(d) } : { numerator: n, denominator: d }
}

const whole = (numerator: Polynomial): Quotient => ({ numerator, denominator: 1n })

/** The field of rational functions with integer coefficients. */
function rationalFunctions(budget: Budget): Field<Quotient> {
  return {
    zero: whole(0n),
    one: whole(1n),
    rational: (value: Rational) => ({ numerator: value.num, denominator: value.den }),
    negate: (x) => ({ numerator: negP(x.numerator), denominator: x.denominator }),
    isZero: (x) => x.numerator === 0n,
    add: (x, y) => {
      if (x.denominator === 1n && y.denominator === 1n) return whole(addP(x.numerator, y.numerator))
      const common = gcdP(x.denominator, y.denominator, budget)
      const [dx, dy] = [divideP(x.denominator, common, budget) ?? 1n, divideP(y.denominator, common, budget) ?? 1n]
      const numerator = addP(mulP(x.numerator, dy, budget), mulP(y.numerator, dx, budget))
      return reduced(numerator, mulP(x.denominator, dy, budget), budget)
    },
    multiply: (x, y) => {
      const [a, b] = [reduced(x.numerator, y.denominator, budget), reduced(y.numerator, x.denominator, budget)]
      return reduced(mulP(a.numerator, b.numerator, budget), mulP(a.denominator, b.denominator, budget), budget)
    },
    inverse: (x) => {
      if (x.numerator === 0n) throw new RangeError('division by zero')
      return reduced(x.denominator, x.numerator, budget)
    },
  }
}

/** What a rational form treats as variables: symbols, atoms, rates, calls, integrals and powers that are not integer. */
function kernelsOf(e: Expr): readonly Expr[] {
  const found = new Set<Expr>()
  const seen = new Set<Expr>()
  const visit = (x: Expr): void => {
    if (seen.has(x)) return
    seen.add(x)
    if (x.kind === 'sum') for (const part of partsOf(x)) visit(part)
    else if (x.kind === 'product')
      for (const { base, exponent } of x.factors) {
        const n = asRational(exponent)
        if (n === undefined) found.add(pow(base, exponent))
        else {
          if (n.den !== 1n) found.add(fractionalPart(base, n))
          visit(base)
        }
      }
    else if (x.kind !== 'number') found.add(x)
  }
  visit(e)
  return [...found].sort(compareExpr)
}

/** base^(n mod 1). */
function fractionalPart(base: Expr, n: Rational): Expr {
  const rest = ((n.num % n.den) + n.den) % n.den
  return pow(base, num({ num: rest, den: n.den }))
}

const DEFAULT_BUDGET = 200_000

/**
 * The expression as a quotient of coprime polynomials in its kernels, which count as independent.
 * @returns undefined if more than `budget` coefficient operations would be needed.
 * @throws RangeError for a division by zero.
 */
export function rationalForm(e: Expr, budget = DEFAULT_BUDGET): RationalForm | undefined {
  const kernels = kernelsOf(e)
  const index = new Map(kernels.map((kernel, i) => [kernel, i]))
  const quotientOf = (kernel: Expr): Quotient => {
    const i = index.get(kernel)
    if (i === undefined) throw new TypeError('a kernel was overlooked')
    return { numerator: variable(i), denominator: 1n }
  }
  try {
    const value = evaluateExact(e, rationalFunctions(new Budget(budget)), {
      symbol: (name) => quotientOf(sym(name)),
      atom: (opaque) => quotientOf(atom(opaque)),
      kernel: quotientOf,
    })
    return { ...value, kernels }
  } catch (error) {
    if (error instanceof BudgetExceeded) return undefined
    throw error
  }
}

/** A polynomial as an expression, expanded. */
export function polynomialExpr(p: Polynomial, kernels: readonly Expr[]): Expr {
  if (typeof p === 'bigint') return num(p)
  const base = kernels[p.variable] ?? ONE
  return add(...p.coefficients.map((c, i) => expandedProduct(polynomialExpr(c, kernels), pow(base, num(i)))))
}

const expandedProduct = (sum: Expr, power: Expr): Expr =>
  sum.kind === 'sum'
    ? add(mul(num(sum.constant), power), ...sum.terms.map((t) => mul(num(t.coefficient), t.factor, power)))
    : mul(sum, power)

/** One fraction with coprime, expanded numerator and denominator; the expression itself if that is too large to compute. */
export function cancel(e: Expr): Expr {
  const form = rationalForm(e)
  if (form === undefined) return e
  return div(polynomialExpr(form.numerator, form.kernels), polynomialExpr(form.denominator, form.kernels))
}

/** Numerator and denominator of `cancel`. */
export function numeratorDenominator(e: Expr): readonly [Expr, Expr] {
  const form = rationalForm(e)
  return form === undefined ? [e, ONE] : [polynomialExpr(form.numerator, form.kernels), polynomialExpr(form.denominator, form.kernels)]
}

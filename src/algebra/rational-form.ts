import { ONE, add, asRational, atom, div, frac, mul, num, partsOf, pow, sym } from './build.js'
import { subexpressions } from './calculus.js'
import { type Field, evaluateExact } from './evaluate.js'
import { splitExponent } from './exponent.js'
import { type Expr, compareExpr } from './expr.js'
import {
  type Polynomial, Budget, BudgetExceeded, addP, exactly, gcdP, leadingNumber, mulP, negP, powP, variable,
} from './polynomial.js'
import { type Rational, R1 } from './rational.js'
import { gcd } from './residue.js'

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
  const [n, d] = [exactly(numerator, common, budget), exactly(denominator, common, budget)]
  return sign ? { numerator: negP(n), denominator: negP(d) } : { numerator: n, denominator: d }
}

const whole = (numerator: Polynomial): Quotient => ({ numerator, denominator: 1n })

/** The field of rational functions with integer coefficients. */
function rationalFunctions(budget: Budget): Field<Quotient> {
  /** Over the least common denominator, in lowest terms only once all are added. */
  const sum = (terms: readonly Quotient[]): Quotient => {
    let [numerator, denominator]: [Polynomial, Polynomial] = [0n, 1n]
    for (const x of terms) {
      const common = gcdP(denominator, x.denominator, budget)
      const [mine, other] = [exactly(x.denominator, common, budget), exactly(denominator, common, budget)]
      numerator = addP(mulP(numerator, mine, budget), mulP(x.numerator, other, budget))
      denominator = mulP(denominator, mine, budget)
    }
    return denominator === 1n ? whole(numerator) : reduced(numerator, denominator, budget)
  }
  return {
    zero: whole(0n),
    one: whole(1n),
    rational: (value: Rational) => ({ numerator: value.num, denominator: value.den }),
    negate: (x) => ({ numerator: negP(x.numerator), denominator: x.denominator }),
    isZero: (x) => x.numerator === 0n,
    sum,
    add: (x, y) => sum([x, y]),
    power: (x, n) => ({ numerator: powP(x.numerator, n, budget), denominator: powP(x.denominator, n, budget) }),
    multiply: (x, y) => {
      if (x.denominator === 1n && y.denominator === 1n) return whole(mulP(x.numerator, y.numerator, budget))
      // Factors in lowest terms stay so once each numerator is cancelled against the other denominator; a square needs not even that.
      const [a, b] = x === y ? [x, x] : [reduced(x.numerator, y.denominator, budget), reduced(y.numerator, x.denominator, budget)]
      return { numerator: mulP(a.numerator, b.numerator, budget), denominator: mulP(a.denominator, b.denominator, budget) }
    },
    inverse: (x) => {
      if (x.numerator === 0n) throw new RangeError('division by zero')
      return leadingNumber(x.numerator) < 0n
        ? { numerator: negP(x.denominator), denominator: negP(x.numerator) }
        : { numerator: x.denominator, denominator: x.numerator }
    },
  }
}

const isFree = (e: Expr): boolean => e.kind === 'symbol' || e.kind === 'atom' || e.kind === 'derivative'

/** For each symbol, atom and rate under a root the least common order of its roots: x^(1/2) and x^(1/3) are powers of x^(1/6). */
function rootOrders(e: Expr): ReadonlyMap<Expr, bigint> {
  const orders = new Map<Expr, bigint>()
  for (const x of subexpressions(e))
    for (const { base, exponent } of x.kind === 'product' ? x.factors : []) {
      const den = asRational(exponent)?.den ?? 1n
      const known = orders.get(base) ?? 1n
      if (den !== 1n && isFree(base)) orders.set(base, (known * den) / gcd(known, den))
    }
  return orders
}

/** What a rational form treats as variables: symbols, atoms, rates (or roots of these), calls, integrals and powers that are not integer. */
function kernelsOf(e: Expr, orders: ReadonlyMap<Expr, bigint>): readonly Expr[] {
  const found = new Set<Expr>()
  const seen = new Set<Expr>()
  const visit = (x: Expr): void => {
    if (seen.has(x)) return
    seen.add(x)
    if (x.kind === 'sum') for (const part of partsOf(x)) visit(part)
    else if (x.kind === 'product')
      for (const { base, exponent } of x.factors) {
        const n = asRational(exponent)
        if (n === undefined) {
          const { whole, parts } = splitExponent(base, exponent)
          for (const { monomial } of parts) found.add(pow(base, monomial))
          if (whole !== 0n) visit(base)
        } else {
          if (n.den !== 1n && !orders.has(base)) found.add(pow(base, num(fractionalPart(n))))
          visit(base)
        }
      }
    else if (x.kind !== 'number') found.add(pow(x, frac(1, orders.get(x) ?? 1n)))
  }
  visit(e)
  return [...found].sort(compareExpr)
}

const fractionalPart = (n: Rational): Rational => ({ num: ((n.num % n.den) + n.den) % n.den, den: n.den })

const DEFAULT_BUDGET = 1_000_000
/** Polynomials lie within one another as deep as there are kernels: more of them than the stack takes are too large, too. */
const MOST_KERNELS = 1_000

/**
 * The expression as a quotient of coprime polynomials in its kernels, which count as independent.
 * @returns undefined if more than `budget` coefficient operations would be needed, or there are more than a thousand kernels.
 * @throws RangeError for a division by zero.
 */
export function rationalForm(e: Expr, budget = DEFAULT_BUDGET): RationalForm | undefined {
  const orders = rootOrders(e)
  const kernels = kernelsOf(e, orders)
  if (kernels.length > MOST_KERNELS) return undefined
  const index = new Map(kernels.map((kernel, i) => [kernel, i]))
  const work = new Budget(budget)
  const quotientOf = (kernel: Expr): Quotient => {
    const [only] = kernel.kind === 'product' ? kernel.factors : []
    const [base, n] = only !== undefined && orders.has(only.base) ? [only.base, asRational(only.exponent) ?? R1] : [kernel, R1]
    const order = orders.get(base) ?? 1n
    const i = index.get(order === 1n ? kernel : pow(base, frac(1, order)))
    if (i === undefined) throw new TypeError('a kernel was overlooked')
    return whole(powP(variable(i), (n.num * order) / n.den, work))
  }
  try {
    const value = evaluateExact(e, rationalFunctions(work), {
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

import { type Expr, type Factor, type FunctionName, type Opaque, type Term, compareExpr, intern } from './expr.js'
import {
  type Rational, R0, R1, absR, addR, compareR, gcdR, invR, isIntegerR, isOneR, isZeroR, mulR, negR, powR, rational,
} from './rational.js'

/** The exact number. */
export const num = (value: Rational | bigint | number): Expr =>
  intern({ kind: 'number', value: typeof value === 'object' ? value : rational(value) })
export const frac = (numerator: bigint | number, denominator: bigint | number): Expr => num(rational(numerator, denominator))
export const sym = (name: string): Expr => intern({ kind: 'symbol', name })
export const atom = (opaque: Opaque): Expr => intern({ kind: 'atom', opaque })

export const ZERO = num(0)
export const ONE = num(1)
export const TWO = num(2)
export const HALF = frac(1, 2)
export const EULER = intern({ kind: 'constant', name: 'e' })
export const PI = intern({ kind: 'constant', name: 'pi' })

export const isZero = (e: Expr): boolean => e === ZERO
export const isOne = (e: Expr): boolean => e === ONE
/** The value of a number, else undefined. */
export const asRational = (e: Expr): Rational | undefined => (e.kind === 'number' ? e.value : undefined)

/** The coefficient and the rest: `3*x` ↦ (3, x), `x` ↦ (1, x), numbers ↦ (value, 1); sums of several terms ↦ (1, sum). */
export function splitCoefficient(e: Expr): Term {
  if (e.kind === 'number') return { coefficient: e.value, factor: ONE }
  const only = e.kind === 'sum' && e.terms.length === 1 && isZeroR(e.constant) ? e.terms[0] : undefined
  return only ?? { coefficient: R1, factor: e }
}

/** The terms of an expression as a sum; a number gives the term (value, 1). */
export function termsOf(e: Expr): readonly Term[] {
  if (e.kind === 'number') return isZeroR(e.value) ? [] : [{ coefficient: e.value, factor: ONE }]
  if (e.kind !== 'sum') return [{ coefficient: R1, factor: e }]
  return isZeroR(e.constant) ? e.terms : [{ coefficient: e.constant, factor: ONE }, ...e.terms]
}

/** The factors of a product without coefficient, e.g. of `splitCoefficient(e).factor`. */
export function factorsOf(e: Expr): readonly Factor[] {
  if (e.kind === 'product') return e.factors
  return e === ONE ? [] : [{ base: e, exponent: ONE }]
}

function sumOf(constant: Rational, collected: Iterable<Term>): Expr {
  const terms = [...collected].filter((t) => !isZeroR(t.coefficient)).sort((a, b) => compareExpr(a.factor, b.factor))
  const [first] = terms
  if (first === undefined) return num(constant)
  if (terms.length === 1 && isZeroR(constant) && isOneR(first.coefficient)) return first.factor
  return intern({ kind: 'sum', constant, terms })
}

/** Σ coefficient·factor with like terms collected. */
export function linearCombination(parts: Iterable<Term>): Expr {
  let constant = R0
  const collected = new Map<Expr, Term>()
  const put = (factor: Expr, coefficient: Rational): void => {
    const known = collected.get(factor)
    collected.set(factor, { factor, coefficient: known === undefined ? coefficient : addR(known.coefficient, coefficient) })
  }
  for (const { coefficient, factor } of parts) {
    if (factor.kind === 'number') constant = addR(constant, mulR(coefficient, factor.value))
    else if (factor.kind === 'sum') {
      constant = addR(constant, mulR(coefficient, factor.constant))
      for (const t of factor.terms) put(t.factor, mulR(coefficient, t.coefficient))
    } else put(factor, coefficient)
  }
  return sumOf(constant, collected.values())
}

export const add = (...xs: readonly Expr[]): Expr => linearCombination(xs.map((factor) => ({ coefficient: R1, factor })))
export const scaleBy = (coefficient: Rational, factor: Expr): Expr => linearCombination([{ coefficient, factor }])
export const neg = (x: Expr): Expr => scaleBy(rational(-1), x)
export const sub = (x: Expr, y: Expr): Expr => linearCombination([{ coefficient: R1, factor: x }, { coefficient: rational(-1), factor: y }])

/** Positive content of a sum, negated if its leading coefficient (the constant, else the first term's) is negative. */
function signedContent(e: Extract<Expr, { kind: 'sum' }>): Rational {
  const coefficients = e.terms.map((t) => t.coefficient)
  const all = isZeroR(e.constant) ? coefficients : [e.constant, ...coefficients]
  const content = absR(all.reduce((a, b) => gcdR(a, b), R0))
  return (all[0] ?? R1).num < 0n ? negR(content) : content
}

/** Whether an odd function would rather see the argument negated. */
function leadsNegative(e: Expr): boolean {
  if (e.kind === 'number') return e.value.num < 0n
  return e.kind === 'sum' && signedContent(e).num < 0n
}

/** Splits a positive integer into primes below 2¹⁶ and a rest: pairs (prime, multiplicity). */
function primePowers(n: bigint): readonly (readonly [bigint, bigint])[] {
  const found: [bigint, bigint][] = []
  let rest = n
  for (let p = 2n; p * p <= rest && p < 65_536n; p += p === 2n ? 1n : 2n) {
    let k = 0n
    for (; rest % p === 0n; rest /= p) k += 1n
    if (k > 0n) found.push([p, k])
  }
  if (rest > 1n) found.push([rest, 1n])
  return found
}

/** A product under construction: a numeric coefficient and, for each base, the exponents met so far. */
class Collector {
  coefficient: Rational = R1
  private readonly exponents = new Map<Expr, Expr>()

  /** Multiplies by base^exponent, base already canonical as a base. */
  put(base: Expr, exponent: Expr): void {
    const known = this.exponents.get(base)
    this.exponents.set(base, known === undefined ? exponent : add(known, exponent))
  }

  /** Multiplies by x^exponent. */
  absorb(x: Expr, exponent: Expr): void {
    const n = asRational(exponent)
    if (n !== undefined && isZeroR(n)) return
    const integer = n !== undefined && isIntegerR(n)
    if (x.kind === 'number') this.absorbNumber(x.value, exponent)
    else if (x.kind === 'product' && (integer || x.factors.length === 1)) {
      const [only] = x.factors
      if (integer) for (const f of x.factors) this.absorb(f.base, mul(f.exponent, exponent))
      else if (only?.base === EULER) this.put(EULER, mul(only.exponent, exponent))
      else this.put(x, exponent)
    } else if (x.kind === 'sum') {
      const signed = signedContent(x)
      const content = integer ? signed : absR(signed)
      if (isOneR(content)) this.put(x, exponent)
      else {
        this.absorbNumber(content, exponent)
        this.absorb(scaleBy(invR(content), x), exponent)
      }
    } else this.put(x, exponent)
  }

  private absorbNumber(value: Rational, exponent: Expr): void {
    const n = asRational(exponent)
    if (isOneR(value)) return
    if (n === undefined) this.put(num(value), exponent)
    else if (isIntegerR(n)) this.coefficient = mulR(this.coefficient, powR(value, n.num))
    else if (isZeroR(value)) {
      if (n.num < 0n) throw new RangeError('division by zero')
      this.coefficient = R0
    } else if (value.num < 0n) this.put(num(value), exponent)
    else {
      for (const [p, k] of primePowers(value.num)) this.put(num(p), num(mulR(n, rational(k))))
      for (const [p, k] of primePowers(value.den)) this.put(num(p), num(mulR(n, rational(-k))))
    }
  }

  /** Moves integer powers of numbers into the coefficient and e^(k·log x) into x^k; true if anything moved. */
  private settle(): boolean {
    for (const [base, exponent] of this.exponents) {
      const n = asRational(exponent)
      if (n !== undefined && isZeroR(n)) {
        this.exponents.delete(base)
        return true
      }
      if (base.kind === 'number' && n !== undefined) {
        const whole = n.num >= 0n ? n.num / n.den : -((-n.num + n.den - 1n) / n.den)
        if (whole !== 0n || isIntegerR(n)) {
          this.coefficient = mulR(this.coefficient, powR(base.value, whole))
          this.exponents.set(base, num(addR(n, rational(-whole))))
          return true
        }
      }
      if (base === EULER) {
        const logs = termsOf(exponent).filter((t) => t.factor.kind === 'call' && t.factor.name === 'log')
        if (logs.length > 0) {
          this.exponents.set(EULER, sub(exponent, linearCombination(logs)))
          for (const t of logs) if (t.factor.kind === 'call') for (const a of t.factor.args) this.absorb(a, num(t.coefficient))
          return true
        }
      }
      if ((base.kind === 'product' || base.kind === 'sum') && n !== undefined && isIntegerR(n) && base.kind === 'product') {
        this.exponents.delete(base)
        this.absorb(base, exponent)
        return true
      }
    }
    return false
  }

  finish(): Expr {
    while (this.settle());
    if (isZeroR(this.coefficient)) return ZERO
    const factors = [...this.exponents].map(([base, exponent]) => ({ base, exponent })).sort((a, b) => compareExpr(a.base, b.base))
    const [only] = factors
    if (only === undefined) return num(this.coefficient)
    const monic = factors.length === 1 && isOne(only.exponent) ? only.base : intern({ kind: 'product', factors })
    return scaleBy(this.coefficient, monic)
  }
}

/** Product with powers of equal bases merged; sums are not expanded, except a number times a sum. */
export function mul(...xs: readonly Expr[]): Expr {
  const rest = xs.filter((x) => x !== ONE)
  const [a, b] = rest
  if (a === undefined) return ONE
  if (b === undefined) return a
  if (rest.some(isZero)) return ZERO
  if (rest.length === 2 && a.kind === 'number') return scaleBy(a.value, b)
  if (rest.length === 2 && b.kind === 'number') return scaleBy(b.value, a)
  const product = new Collector()
  for (const x of rest) product.absorb(x, ONE)
  return product.finish()
}

/**
 * base^exponent. Integer exponents distribute over products; others only over positive numeric content,
 * so that no branch is chosen silently.
 * @throws RangeError for zero to a negative power.
 */
export function pow(base: Expr, exponent: Expr): Expr {
  if (isOne(exponent)) return base
  if (isZero(exponent) || isOne(base)) return ONE
  const product = new Collector()
  product.absorb(base, exponent)
  return product.finish()
}

/** @throws RangeError if `y` is zero. */
export const div = (x: Expr, y: Expr): Expr => mul(x, pow(y, num(-1)))
export const exp = (x: Expr): Expr => pow(EULER, x)
export const sqrt = (x: Expr): Expr => pow(x, HALF)

const ODD: ReadonlySet<FunctionName> = new Set(['sin', 'tan', 'tanh', 'sinh', 'atan', 'sign'])
const EVEN: ReadonlySet<FunctionName> = new Set(['cos', 'cosh', 'abs'])

/** A function applied; parity and the values at 0 (at 1 for log) are used, nothing else. */
export function call(name: FunctionName, ...args: readonly Expr[]): Expr {
  const [x, y] = args
  if (x === undefined) throw new RangeError(`${name} needs an argument`)
  if (name === 'min' || name === 'max') {
    if (y === undefined) throw new RangeError(`${name} needs two arguments`)
    if (x === y) return x
    if (x.kind === 'number' && y.kind === 'number') return compareR(x.value, y.value) < 0 === (name === 'min') ? x : y
    return intern({ kind: 'call', name, args: compareExpr(x, y) <= 0 ? [x, y] : [y, x] })
  }
  if (name === 'log') {
    if (isOne(x)) return ZERO
    if (x === EULER) return ONE
    const [only, second] = x.kind === 'product' ? x.factors : []
    if (only?.base === EULER && second === undefined) return only.exponent
  } else if (isZero(x)) return EVEN.has(name) && name !== 'abs' ? ONE : ZERO
  else if (name === 'sign' && x.kind === 'number') return num(x.value.num > 0n ? 1 : -1)
  else if (name === 'abs' && x.kind === 'number') return num(absR(x.value))
  else if (ODD.has(name) && leadsNegative(x)) return neg(call(name, neg(x)))
  else if (EVEN.has(name) && leadsNegative(x)) return call(name, neg(x))
  return intern({ kind: 'call', name, args: [x] })
}

/** dⁿ/dvⁿ of an unknown function of `variable` (a symbol, atom or another such derivative). */
export function derivativeOf(of: Expr, variable: string, order = 1): Expr {
  if (order === 0) return of
  if (of.kind === 'derivative' && of.variable === variable)
    return intern({ kind: 'derivative', of: of.of, variable, order: of.order + order })
  return intern({ kind: 'derivative', of, variable, order })
}

/** Rebuilds an expression with its direct parts replaced by `f(part)`; leaves come back as they are. */
export function mapParts(e: Expr, f: (part: Expr) => Expr): Expr {
  switch (e.kind) {
    case 'number':
    case 'constant':
    case 'symbol':
    case 'atom':
      return e
    case 'sum':
      return linearCombination([
        { coefficient: e.constant, factor: ONE },
        ...e.terms.map((t) => ({ coefficient: t.coefficient, factor: f(t.factor) })),
      ])
    case 'product':
      return mul(...e.factors.map((x) => pow(f(x.base), f(x.exponent))))
    case 'call':
      return call(e.name, ...e.args.map(f))
    case 'integral':
      return integralNode(f(e.integrand), e.variable, f(e.from), f(e.to))
    case 'derivative':
      return derivativeOf(f(e.of), e.variable, e.order)
  }
}

/** The direct parts of an expression. */
export function partsOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'number':
    case 'constant':
    case 'symbol':
    case 'atom':
      return []
    case 'sum':
      return e.terms.map((t) => t.factor)
    case 'product':
      return e.factors.flatMap((x) => [x.base, x.exponent])
    case 'call':
      return e.args
    case 'integral':
      return [e.integrand, e.from, e.to]
    case 'derivative':
      return [e.of]
  }
}

/** ∫ integrand d(variable) from `from` to `to`, unevaluated; a zero integrand or equal limits give zero. */
export function integralNode(integrand: Expr, variable: string, from: Expr, to: Expr): Expr {
  if (isZero(integrand) || from === to) return ZERO
  return intern({ kind: 'integral', integrand, variable, from, to })
}

/** True if the two are the same up to a rational factor; then the factor x/y. */
export function ratioOf(x: Expr, y: Expr): Rational | undefined {
  const [a, b] = [splitCoefficient(x), splitCoefficient(y)]
  if (a.factor === b.factor && !isZeroR(b.coefficient)) return mulR(a.coefficient, invR(b.coefficient))
  if (a.factor.kind !== 'sum' || b.factor.kind !== 'sum') return undefined
  const [ca, cb] = [signedContent(a.factor), signedContent(b.factor)]
  return scaleBy(invR(ca), a.factor) === scaleBy(invR(cb), b.factor) ? mulR(ca, invR(cb)) : undefined
}


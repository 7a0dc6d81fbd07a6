import { unreachable } from '../errors.js'
import { splitExponent } from './exponent.js'
import type { Expr, Opaque } from './expr.js'
import { type Rational, R0, R1, addR, floorR, invR, isIntegerR, isZeroR, mulR, negR, rational } from './rational.js'
import { pow } from './product.js'
import { powerMod } from './residue.js'
import { num } from './sum.js'

export { type NumericEnvironment, evaluateNumber } from './numeric.js'

/** Arithmetic of a field; `inverse` throws a RangeError for zero. */
export interface Field<T> {
  readonly zero: T
  readonly one: T
  rational(value: Rational): T
  add(x: T, y: T): T
  negate(x: T): T
  multiply(x: T, y: T): T
  inverse(x: T): T
  isZero(x: T): boolean
  /** Σ of the terms, where that is less work than one addition after the other. */
  sum?(terms: readonly T[]): T
  /** x^n for n > 0, where that is less work than multiplying. */
  power?(x: T, n: bigint): T
}

/** A field whose numbers other than zero have signs, ±1, such that the sign of a product is the product of the signs and −1 has the sign −1. */
export interface SignedField<T> extends Field<T> {
  /** The sign of a number, 0 for zero. */
  sign(x: T): T
}

/** The rational numbers. */
export const RATIONALS: SignedField<Rational> = {
  zero: R0,
  one: R1,
  rational: (value) => value,
  add: addR,
  negate: negR,
  multiply: mulR,
  inverse: invR,
  isZero: isZeroR,
  sign: (x) => (isZeroR(x) ? R0 : rational(x.num < 0n ? -1 : 1)),
}

/**
 * The integers modulo a prime. Its `inverse`, and fractions whose denominator the prime divides, throw a RangeError. The sign is Legendre's symbol, 1 for squares:
 * that of −1 is −1 for primes 3 modulo 4.
 */
export function primeField(p: bigint): SignedField<bigint> {
  const reduce = (x: bigint): bigint => {
    const r = x % p
    return r < 0n ? r + p : r
  }
  const inverse = (x: bigint): bigint => {
    let [a, b, u, v] = [reduce(x), p, 1n, 0n]
    if (a === 0n) throw new RangeError('division by zero')
    while (a !== 1n) {
      const quotient = b / a
      ;[a, b, u, v] = [b - quotient * a, a, v - quotient * u, u]
    }
    return reduce(u)
  }
  return {
    zero: 0n,
    one: 1n,
    rational: (value) => (value.den === 1n ? reduce(value.num) : reduce(reduce(value.num) * inverse(value.den))),
    add: (x, y) => (x + y >= p ? x + y - p : x + y),
    negate: (x) => (x === 0n ? 0n : p - x),
    multiply: (x, y) => (x * y) % p,
    inverse,
    isZero: (x) => x === 0n,
    sign: (x) => powerMod(x, (p - 1n) / 2n, p),
  }
}

/** x^n for an integer n. @throws RangeError for a negative power of zero. */
export function powerIn<T>(field: Pick<Field<T>, 'one' | 'inverse' | 'multiply' | 'power'>, x: T, n: bigint): T {
  const base = n < 0n ? field.inverse(x) : x
  if (field.power !== undefined && n !== 0n) return field.power(base, n < 0n ? -n : n)
  let result = field.one
  let square = base
  for (let k = n < 0n ? -n : n; k > 0n; k >>= 1n) {
    if (k & 1n) result = field.multiply(result, square)
    if (k > 1n) square = field.multiply(square, square)
  }
  return result
}

/** Values of what an expression is made of. */
export interface Environment<T> {
  symbol(name: string): T
  atom?(opaque: Opaque): T
  /**
   * Value of what is not a rational operation: e, π, calls, integrals, sums, products, derivatives and powers whose exponent is not an integer
   * (numeric exponents arrive reduced to between 0 and 1).
   */
  kernel?(e: Expr): T
  /** How an exponent that is no number is taken apart, where it is not as it is written. */
  readonly split?: typeof splitExponent
}

/**
 * Exact value in a field, shared subexpressions evaluated once.
 * @throws RangeError for a division by zero, or for an atom or kernel the environment has no value for.
 */
export function evaluateExact<T>(e: Expr, field: Field<T>, environment: Environment<T>): T {
  const done = new Map<Expr, T>()
  const value = (x: Expr): T => {
    const known = done.get(x)
    if (known !== undefined) return known
    const made = compute(x)
    done.set(x, made)
    return made
  }
  const kernel = (x: Expr): T => {
    if (environment.kernel === undefined) throw new RangeError(`no exact value for a ${x.kind}`)
    return environment.kernel(x)
  }
  const power = (base: Expr, exponent: Expr): T => {
    if (exponent.kind !== 'number') {
      const { whole, parts } = (environment.split ?? splitExponent)(base, exponent)
      const others = parts.map(({ monomial, times }) => powerIn(field, kernel(pow(base, monomial)), times))
      return [...(whole === 0n ? [] : [powerIn(field, value(base), whole)]), ...others].reduce((x, y) => field.multiply(x, y), field.one)
    }
    const { num: n, den } = exponent.value
    if (isIntegerR(exponent.value)) return powerIn(field, value(base), n)
    const whole = floorR(exponent.value)
    const root = kernel(pow(base, num(rational(n - whole * den, den))))
    return whole === 0n ? root : field.multiply(powerIn(field, value(base), whole), root)
  }
  const compute = (x: Expr): T => {
    switch (x.kind) {
      case 'number':
        return field.rational(x.value)
      case 'symbol':
        return environment.symbol(x.name)
      case 'sum': {
        const terms = [field.rational(x.constant), ...x.terms.map((t) => field.multiply(field.rational(t.coefficient), value(t.factor)))]
        return field.sum?.(terms) ?? terms.reduce((total, term) => field.add(total, term))
      }
      case 'product':
        return x.factors.reduce((total, f) => field.multiply(total, power(f.base, f.exponent)), field.one)
      case 'atom':
        if (environment.atom === undefined) throw new RangeError(`no value for ${x.opaque.text()}`)
        return environment.atom(x.opaque)
      case 'constant':
      case 'call':
      case 'integral':
      case 'indexed':
      case 'derivative':
        return kernel(x)
      default:
        return unreachable(x)
    }
  }
  return value(e)
}

/** Exact rational value of an expression without kernels. @throws RangeError as `evaluateExact`, or for a missing name. */
export function evaluateRational(e: Expr, values: Readonly<Record<string, Rational>>): Rational {
  return evaluateExact(e, RATIONALS, {
    symbol: (name) => {
      const found = values[name]
      if (found === undefined) throw new RangeError(`no value for ${name}`)
      return found
    },
  })
}


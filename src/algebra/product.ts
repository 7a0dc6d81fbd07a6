import { type Expr, compareExpr, intern } from './expr.js'
import { remembered, rememberedPair } from './memo.js'
import { type Rational, R0, R1, absR, floorR, invR, isIntegerR, isOneR, isZeroR, mulR, powR, rational } from './rational.js'
import { EULER, HALF, ONE, ZERO, add, asRational, isOne, isZero, linearCombination, num, scaleBy, signedContent, sub, termsOf } from './sum.js'

/** Splits a positive integer into primes below 2¹⁶ and a rest: pairs (prime, multiplicity). */
export function primePowers(n: bigint): readonly (readonly [bigint, bigint])[] {
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

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))

/** r and the greatest n with rⁿ the positive number. */
const rootOf = remembered((e: Expr): { readonly root: Expr; readonly times: bigint } => {
  const value = asRational(e) ?? R1
  if (value.num <= 0n || isOneR(value)) return { root: e, times: 1n }
  const [above, below] = [primePowers(value.num), primePowers(value.den)]
  const times = [...above, ...below].reduce((n, [, k]) => gcd(n, k), 0n)
  const part = (powers: typeof above): bigint => powers.reduce((product, [p, k]) => product * p ** (k / times), 1n)
  return { root: num(rational(part(above), part(below))), times }
})

/** The number in an exponent: itself, or the constant term of a sum. */
const constantOf = (exponent: Expr): Rational => asRational(exponent) ?? (exponent.kind === 'sum' ? exponent.constant : R0)

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

  /** Brings one base to its canonical form, which may feed further bases in; true if anything moved. */
  private settle(): boolean {
    for (const [base, exponent] of this.exponents) {
      const moved =
        base.kind === 'number' ? this.settleNumber(base, base.value, exponent)
        : base === EULER ? this.settleExponential(exponent)
        : base.kind === 'call' && base.name === 'abs' && !isZero(exponent) ? this.settleAbsolute(base, exponent)
        : this.settleBase(base, exponent)
      if (moved) return true
    }
    return false
  }

  /** |x|^(2k + r) = x^(2k)·|x|^r with r in [0, 2). */
  private settleAbsolute(base: Extract<Expr, { kind: 'call' }>, exponent: Expr): boolean {
    const [x = base] = base.args
    return this.takeOut(base, exponent, floorR(mulR(rational(1, 2), constantOf(exponent))) * 2n, x)
  }

  /** The whole part of an exponent of a number belongs to the coefficient: 2^(3/2) = 2·2^(1/2), 2^(1+x) = 2·2^x. */
  private settleNumber(base: Expr, value: Rational, exponent: Expr): boolean {
    if (isZero(exponent)) return this.exponents.delete(base)
    if (!isZeroR(value) && this.takeOut(base, exponent, floorR(constantOf(exponent)), base)) return true
    if (exponent.kind !== 'number') return this.toRoot(base, exponent)
    if (!isZeroR(value)) return false
    this.exponents.delete(base)
    this.absorbNumber(value, exponent)
    return true
  }

  /** (1/16)^k = (1/2)^(4k): of what is a power of a number already, so that equal bases meet. */
  private toRoot(base: Expr, exponent: Expr): boolean {
    const { root, times } = rootOf(base)
    if (times === 1n) return false
    this.exponents.delete(base)
    this.put(root, scaleBy(rational(times), exponent))
    return true
  }

  /** e^0 = 1 and e^(k·log x) = x^k. */
  private settleExponential(exponent: Expr): boolean {
    if (isZero(exponent)) return this.exponents.delete(EULER)
    const logs = termsOf(exponent).filter((t) => t.factor.kind === 'call' && t.factor.name === 'log')
    if (logs.length === 0) return false
    this.exponents.set(EULER, sub(exponent, linearCombination(logs)))
    for (const t of logs) if (t.factor.kind === 'call') for (const a of t.factor.args) this.absorb(a, num(t.coefficient))
    return true
  }

  /** No exponent 0; whole powers are distributed over products and signed content: (−x)^(3/2) = −x·(−x)^(1/2). */
  private settleBase(base: Expr, exponent: Expr): boolean {
    if (isZero(exponent)) return this.exponents.delete(base)
    if (base.kind !== 'product' && (base.kind !== 'sum' || isOneR(signedContent(base)))) return false
    return this.takeOut(base, exponent, floorR(constantOf(exponent)), base)
  }

  /** base^exponent = part^whole·base^(exponent − whole); false if `whole` is zero. */
  private takeOut(base: Expr, exponent: Expr, whole: bigint, part: Expr): boolean {
    if (whole === 0n) return false
    const rest = sub(exponent, num(whole))
    if (isZero(rest)) this.exponents.delete(base)
    else this.exponents.set(base, rest)
    this.absorb(part, num(whole))
    return true
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
  return rest.length === 2 ? productOfTwo(a, b) : productOf(rest)
}

function productOf(xs: readonly Expr[]): Expr {
  const product = new Collector()
  for (const x of xs) product.absorb(x, ONE)
  return product.finish()
}

const productOfTwo = rememberedPair((a, b) => {
  if (a.kind === 'number') return scaleBy(a.value, b)
  if (b.kind === 'number') return scaleBy(b.value, a)
  return productOf([a, b])
})

/**
 * base^exponent. Integer exponents distribute over products; others only over positive numeric content,
 * so that no branch is chosen silently.
 * @throws RangeError for zero to a negative power.
 */
export function pow(base: Expr, exponent: Expr): Expr {
  if (isOne(exponent)) return base
  if (isZero(exponent) || isOne(base)) return ONE
  return powerOf(base, exponent)
}

const powerOf = rememberedPair((base, exponent) => {
  const product = new Collector()
  product.absorb(base, exponent)
  return product.finish()
})

/** @throws RangeError if `y` is zero. */
export const div = (x: Expr, y: Expr): Expr => mul(x, pow(y, num(-1)))
export const exp = (x: Expr): Expr => pow(EULER, x)
export const sqrt = (x: Expr): Expr => pow(x, HALF)

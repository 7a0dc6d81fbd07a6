import { unreachable } from '../errors.js'
import { EULER, HALF, ONE, PI, add, asRational, atom, call, div, factorsOf, integralNode, mul, neg, num, pow, splitCoefficient, sub, sym, symbolsOf, termsOf } from './build.js'
import { type Field, evaluateExact, powerIn, primeField } from './evaluate.js'
import { expand } from './expand.js'
import { termsOfExponent } from './exponent.js'
import type { Expr } from './expr.js'
import { type Rational, isOneR, rational } from './rational.js'
import { gcd, primeFactors, squareRoot } from './residue.js'
import { signedContent } from './sum.js'

/** Thrown when this choice of random values has no root that is needed; another choice may. */
export class NoRoot extends Error {
  override readonly name = 'NoRoot'
}

/** Thrown for what has no counterpart in a prime field. */
export class NotAlgebraic extends Error {
  override readonly name = 'NotAlgebraic'
}

/** Every indeterminate is the power of a random residue with this exponent, so that it has the roots of small order. */
export const ROOTS = 27_720n

type Integral = Extract<Expr, { kind: 'integral' }>

/**
 * A random point of a prime field at which transcendental functions take values that respect their algebraic relations:
 * e^(a+b) = e^a·e^b, circular functions through e^(iu), log of products, √u·√u = u, |u| = sign(u)·u. What is not related
 * by these is an independent random residue, so an expression that is zero at almost all points is zero by those relations alone.
 */
export class KernelPoint {
  /** How many signs were free so far: of square roots and of sign(u). */
  signs = 0
  private readonly field: Field<bigint>
  private readonly known = new Map<string, bigint>()
  private readonly kernels = new Map<Expr, bigint>()

  /** @param negative whose n-th bit says whether the n-th free sign is negative */
  constructor(
    private readonly prime: bigint,
    private readonly random: () => bigint,
    private readonly negative = 0,
  ) {
    this.field = primeField(prime)
  }

  /** @throws RangeError for a division by zero, NoRoot and NotAlgebraic as said there. */
  readonly value = (e: Expr): bigint =>
    evaluateExact(e, this.field, {
      symbol: (name) => this.rootPower(sym(name), rational(1)),
      atom: (opaque) => this.rootPower(atom(opaque), rational(1)),
      kernel: (x) => {
        const known = this.kernels.get(x)
        const made = known ?? this.kernel(x)
        this.kernels.set(x, made)
        return made
      },
    })

  private draw(key: string): bigint {
    const known = this.known.get(key)
    if (known !== undefined) return known
    const made = (this.random() % (this.prime - 2n)) + 2n
    this.known.set(key, made)
    return made
  }

  private power = (x: bigint, n: bigint): bigint => powerIn(this.field, x, n)
  private times = (x: bigint, y: bigint): bigint => (x * y) % this.prime
  private inverse = (x: bigint): bigint => this.field.inverse(x)
  private half = (x: bigint): bigint => this.times(x, this.inverse(2n))

  /** The indeterminate `key` to a rational power. */
  private indeterminate(key: string, exponent: Rational): bigint {
    const n = exponent.num * ROOTS
    if (n % exponent.den !== 0n) throw new NotAlgebraic(`no ${exponent.den}th roots`)
    return this.power(this.draw(key), n / exponent.den)
  }

  private rootPower(x: Expr, exponent: Rational): bigint {
    return this.indeterminate(`x${x.id}`, exponent)
  }

  private sign(key: string): bigint {
    if (!this.known.has(key)) {
      this.known.set(key, ((this.negative >> this.signs) & 1) === 0 ? 1n : this.prime - 1n)
      this.signs += 1
    }
    return this.known.get(key) ?? 1n
  }

  private kernel(x: Expr): bigint {
    switch (x.kind) {
      case 'constant':
        return x.name === 'e' ? this.exponential(EULER, ONE, rational(1)) : this.rootPower(x, rational(1))
      case 'product':
        return x.factors.reduce((product, f) => this.times(product, this.factorPower(f.base, f.exponent)), 1n)
      case 'call':
        return this.call(x)
      case 'integral':
        return this.integral(x)
      case 'indexed':
      case 'derivative':
        return this.rootPower(x, rational(1))
      case 'number':
      case 'symbol':
      case 'sum':
      case 'atom':
        return this.value(x)
      default:
        return unreachable(x)
    }
  }

  /** base^exponent, one term of the exponent after the other. */
  private factorPower(base: Expr, exponent: Expr): bigint {
    return termsOfExponent(base, exponent).reduce(
      (product, t) => this.times(product, t.factor === ONE && base !== EULER ? this.rationalPower(base, t.coefficient) : this.exponential(base, t.factor, t.coefficient)),
      1n,
    )
  }

  private rationalPower(base: Expr, n: Rational): bigint {
    if (n.den === 1n) return this.power(this.value(base), n.num)
    if (base.kind === 'symbol' || base.kind === 'atom' || base.kind === 'derivative' || base === PI) return this.rootPower(base, n)
    let odd = n.den
    let root = this.value(base)
    for (let depth = 1; odd % 2n === 0n; odd /= 2n, depth += 1) {
      const found = squareRoot(root, this.prime)
      if (found === undefined) throw new NoRoot('no square root')
      root = base.kind === 'number' && depth === 1 ? found : this.times(found, this.sign(`r${base.id}:${depth}`))
    }
    if (odd > 1n) {
      const order = primeField(this.prime - 1n)
      if (gcd(odd, this.prime - 1n) !== 1n) throw new NoRoot(`no unique ${odd}th root`)
      root = this.power(root, order.inverse(odd))
    }
    return this.power(root, n.num)
  }

  /** base^(coefficient·monomial), with e^(m·log b) = b^m and (b·c)^m = b^m·c^m. */
  private exponential(base: Expr, monomial: Expr, coefficient: Rational): bigint {
    const log = factorsOf(monomial).find((f) => f.base.kind === 'call' && f.base.name === 'log' && f.exponent === ONE)?.base
    const argument = base === EULER && log?.kind === 'call' ? log.args[0] : undefined
    if (log !== undefined && argument !== undefined) return this.exponential(argument, div(monomial, log), coefficient)
    const { coefficient: content, factor } = base.kind === 'number' ? { coefficient: base.value, factor: ONE } : splitCoefficient(base)
    const split = !isOneR(content) || factor.kind === 'product'
    if (!split || content.num < 0n) return this.indeterminate(`e${base.id}^${monomial.id}`, coefficient)
    const raised = (n: bigint): bigint =>
      primeFactors(n).reduce((product, p) => this.times(product, this.indeterminate(`e${num(p).id}^${monomial.id}`, coefficient)), 1n)
    let product = this.times(raised(content.num), this.inverse(raised(content.den)))
    for (const f of factorsOf(factor)) product = this.times(product, this.factorPower(f.base, mul(f.exponent, num(coefficient), monomial)))
    return product
  }

  private call(x: Extract<Expr, { kind: 'call' }>): bigint {
    const [u = ONE, v = ONE] = x.args
    switch (x.name) {
      case 'log':
        return this.log(u)
      case 'sin':
        return this.circular(u).sine
      case 'cos':
        return this.circular(u).cosine
      case 'tan':
        return this.times(this.circular(u).sine, this.inverse(this.circular(u).cosine))
      case 'sinh':
        return this.hyperbolic(u).sine
      case 'cosh':
        return this.hyperbolic(u).cosine
      case 'tanh':
        return this.times(this.hyperbolic(u).sine, this.inverse(this.hyperbolic(u).cosine))
      case 'abs':
        return this.times(this.signOf(u), this.value(u))
      case 'sign':
        return this.signOf(u)
      case 'floor':
        return this.draw(`f${this.value(u)}`)
      case 'min':
      case 'max': {
        const gap = call('abs', sub(u, v))
        return this.value(mul(HALF, add(u, v, x.name === 'max' ? gap : neg(gap))))
      }
      case 'atan':
        return this.rootPower(x, rational(1))
      default:
        return unreachable(x.name)
    }
  }

  private log(u: Expr): bigint {
    const content = u.kind === 'sum' ? signedContent(u) : u.kind === 'number' ? u.value : rational(1)
    if (content.num < 0n) return this.draw(`l${u.id}`)
    const logOf = (n: bigint): bigint => primeFactors(n).reduce((sum, p) => (sum + this.draw(`l${num(p).id}`)) % this.prime, 0n)
    const number = this.field.add(logOf(content.num), this.field.negate(logOf(content.den)))
    return factorsOf(div(u, num(content))).reduce((sum, { base, exponent }) => {
      const log = base === EULER ? 1n : this.draw(`l${base.id}`)
      return this.field.add(sum, this.times(this.value(exponent), log))
    }, number)
  }

  /** cos u and sin u from z = e^(iu), the parts of u that are multiples of π/4 turning by eighths. */
  private circular(u: Expr): { readonly sine: bigint; readonly cosine: bigint } {
    const imaginary = this.eighth(2n)
    let z = 1n
    for (const { coefficient, factor } of termsOf(expand(u))) {
      const eighths = rational(coefficient.num * 4n, coefficient.den)
      if (factor === PI && eighths.den !== 1n) throw new NotAlgebraic('an angle that is no multiple of π/4')
      z = this.times(z, factor === PI ? this.eighth(eighths.num) : this.indeterminate(`z${factor.id}`, coefficient))
    }
    const { sine, cosine } = this.parts(z)
    return { sine: this.times(sine, this.inverse(imaginary)), cosine }
  }

  private hyperbolic(u: Expr): { readonly sine: bigint; readonly cosine: bigint } {
    return this.parts(this.factorPower(EULER, u))
  }

  private parts(z: bigint): { readonly sine: bigint; readonly cosine: bigint } {
    const w = this.inverse(z)
    return { sine: this.half(this.field.add(z, this.field.negate(w))), cosine: this.half(this.field.add(z, w)) }
  }

  /** e^(iπ n/4): i² = −1 and its square root. */
  private eighth(n: bigint): bigint {
    const i = squareRoot(this.prime - 1n, this.prime)
    const root = i === undefined ? undefined : squareRoot(i, this.prime)
    if (root === undefined) throw new NoRoot('no eighth root of unity')
    return this.power(root, ((n % 8n) + 8n) % 8n)
  }

  /** ±1, multiplicative over products. */
  private signOf(u: Expr): bigint {
    const content = u.kind === 'sum' ? signedContent(u) : rational(1)
    const start = content.num < 0n ? this.prime - 1n : 1n
    return factorsOf(div(u, num(content))).reduce((product, { base, exponent }) => {
      const n = asRational(exponent)
      if (base === EULER || (n?.den === 1n && n.num % 2n === 0n)) return product
      return this.times(product, this.sign(n?.den === 1n ? `s${base.id}` : `s${pow(base, exponent).id}`))
    }, start)
  }

  /** Linear in the integrand; factors without the variable come out. */
  private integral(x: Integral): bigint {
    return termsOf(expand(x.body)).reduce((sum, { coefficient, factor }) => {
      const factors = factorsOf(factor)
      const depends = (f: (typeof factors)[number]): boolean => symbolsOf(pow(f.base, f.exponent)).has(x.variable)
      const outside = mul(num(coefficient), ...factors.filter((f) => !depends(f)).map((f) => pow(f.base, f.exponent)))
      const inside = integralNode(mul(...factors.filter(depends).map((f) => pow(f.base, f.exponent))), x.variable, x.from, x.to)
      const length = factors.some(depends) ? this.rootPower(inside, rational(1)) : this.value(sub(x.to, x.from))
      return this.field.add(sum, this.times(this.value(outside), length))
    }, 0n)
  }
}

import { InputError, unreachable } from '../errors.js'
import { EULER, HALF, ONE, ZERO, add, asRational, call, div, mul, neg, num, pow, sub, sym, symbolsOf } from './build.js'
import { differentiate, substitute } from './calculus.js'
import { expand } from './expand.js'
import type { Expr } from './expr.js'
import { toNumber } from './rational.js'
import { isIdenticallyZero } from './zero.js'

/** Σ coefficients[i]·(variable − about)^(valuation + i), the first coefficient not zero; complete up to the order asked for. */
export interface Series {
  readonly valuation: number
  readonly coefficients: readonly Expr[]
}

/** Coefficients from `from` on; known below `to`, zero where not listed. Exact polynomials have `to` infinite. */
interface Truncated {
  readonly from: number
  readonly terms: readonly Expr[]
  readonly to: number
}

/** Thrown when so many leading coefficients cancelled that more terms must be carried. */
class PrecisionLoss extends Error {
  override readonly name = 'PrecisionLoss'
}

const vanishes = (e: Expr): boolean => e === ZERO || (e.kind !== 'number' && isIdenticallyZero(e))
const constant = (e: Expr): Truncated => ({ from: 0, terms: [e], to: Infinity })
const refuse = (what: string, variable: string): InputError =>
  new InputError(`no power series in ${variable}: ${what}`, 'expand about another point')

/** Arithmetic of series cut off at exponent `limit`. */
class Expansion {
  constructor(
    private readonly variable: string,
    private readonly about: Expr,
    private readonly limit: number,
  ) {}

  private readonly done = new Map<Expr, Truncated>()

  readonly of = (e: Expr): Truncated => {
    const known = this.done.get(e)
    const made = known ?? this.trim(this.expansion(e))
    this.done.set(e, made)
    return made
  }

  private trim({ from, terms, to }: Truncated): Truncated {
    const end = Math.min(to, this.limit)
    const kept = terms.slice(0, Math.max(0, end - from)).map(expand)
    const cut = terms.slice(kept.length).some((c) => c !== ZERO)
    const lead = kept.findIndex((c) => !vanishes(c))
    const known = cut || to < Infinity ? Math.min(to, this.limit) : to
    return lead < 0 ? { from: Math.min(from, end), terms: [], to: known } : { from: from + lead, terms: kept.slice(lead), to: known }
  }

  private expansion(e: Expr): Truncated {
    if (!symbolsOf(e).has(this.variable)) return constant(e)
    switch (e.kind) {
      case 'symbol':
        return { from: 0, terms: [this.about, ONE], to: Infinity }
      case 'sum':
        return e.terms.map((t) => this.scale(this.of(t.factor), num(t.coefficient))).reduce((a, b) => this.add(a, b), constant(num(e.constant)))
      case 'product':
        return e.factors.map((f) => this.power(f.base, f.exponent)).reduce((a, b) => this.trim(this.multiply(a, b)))
      case 'call':
        return this.call(e)
      case 'integral':
      case 'indexed':
        return this.taylor(e)
      case 'number':
      case 'constant':
      case 'atom':
      case 'derivative':
        return constant(e)
      default:
        return unreachable(e)
    }
  }

  private scale = ({ from, terms, to }: Truncated, factor: Expr): Truncated => ({ from, terms: terms.map((c) => mul(c, factor)), to })

  private add(a: Truncated, b: Truncated): Truncated {
    const from = Math.min(a.from, b.from)
    const end = Math.max(a.from + a.terms.length, b.from + b.terms.length)
    const at = (s: Truncated, n: number): Expr => s.terms[n - s.from] ?? ZERO
    return { from, terms: Array.from({ length: end - from }, (_, i) => add(at(a, from + i), at(b, from + i))), to: Math.min(a.to, b.to) }
  }

  private multiply(a: Truncated, b: Truncated): Truncated {
    const length = Math.max(0, Math.min(a.terms.length + b.terms.length - 1, this.limit - a.from - b.from + 1))
    const terms = Array.from({ length }, (_, n) =>
      add(...a.terms.slice(0, n + 1).map((c, i) => (b.terms[n - i] === undefined ? ZERO : mul(c, b.terms[n - i] ?? ZERO)))),
    )
    return { from: a.from + b.from, terms, to: Math.min(a.to + b.from, b.to + a.from) }
  }

  /** base^exponent: e^u by its differential equation, otherwise a·x^k·(1 + u) to the exponent. */
  private power(base: Expr, exponent: Expr): Truncated {
    const n = asRational(exponent)
    if (n === undefined && (base === EULER || symbolsOf(exponent).has(this.variable)))
      return this.exponential(this.of(base === EULER ? exponent : mul(exponent, call('log', base))))
    const s = this.of(base)
    if (n?.den === 1n && n.num > 0n && s.to === Infinity && n.num <= 16n)
      return Array.from({ length: Number(n.num) }, () => s).reduce((a, b) => this.trim(this.multiply(a, b)))
    return this.binomial(s, exponent)
  }

  /** (Σ aᵢxⁱ)ⁿ with a₀ ≠ 0 by b₀ = a₀ⁿ, k·a₀·b_k = Σ (n·j − k + j)·aⱼ·b_{k−j} [Knuth 4.7, eq. 9]. */
  private binomial(s: Truncated, exponent: Expr): Truncated {
    const [lead] = s.terms
    if (lead === undefined) {
      if (s.to === Infinity) throw refuse('a power of zero', this.variable)
      throw new PrecisionLoss()
    }
    const n = asRational(exponent)
    const shift = s.from === 0 ? 0 : n === undefined ? NaN : s.from * toNumber(n)
    if (!Number.isInteger(shift)) throw refuse('a power that is not an integer at a zero or a pole', this.variable)
    const length = Math.max(1, Math.min(s.to - s.from, this.limit - shift))
    const terms: Expr[] = [pow(lead, exponent)]
    for (let k = 1; k < length; k += 1) {
      const parts = s.terms.slice(1, k + 1).map((a, i) => mul(sub(mul(num(i + 1), exponent), num(k - i - 1)), a, terms[k - i - 1] ?? ZERO))
      terms.push(expand(div(add(...parts), mul(num(k), lead))))
    }
    return { from: shift, terms, to: s.terms.length === 1 && s.to === Infinity ? Infinity : shift + length }
  }

  /** The constant term and the rest of a series without pole. */
  private regular(s: Truncated, what: string): { readonly value: Expr; readonly rest: readonly Expr[]; readonly length: number } {
    if (s.from < 0) throw refuse(`an essential singularity of ${what}`, this.variable)
    const at = (n: number): Expr => s.terms[n - s.from] ?? ZERO
    const length = Math.min(s.to, this.limit)
    return { value: at(0), rest: Array.from({ length }, (_, n) => (n === 0 ? ZERO : at(n))), length }
  }

  /** E′ = u′·E. */
  private exponential(s: Truncated): Truncated {
    const { value, rest, length } = this.regular(s, 'exp')
    const terms: Expr[] = [pow(EULER, value)]
    for (let k = 1; k < length; k += 1)
      terms.push(expand(div(add(...rest.slice(1, k + 1).map((u, i) => mul(num(i + 1), u, terms[k - i - 1] ?? ZERO))), num(k))))
    return { from: 0, terms, to: length }
  }

  /** S′ = u′·C and C′ = ∓u′·S from the values at the constant term. */
  private pair(s: Truncated, sine: 'sin' | 'sinh', cosine: 'cos' | 'cosh'): { readonly sine: Truncated; readonly cosine: Truncated } {
    const { value, rest, length } = this.regular(s, sine)
    const [sines, cosines] = [[call(sine, value)], [call(cosine, value)]]
    for (let k = 1; k < length; k += 1) {
      const slope = (other: readonly Expr[]): Expr =>
        expand(div(add(...rest.slice(1, k + 1).map((u, i) => mul(num(i + 1), u, other[k - i - 1] ?? ZERO))), num(k)))
      const [next, cosineNext] = [slope(cosines), slope(sines)]
      sines.push(next)
      cosines.push(sine === 'sin' ? neg(cosineNext) : cosineNext)
    }
    return { sine: { from: 0, terms: sines, to: length }, cosine: { from: 0, terms: cosines, to: length } }
  }

  private quotient = (a: Truncated, b: Truncated): Truncated => this.multiply(this.trim(a), this.binomial(this.trim(b), num(-1)))

  /** f(u₀) + ∫ u′·g(u) for f′ = g. */
  private integrated(s: Truncated, value: Expr, outer: Truncated): Truncated {
    const slope = { from: s.from - 1, terms: s.terms.map((c, i) => mul(num(s.from + i), c)), to: s.to - 1 }
    const rate = this.trim(this.multiply(this.trim(slope), outer))
    const terms = rate.terms.map((c, i) => div(c, num(rate.from + i + 1)))
    return this.add(constant(value), { from: rate.from + 1, terms, to: rate.to + 1 })
  }

  private call(e: Extract<Expr, { kind: 'call' }>): Truncated {
    const [u = ZERO] = e.args
    const s = this.of(u)
    const value = s.from === 0 ? (s.terms[0] ?? ZERO) : ZERO
    switch (e.name) {
      case 'log':
        if (s.from !== 0) throw refuse('a logarithm of zero or of a pole', this.variable)
        return this.integrated(s, call('log', value), this.binomial(s, num(-1)))
      case 'sin':
        return this.pair(s, 'sin', 'cos').sine
      case 'cos':
        return this.pair(s, 'sin', 'cos').cosine
      case 'tan': {
        const { sine, cosine } = this.pair(s, 'sin', 'cos')
        return this.quotient(sine, cosine)
      }
      case 'sinh':
        return this.pair(s, 'sinh', 'cosh').sine
      case 'cosh':
        return this.pair(s, 'sinh', 'cosh').cosine
      case 'tanh': {
        const { sine, cosine } = this.pair(s, 'sinh', 'cosh')
        return this.quotient(sine, cosine)
      }
      case 'atan': {
        const { value: inner } = this.regular(s, 'atan')
        const square = this.trim(this.add(constant(ONE), this.multiply(s, s)))
        return this.integrated(s, call('atan', inner), this.binomial(square, num(-1)))
      }
      case 'abs':
      case 'sign':
        if (s.from !== 0 || s.terms.length === 0) throw refuse(`the kink of ${e.name}`, this.variable)
        return e.name === 'sign' ? constant(call('sign', value)) : this.scale(s, call('sign', value))
      case 'floor':
        if (s.from < 0 || value.kind === 'number') throw refuse('the jump of floor', this.variable)
        return constant(call('floor', value))
      case 'min':
      case 'max': {
        const [a = ZERO, b = ZERO] = e.args
        const gap = call('abs', sub(a, b))
        return this.of(mul(HALF, add(a, b, e.name === 'max' ? gap : neg(gap))))
      }
      default:
        return unreachable(e.name)
    }
  }

  /** From the derivatives at the point. */
  private taylor(e: Expr): Truncated {
    const terms: Expr[] = []
    let [derivative, factorial] = [e, 1n]
    for (let k = 0; k < this.limit; k += 1) {
      if (k > 0) [derivative, factorial] = [differentiate(derivative, this.variable), factorial * BigInt(k)]
      terms.push(div(substitute(derivative, { [this.variable]: this.about }), num(factorial)))
    }
    return { from: 0, terms, to: this.limit }
  }
}

/**
 * The Laurent series of an expression in (variable − about), every coefficient up to that exponent `order`.
 * @throws InputError at essential singularities, branch points, logarithms of zero and kinks.
 */
export function series(e: Expr, variable: string, order: number, about: Expr = ZERO): Series {
  for (let extra = 1; extra <= 33; extra = 2 * extra + 1) {
    try {
      const s = new Expansion(variable, about, order + extra).of(e)
      if (s.to > order) return { valuation: s.terms.length === 0 ? order + 1 : s.from, coefficients: s.terms.slice(0, Math.max(0, order - s.from + 1)) }
    } catch (error) {
      if (!(error instanceof PrecisionLoss)) throw error
    }
  }
  throw refuse('more than 30 leading terms cancel', variable)
}

/** The coefficient of (variable − about)^n in a series that was computed to at least that order. */
export const coefficientOf = (s: Series, n: number): Expr => s.coefficients[n - s.valuation] ?? ZERO

/** The terms of a series up to its order, as an expression. */
export function seriesSum(s: Series, variable: string, about: Expr = ZERO): Expr {
  return add(...s.coefficients.map((c, i) => mul(c, pow(sub(sym(variable), about), num(s.valuation + i)))))
}

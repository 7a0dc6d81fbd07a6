import {
  EULER, HALF, ONE, TWO, ZERO, add, call, div, exp, factorsOf, integralNode, isZero, mul, neg, num, pow, splitCoefficient, sqrt, sub, sym,
} from '../algebra/build.js'
import { differentiate, subexpressions, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { expand } from '../algebra/expand.js'
import { factored } from '../algebra/squareFree.js'
import { isZeroExpr } from '../algebra/zero.js'
import type { LinearLaw } from './flow.js'

/** A fundamental solution of a linear law with constant coefficients, in one regime of its parameters. */
export interface Regime {
  readonly name: string
  /** A quantity that is positive (for `critical`: zero) in this regime. */
  readonly discriminant: Expr | undefined
  readonly relation: '>' | '=' | '<' | undefined
  /** Response to a unit impulse of the drive: L G = 0, G(0) = … = 0, leading coefficient·highest lower derivative(0) = 1. */
  readonly green: Expr
  /** Free motion from q(0) = `q_0` (and q̇(0) = `dq_0`). */
  readonly free: Expr
  /** free + ∫₀ᵗ G(t−s)·drive(s) ds; inside the integral contractions are taken at time s. */
  readonly solution: Expr
  readonly verified: boolean
  /** The solution in abbreviations for people to read, and what they stand for. */
  readonly readable: { readonly solution: Expr; readonly where: readonly (readonly [string, Expr])[] }
}

const T = sym('t')
const S = sym('s')
const Q0 = sym('q_0')
const DQ0 = sym('dq_0')

const at0 = (e: Expr): Expr => substitute(e, { t: ZERO })

/** Σ coefficientsⱼ dʲe/dtʲ. */
function applyLaw(law: LinearLaw, e: Expr): Expr {
  let [sum, derivative]: [Expr, Expr] = [ZERO, e]
  for (const c of law.coefficients) {
    sum = add(sum, mul(c, derivative))
    derivative = differentiate(derivative, 't')
  }
  return sum
}

/**
 * Variation of constants: with the impulse response G verified to solve the homogeneous law with the right initial values, the
 * driven solution follows for every drive.
 */
function regimeOf(law: LinearLaw, name: string, green: Expr, discriminant?: Expr, relation?: Regime['relation']): Regime {
  const [, c1 = ZERO, c2] = law.coefficients
  const rate = differentiate(green, 't')
  const motion = c2 === undefined ? mul(c1, Q0, green) : add(mul(Q0, add(mul(c2, rate), mul(c1, green))), mul(c2, DQ0, green))
  const free = tidy(motion)
  const conditions =
    c2 === undefined
      ? [applyLaw(law, green), sub(mul(c1, at0(green)), ONE), sub(at0(free), Q0)]
      : [
          applyLaw(law, green), at0(green), sub(mul(c2, at0(rate)), ONE),
          applyLaw(law, free), sub(at0(free), Q0), sub(at0(differentiate(free, 't')), DQ0),
        ]
  const delayed = substitute(green, { t: sub(T, S) })
  const driven = isZero(law.drive) ? ZERO : integralNode(mul(delayed, law.drive), 's', ZERO, T)
  const solution = add(free, driven)
  const verified = conditions.every((e) => isZeroExpr(e).zero)
  return { name, discriminant, relation, green, free, solution, verified, readable: { solution, where: [] } }
}

/** a₁q̇ + a₀q = drive, by integrating factor. */
function firstOrder(law: LinearLaw): readonly Regime[] {
  const [a0 = ZERO, a1 = ONE] = law.coefficients
  return [regimeOf(law, 'relaxation', div(exp(neg(mul(factored(div(a0, a1)), T))), a1))]
}

/** √e with even powers taken out of the root; its sign does not matter where only even functions of it occur. */
function root(e: Expr): Expr {
  const { coefficient, factor } = splitCoefficient(e)
  const whole = factorsOf(factor).flatMap((f) => (isEven(f.exponent) ? [f] : []))
  const outside = mul(...whole.map((f) => pow(f.base, mul(HALF, f.exponent))))
  return mul(outside, sqrt(mul(num(coefficient), div(factor, pow(outside, TWO)))))
}

const isEven = (e: Expr): boolean => e.kind === 'number' && e.value.den === 1n && e.value.num % 2n === 0n

/**
 * m q̈ + c q̇ + k q = drive: the driven harmonic oscillator ([NM] §6). With γ = c/2m the characteristic roots are −γ ± √(γ² − k/m):
 * real, equal or complex. Each regime is built and checked with the symbols m, γ and ω = √|γ² − k/m|, whose values are then put in.
 */
function secondOrder(law: LinearLaw): readonly Regime[] {
  const [k = ZERO, c = ZERO, m = ONE] = law.coefficients
  const gamma = factored(div(c, mul(TWO, m)))
  const discriminant = factored(sub(pow(gamma, TWO), div(k, m)))
  if (isZero(k)) return [regimeOf(law, 'free decay', div(sub(ONE, exp(neg(mul(TWO, gamma, T)))), c))]
  const [M, G, W] = [sym('_m'), sym('_gamma'), sym('_omega')]
  const decay = exp(neg(mul(G, T)))
  const build = (name: string, square: Expr, response: Expr, frequency: Expr, relation: Regime['relation']): Regime => {
    const generic = { ...law, coefficients: [mul(M, add(pow(G, TWO), square)), mul(TWO, M, G), M] }
    const values = { _m: m, _gamma: gamma, _omega: frequency }
    const found = regimeOf(generic, name, div(mul(decay, response), M), discriminant, relation)
    const [green, free, solution] = [found.green, found.free, found.solution].map((e) => substitute(e, values))
    const consistent = relation === '=' || isZero(factored(sub(substitute(generic.coefficients[0] ?? ZERO, values), k)))
    const names = { _m: sym('m'), _gamma: sym('gamma'), _omega: sym('omega') }
    const where = [['m', m], ['gamma', gamma], ...(relation === '=' ? [] : [['omega', frequency] as const])] as const
    const readable = { solution: substitute(found.solution, names), where }
    return { ...found, readable, green: green ?? ZERO, free: free ?? ZERO, solution: solution ?? ZERO, verified: found.verified && consistent }
  }
  return [
    build('underdamped', pow(W, TWO), div(call('sin', mul(W, T)), W), root(neg(discriminant)), '<'),
    build('critically damped', ZERO, T, ZERO, '='),
    build('overdamped', neg(pow(W, TWO)), div(call('sinh', mul(W, T)), W), root(discriminant), '>'),
  ]
}

/** Free motion with the exponential taken out. */
function tidy(e: Expr): Expr {
  const decay = [...subexpressions(e)].find((x) => x.kind === 'product' && x.factors[0]?.base === EULER && x.factors.length === 1)
  return decay === undefined ? factored(e) : mul(decay, expand(div(e, decay)))
}

/** All regimes of a law of first or second order with constant coefficients; empty for others. */
export function solveLaw(law: LinearLaw): readonly Regime[] {
  const top = law.coefficients.length - 1
  const trimmed = isZero(law.coefficients[top] ?? ZERO) ? { ...law, coefficients: law.coefficients.slice(0, top) } : law
  if (trimmed.coefficients.length === 2) return firstOrder(trimmed)
  return trimmed.coefficients.length === 3 ? secondOrder(trimmed) : []
}

/** The charge at which a constant drive holds it: drive/a₀, if a₀ does not vanish. */
export function steadyState(law: LinearLaw): Expr | undefined {
  const [a0 = ZERO] = law.coefficients
  return isZero(a0) || isZero(law.drive) ? undefined : mul(div(ONE, a0), law.drive)
}


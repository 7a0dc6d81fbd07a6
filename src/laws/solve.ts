import { TWO, ZERO, add, call, div, exp, isZero, mul, neg, num, pow, sqrt, sub, sym, symbolsOf } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { freeName } from '../algebra/names.js'
import { factored } from '../algebra/squareFree.js'
import { overCommonDenominator } from '../jets/collect.js'
import { simplifyScalar } from '../jets/simplify.js'
import { type LinearLaw, isMoving } from './flow.js'
import { higherOrder } from './solutions/higherOrder.js'
import { reducedOrder } from './solutions/reductionOfOrder.js'
import { type Relation, allows, isDecided } from './solutions/sign.js'
import { type ScheduledSolution, isRegular, namesOfLaw, scheduledRelaxation } from './solutions/scheduled.js'
import type { NamedRoots } from '../algebra/spectrum.js'
import { type FundamentalSolution, regimeOf } from './solutions/variation.js'

/** A fundamental solution of a linear law, in one regime of its parameters. */
export interface Regime extends FundamentalSolution {
  readonly name: string
  /** The quantity whose sign decides the regime; none where there is one regime only. */
  readonly discriminant: Expr | undefined
  readonly relation: Relation | undefined
  /** The solution in abbreviations for people to read, and what they stand for. */
  readonly readable: { readonly solution: Expr; readonly where: readonly (readonly [string, Expr])[] }
  /** Polynomials in `r` whose distinct roots the solution names r1, r2, …. */
  readonly named?: readonly NamedRoots[]
}

const T = sym('t')
const only = (name: string, law: LinearLaw, response: Expr, free: Expr): Regime => {
  const found = regimeOf(law, response, free)
  return { ...found, name, discriminant: undefined, relation: undefined, readable: { solution: found.solution, where: [] } }
}

/** a₁q̇ + a₀q = drive with constant coefficients, by integrating factor. */
function firstOrder(law: LinearLaw): readonly Regime[] {
  const [a0 = ZERO, a1 = num(1)] = law.coefficients
  const decay = exp(neg(mul(factored(div(a0, a1)), T)))
  return [only('relaxation', law, div(decay, a1), mul(sym('q_0'), decay))]
}

/** m q̈ + c q̇ = drive: the velocity relaxes, the charge comes to rest where it happens to be; without friction it moves on. */
function withoutSpring(law: LinearLaw, m: Expr, gamma: Expr): readonly Regime[] {
  const rate = mul(TWO, gamma)
  const reached = isZero(rate) ? T : div(sub(num(1), exp(neg(mul(rate, T)))), rate)
  return [only(isZero(rate) ? 'uniform motion' : 'free decay', law, div(reached, m), add(sym('q_0'), mul(sym('dq_0'), reached)))]
}

/** One way the oscillator moves: γ² − k/m = −square·ω², with C and S the even and the odd solution of x″ = −square·ω² x. */
interface Oscillation {
  readonly name: string
  readonly relation: Relation
  readonly square: -1 | 0 | 1
  readonly even: Expr
  readonly odd: Expr
}

/** The abbreviations stand under names of their own until the solution is checked: a drive may hold symbols called m, gamma or omega. */
const [M, G, W] = [sym('_m'), sym('_gamma'), sym('_omega')]
const OSCILLATIONS: readonly Oscillation[] = [
  { name: 'underdamped', relation: '<', square: 1, even: call('cos', mul(W, T)), odd: div(call('sin', mul(W, T)), W) },
  { name: 'critically damped', relation: '=', square: 0, even: num(1), odd: T },
  { name: 'overdamped', relation: '>', square: -1, even: call('cosh', mul(W, T)), odd: div(call('sinh', mul(W, T)), W) },
]

/**
 * m q̈ + c q̇ + k q = drive: the driven harmonic oscillator ([NM] §6). With γ = c/2m the characteristic roots are −γ ± √(γ² − k/m):
 * real, equal or complex. Each regime is built and checked in the symbols m, γ and ω = √|c² − 4mk|/2m, whose values are then put in.
 */
function secondOrder(law: LinearLaw): readonly Regime[] {
  const [k = ZERO, c = ZERO, m = num(1)] = law.coefficients
  const gamma = factored(div(c, mul(TWO, m)))
  if (isZero(k)) return withoutSpring(law, m, gamma)
  const names = readableNames(law)
  const discriminant = sub(factored(pow(c, TWO)), factored(mul(num(4), m, k)))
  return OSCILLATIONS.filter(({ relation }) => allows(discriminant, relation) && (relation !== '=' || !isZero(c))).map((oscillation) => {
    const { name, relation, square, even, odd } = oscillation
    const generic = { ...law, coefficients: [mul(M, add(pow(G, TWO), mul(num(square), pow(W, TWO)))), mul(TWO, M, G), M] }
    const decay = exp(neg(mul(G, T)))
    const free = mul(decay, add(mul(sym('q_0'), even), mul(add(sym('dq_0'), mul(G, sym('q_0'))), odd)))
    const found = regimeOf(generic, div(mul(decay, odd), M), free)
    const frequency = square === 0 ? ZERO : div(sqrt(square > 0 ? neg(discriminant) : discriminant), factored(mul(TWO, m)))
    const values = { _m: m, _gamma: gamma, _omega: frequency }
    const put = (e: Expr): Expr => substitute(e, values)
    const consistent = square === 0 || isZero(factored(sub(substitute(generic.coefficients[0] ?? ZERO, values), k)))
    const abbreviations = [['_m', m], ['_gamma', gamma], ...(square === 0 ? [] : [['_omega', frequency] as const])] as const
    return {
      name,
      ...(isDecided(discriminant) ? { relation: undefined, discriminant: undefined } : { relation, discriminant }),
      green: put(found.green), free: put(found.free), solution: put(found.solution),
      verified: found.verified && consistent,
      readable: {
        solution: substitute(found.solution, Object.fromEntries(Object.entries(names).map(([n, readable]) => [n, sym(readable)]))),
        where: abbreviations.filter(([n]) => symbolsOf(found.solution).has(n)).map(([n, value]) => [names[n], value] as const),
      },
    }
  })
}

/** Names for the abbreviations that no symbol of the law has. */
function readableNames(law: LinearLaw): Readonly<Record<'_m' | '_gamma' | '_omega', string>> {
  const taken = namesOfLaw(law)
  return { _m: freeName(taken, 'm'), _gamma: freeName(taken, 'gamma'), _omega: freeName(taken, 'omega') }
}

const scheduledRegime = (name: string, found: ScheduledSolution): Regime => ({ ...found, name, discriminant: undefined, relation: undefined })

/**
 * Coefficients that are functions of t, or contractions that are measured: quadrature at first order; at second order where a solution of the
 * homogeneous law is known; none from a start at which the law is singular.
 */
function withTime(law: LinearLaw): readonly Regime[] {
  if (!isRegular(law)) return []
  const order = law.coefficients.length - 1
  const isMeasured = law.coefficients.some((c) => atomsOf(c).length > 0)
  if (order === 1) return [scheduledRegime(isMeasured ? 'relaxation with measured damping' : 'relaxation with a schedule', scheduledRelaxation(law))]
  const reduced = order === 2 && !isMeasured ? reducedOrder(law) : undefined
  return reduced === undefined ? [] : [scheduledRegime('reduction of order', reduced)]
}

/** Third and higher order: a sum over the roots of the characteristic polynomial. */
function ofHigherOrder(law: LinearLaw): readonly Regime[] {
  const found = higherOrder(law)
  return [{ ...found, name: 'sum over the roots of the characteristic polynomial', discriminant: undefined, relation: undefined, readable: { solution: found.solution, where: [] } }]
}

/**
 * All regimes of a law with constant coefficients; with coefficients that move those of first order by quadrature, and those of second order
 * that reduce. Empty for others, which have no closed form in general.
 */
export function solveLaw(law: LinearLaw): readonly Regime[] {
  const order = law.coefficients.findLastIndex((c) => !isZero(c))
  const trimmed = { ...law, coefficients: law.coefficients.slice(0, order + 1) }
  if (trimmed.coefficients.some(isMoving)) return withTime(trimmed).filter((regime) => regime.verified)
  if (order < 1) return []
  return order === 1 ? firstOrder(trimmed) : order === 2 ? secondOrder(trimmed) : ofHigherOrder(trimmed)
}

/** The charge at which a constant drive holds it: drive/a₀, if a₀ neither vanishes nor changes in time. */
export function steadyState(law: LinearLaw): Expr | undefined {
  const [a0 = ZERO] = law.coefficients
  return isZero(a0) || isZero(law.drive) || isMoving(a0) || symbolsOf(law.drive).has('t') ? undefined : overCommonDenominator(simplifyScalar(div(law.drive, a0)))
}

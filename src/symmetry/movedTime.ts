import { ONE, ZERO, add, div, exp, isZero, mul, pow, sub, sym } from '../algebra/build.js'
import { differentiate, subexpressions, substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { antiderivative } from '../algebra/integrate.js'
import { factored } from '../algebra/squareFree.js'
import { isIdenticallyZero } from '../algebra/zero.js'
import { type Vector, scaleVector } from '../jets/vector.js'
import { timeFactor } from './generator.js'
import { ALPHA } from './lieSeries.js'

const T = sym('t')
const isFree = (e: Expr): boolean => !symbolsOf(e).has('t')

/** T(α) with T′ = τ(T) and T(0) = t, for τ = a + bt and τ = ctⁿ; undefined for other functions of time. */
export function movedTime(tau: Expr): Expr | undefined {
  const slope = factored(differentiate(tau, 't'))
  const degree = factored(div(mul(T, slope), tau))
  const found = isZero(slope) ? add(T, mul(tau, ALPHA)) : isFree(slope) ? affine(substitute(tau, { t: ZERO }), slope) : isFree(degree) ? power(div(tau, T), sub(ONE, degree)) : undefined
  const obeys = (time: Expr): boolean => isIdenticallyZero(sub(differentiate(time, 'alpha'), substitute(tau, { t: time }))) && isIdenticallyZero(sub(substitute(time, { alpha: ZERO }), T))
  return found !== undefined && obeys(found) ? found : undefined
}

function affine(at0: Expr, slope: Expr): Expr {
  const grown = exp(mul(slope, ALPHA))
  return add(mul(T, grown), mul(div(at0, slope), sub(grown, ONE)))
}

/** t (1 + mrα)^(1/m) for τ = rt with m = 1 − n. */
const power = (rate: Expr, m: Expr): Expr => mul(T, pow(add(ONE, mul(m, rate, ALPHA)), div(ONE, m)))

/** A transformation of θ and t: t ↦ time, while θ goes along the generator `bare`, which does not depend on time, as far as `length`. */
export interface Passage {
  readonly bare: Vector
  readonly length: Expr
  readonly time?: Expr
}

/**
 * How far a transformation that moves time at the rate τ goes by α: along ξ = φ(t) ξ₀(θ) it is the flow of ξ₀ to ∫₀^α φ(T) dα.
 * @returns undefined where time, or the length, has no closed form
 */
export function passageOf(generator: Vector, tau: Expr | undefined): Passage | undefined {
  if (tau === undefined) return { bare: generator, length: ALPHA }
  const [shared = ONE, ...others] = new Set(generator.terms.map((term) => timeFactor(term.coefficient)))
  const time = movedTime(tau)
  if (time === undefined || others.length > 0) return undefined
  const total = antiderivative(substitute(shared, { t: time }), 'alpha')
  return total === undefined ? undefined : { bare: scaleVector(div(ONE, shared), generator), length: withoutModulus(sub(total, substitute(total, { alpha: ZERO }))), time }
}

/** |u| as u where u is 1 at α = 0: the transformation ends where u vanishes. */
const withoutModulus = (e: Expr): Expr =>
  substitute(e, new Map([...subexpressions(e)].flatMap((part) => (part.kind === 'call' && part.name === 'abs' && substitute(part, { alpha: ZERO }) === ONE ? [[part, part.args[0] ?? part] as const] : []))))

import { ONE, ZERO, add, div, isZero, mul, neg, sub, sym } from '../algebra/build.js'
import { atomsOf, differentiate, substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { antiderivative } from '../algebra/integrate.js'
import { type ZeroTest, isIdenticallyZero, isZeroExpr } from '../algebra/zero.js'
import { componentsOf, elementwise } from '../jets/elementwise.js'
import { GRADIENT, GRADIENT_ATOM, THETA, type Vector, type VectorAtom } from '../jets/vector.js'
import { COMPONENT, componentDerivative } from './components.js'
import { isConvexSomewhere, ofComponents } from './mirror.js'
import type { DualVariables } from './model.js'
import { unlessSingular } from './series.js'

const [STEP, BATCH] = [sym('eta'), sym('_g')]

/** An update of θ as a function of one component of θ and of g; undefined where other vectors or contractions take part. */
function componentwise(update: Vector): Expr | undefined {
  const seen = new Map<string, VectorAtom>()
  const whole = componentsOf(update, seen)
  const names = [...seen].map(([name, a]): readonly [string, Expr | undefined] =>
    [name, a === GRADIENT_ATOM ? BATCH : a.kind === 'variable' && a.name === 'theta' && a.order === 0 ? COMPONENT : undefined])
  if (names.some(([, e]) => e === undefined) || atomsOf(whole).length > 0) return undefined
  return substitute(whole, new Map(names.flatMap(([name, e]) => (e === undefined ? [] : [[sym(name), e] as const]))))
}

const at = (e: Expr, values: readonly (readonly [Expr, Expr])[]): Expr => substitute(e, new Map(values))

/** h'(U(θ, 0)), the part of the dual step without the gradient: as h'(θ) + η·d(θ), or as h'(θ) + c(η), where that is what it is. */
function withoutGradient(slope: Expr, rate: Expr, update: Expr): Expr {
  const still = at(update, [[BATCH, ZERO]])
  const moved = at(slope, [[COMPONENT, still]])
  const drift = mul(STEP, div(at(differentiate(still, 'eta'), [[STEP, ZERO]]), rate))
  const shift = at(sub(moved, slope), [[COMPONENT, ONE]])
  const constant = [drift, shift].find((x) => isIdenticallyZero(sub(sub(moved, slope), x)))
  return constant === undefined ? moved : add(slope, constant)
}

/** Dual variables found in an update, and how sure the equation h'(θ') = … is. */
export interface Disguise {
  readonly dual: DualVariables
  readonly tests: readonly ZeroTest[]
}

/**
 * Mirror descent in disguise: whether an update U(θ, g) of components is h'(U) = R(θ) − ηg for some h. Then ∂U/∂g = −η ρ(U) with ρ = 1/h'', so that
 * ρ(θ) = −∂²U/∂g∂η at η = 0, where U = θ. The converse holds too: with that ρ the derivative of h'(U) + ηg by g vanishes. The two identities
 * are tested as such, then h' and h are sought as integrals, and the equation of the dual variables is tested once more with them.
 * @returns undefined where it is none, h is a multiple of θ²/2 or has no closed form, or is convex nowhere
 */
export const mirrorInDisguise = (given: Vector): Disguise | undefined => unlessSingular(() => dualOf(given))

function dualOf(given: Vector): Disguise | undefined {
  const update = componentwise(given)
  if (update === undefined || !symbolsOf(update).has('eta') || !symbolsOf(update).has('_g')) return undefined
  const response = differentiate(update, '_g')
  const rate = neg(at(differentiate(response, 'eta'), [[STEP, ZERO]]))
  if (isZero(rate) || !symbolsOf(rate).has('theta') || symbolsOf(rate).has('_g')) return undefined
  const standing = isZeroExpr(sub(at(update, [[STEP, ZERO]]), COMPONENT))
  const flowing = isZeroExpr(add(response, mul(STEP, substitute(rate, new Map([[COMPONENT, update]])))))
  if (!standing.zero || !flowing.zero) return undefined
  const curvature = div(ONE, rate)
  const slope = antiderivative(curvature, 'theta')
  const potential = slope === undefined ? undefined : antiderivative(slope, 'theta')
  if (slope === undefined || potential === undefined || !isConvexSomewhere(curvature)) return undefined
  const free = withoutGradient(slope, rate, update)
  const dualStep = isZeroExpr(sub(substitute(slope, new Map([[COMPONENT, update]])), sub(free, mul(STEP, BATCH))))
  if (!dualStep.zero) return undefined
  const next = elementwise(at(sub(free, mul(STEP, BATCH)), [[COMPONENT, sym('_x')]]), { _x: THETA, _g: GRADIENT })
  const lowest = componentDerivative(potential)
  const dual = { potential, slope: lowest, curvature: componentDerivative(lowest), gradient: ofComponents(lowest, THETA), update: next }
  return { dual, tests: [standing, flowing, dualStep] }
}

import { HALF, ONE, add, isZero, mul, num, pow, sqrt, sub, sym } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { dot } from '../jets/contraction.js'
import { deriveScalar, deriveVector, directional } from '../jets/leibniz.js'
import { simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { GRADIENT, type Vector, combine, variable } from '../jets/vector.js'
import { dualStep } from '../rules/dualField.js'
import { raised } from '../rules/mirror.js'
import type { Rule } from '../rules/model.js'
import { substituteSeries, termOf } from '../rules/series.js'
import { writtenOut } from '../rules/writtenOut.js'
import { type PotentialCharge, movesWithTheta } from './charge.js'
import { NOISE, covarianceOf, deviationOf, shiftedByNoise } from './covariance.js'
import { type DualCharge, chargeRate, tidy } from './dual.js'
import { type Laws, fieldToOrder } from './engine.js'
import { responseToGradient, withGradient } from './gradientVariable.js'

/** What the noise of a batch does to a charge q to leading order. */
export interface NoiseTerms {
  /** ⟨∇q, N⟩, reduced by the symmetry. */
  readonly diffusion: Expr
  /** Itô's term η/2·tr(∇²q N Nᵀ), before and after it is reduced by the symmetry. */
  readonly ito: Expr
  readonly reduced: Expr
  /** What vanishes if they are right. */
  readonly defects: readonly Expr[]
  readonly checkedBy: string
}

type Given = Pick<Laws, 'rules' | 'symmetry'>

/** Every noise direction obeys the symmetry's first constraint, as the gradient does. */
export const asGradient = (e: Expr): Expr => replaceInScalar(e, byName({ noise: GRADIENT }))
const asNoise = (e: Expr): Expr => withGradient(e, NOISE)
const along = (e: Expr, x: Vector): Expr => deriveScalar(e, directional('theta', 0, x))
const ETA = sym('eta')

/**
 * A rule through which the noise goes as through a linear filter, N its settled response. The charge along θ + xN to second order in x is the witness (a
 * polynomial generator moves with θ: there the derivatives of the charge are).
 */
export function linearNoise({ rules, symmetry }: Given, potential: PotentialCharge, response: Vector): NoiseTerms {
  const slope = dot(potential.gradient, response)
  const diffusion = asNoise(simplifyScalar(rules.scalar(asGradient(slope))))
  const ito = simplifyScalar(mul(HALF, ETA, dot(deriveVector(potential.gradient, directional('theta', 0, response)), response)))
  const reduced = potential.integrated === undefined ? ito : asNoise(simplifyScalar(rules.scalar(asGradient(ito))))
  const { charge } = potential
  const once = along(charge, response)
  const expansions = movesWithTheta(symmetry.generator) ? [sub(once, slope), sub(mul(HALF, ETA, along(once, response)), ito)] : [expansionDefect(charge, response, slope, ito)]
  const checkedBy = 'second-order expansion of the charge along the noise, and the first-order constraint on the noise'
  return { diffusion, ito, reduced, defects: [...expansions, asGradient(sub(slope, diffusion)), asGradient(sub(ito, reduced))], checkedBy }
}

function expansionDefect(charge: Expr, noise: Vector, slope: Expr, ito: Expr): Expr {
  const x = sym('x')
  const moved = replaceInScalar(charge, byName({ theta: combine([[ONE, variable('theta')], [mul(x, sqrt(ETA)), noise]]) }))
  return sub(moved, add(charge, mul(x, sqrt(ETA), slope), mul(pow(x, num(2)), ito)))
}

/**
 * A rule that is linear in dual variables p = ∇h(θ): there the noise is added, dp = … + √η u with u the response of the step, and the charge is
 * expanded along p + xu, on which θ moves by (∇²h)⁻¹u and its curvature counts. The rate ⟨ξ, u⟩ + ⟨Dξ(∇²h)⁻¹u, p⟩, differentiated once more, against
 * the second derivative of the charge itself.
 */
export function dualNoise({ rules }: Given, dual: DualCharge): NoiseTerms {
  const step = responseToGradient(termOf(dualStep(dual.dual, 2), 1), NOISE)
  const move = raised(dual.dual, step)
  const slope = tidy(chargeRate(dual, move))
  const diffusion = asNoise(tidy(rules.scalar(asGradient(slope))))
  const ito = tidy(mul(HALF, ETA, along(along(dual.charge, move), move)))
  const turned = dual.closed ? dot(deriveVector(dual.generator, directional('theta', 0, move)), step) : along(chargeRate(dual, move), move)
  const defects = [sub(ito, mul(HALF, ETA, turned)), sub(slope, along(dual.charge, move)), asGradient(sub(slope, diffusion))]
  return { diffusion, ito, reduced: ito, defects, checkedBy: 'rate of the charge by the generator, differentiated along the noise of the dual variables' }
}

/**
 * A rule without states that reads the curvature of the batch, by itself or where the batch's own gradient leads. For a step ηδ₁ + η²δ₂ the change of
 * the charge is ηdq[δ₁] + η²(dq[δ₂] + ½d²q[δ₁, δ₁]), which the symmetry of the batch's own loss reduces to its gradient; the mean of it over batches is
 * taken then.
 * @returns undefined where it does not: the covariance does not say what the curvature makes of the noise
 */
export function steppedNoise({ rules }: Given, { gradient, integrated }: PotentialCharge, rule: Rule): NoiseTerms | undefined {
  const update = writtenOut(rule).get('theta')
  if (rule.states.length > 0 || update === undefined) return undefined
  const step = substituteSeries(update, () => undefined, 3)
  const probe = variable('_x')
  const twice = replaceInScalar(dot(deriveVector(gradient, directional('theta', 0, probe)), probe), byName({ _x: termOf(step, 1) }))
  const raw = [dot(gradient, termOf(step, 1)), add(dot(gradient, termOf(step, 2)), mul(HALF, twice))] as const
  const reduced = (e: Expr): Expr => simplifyScalar(integrated === undefined ? rules.scalar(e) : substitute(rules.scalar(e), integrated))
  const [first, second] = [reduced(raw[0]), reduced(raw[1])]
  const [leading, covariance] = [covarianceOf(first), covarianceOf(second)]
  if (leading === undefined || !isZero(leading) || covariance === undefined) return undefined
  const ito = mul(ETA, covariance)
  const mean = mul(HALF, add(shiftedByNoise(second, ONE), shiftedByNoise(second, num(-1))))
  const defects = [sub(raw[0], first), sub(raw[1], second), sub(sub(mean, second), covariance)]
  return { diffusion: deviationOf(first), ito, reduced: ito, defects, checkedBy: 'change of the charge in a step, with a gradient shifted one way and the other' }
}

/** The noise of a batch as the leading field of the rule answers to it. */
export const settledResponse = (field: Parameters<typeof fieldToOrder>[0]): Vector => responseToGradient(fieldToOrder(field, 0), NOISE)

import { ONE, ZERO, add, isZero, mul, neg, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import type { SymmetryRules } from '../jets/constraint.js'
import { dot } from '../jets/contraction.js'
import { type Schedules, deriveScalar, directional, explicitTime, gradientOf, timeDerivative, timeDerivativeOf } from '../jets/leibniz.js'
import { type Vector, combine, scaleVector, subVectors } from '../jets/vector.js'
import { VELOCITY, eulerLagrange, momentumOf } from './eulerLagrange.js'
import { type Mechanics, settled } from './mechanics.js'

/** A transformation t → t + ετ(t), θ → θ + εξ(θ, t); the gauge Λ(θ, t) is what the action may change by at its ends. */
export interface Transformation {
  readonly generator: Vector
  /** τ; 0 by default. */
  readonly time?: Expr
  /** Λ; 0 by default. */
  readonly gauge?: Expr
}

/** Noether's identity for a Lagrangian with a Rayleigh function, every part named. */
export interface NoetherIdentity {
  /** Q = ⟨∂ℒ/∂θ̇, ξ⟩ − E τ − Λ with the energy E = ⟨∂ℒ/∂θ̇, θ̇⟩ − ℒ. */
  readonly charge: Expr
  /** Kinetic symmetry breaking δT: the variation of the part of ℒ quadratic in the velocities. */
  readonly kinetic: Expr
  /** Variation of the part linear in the velocities. */
  readonly gyroscopic: Expr
  /** Variation of the rest; the loss drops out by its symmetry, weight decay stays. */
  readonly potential: Expr
  /** τ ∂ℒ/∂t: what schedules and the multiplier e^{∫c/m} do. */
  readonly explicitTime: Expr
  /** −⟨∂R/∂θ̇, ξ − τθ̇⟩: what friction does that no Lagrangian holds. */
  readonly dissipation: Expr
  /** −dΛ/dt. */
  readonly gauge: Expr
  /** The sum of the parts: dQ/dt on the solutions. */
  readonly rate: Expr
  /** dQ/dt − rate − ⟨d/dt ∂ℒ/∂θ̇ − ∂ℒ/∂θ + ∂R/∂θ̇, ξ − τθ̇⟩: zero for every path, off the solutions too. */
  readonly residual: Expr
}

/** δe at fixed explicit time: along ξ, its prolongation ξ̇ − τ̇θ̇, and the change τ̇ of the measure dt. */
export function variationAlong(e: Expr, generator: Vector, time: Expr = ZERO, schedules?: Schedules): Expr {
  const timeRate = explicitTime(time, schedules)
  const prolonged = subVectors(timeDerivativeOf(generator, schedules), scaleVector(timeRate, VELOCITY))
  return add(deriveScalar(e, directional('theta', 0, generator)), deriveScalar(e, directional('theta', 1, prolonged)), mul(timeRate, e))
}

/**
 * Noether's theorem with kinetic symmetry breaking ([NLD] §4; Noether 1918, with time transformed as in Rund's form): on solutions dQ/dt
 * is the variation of ℒ less the power of friction, and the loss drops out of it by its symmetry.
 */
export function noetherIdentity(mechanics: Mechanics, { generator, time = ZERO, gauge = ZERO }: Transformation, rules: SymmetryRules): NoetherIdentity {
  const { lagrangian, kinetic, gyroscopic, rayleigh, multiplier } = mechanics
  const { schedules } = multiplier
  const momentum = momentumOf(lagrangian)
  const energy = sub(dot(momentum, VELOCITY), lagrangian)
  const charge = sub(sub(dot(momentum, generator), mul(time, energy)), gauge)
  const characteristic = subVectors(generator, scaleVector(time, VELOCITY))
  const friction = isZero(rayleigh) ? { terms: [] } : gradientOf(rayleigh, 'theta', 1)
  const along = (e: Expr): Expr => variationAlong(e, generator, time, schedules)
  const settle = (e: Expr): Expr => settled(e, multiplier)
  const rest = sub(lagrangian, add(kinetic, gyroscopic))
  const parts = {
    kinetic: along(kinetic),
    gyroscopic: along(gyroscopic),
    potential: rules.scalar(along(rest)),
    explicitTime: settle(mul(time, explicitTime(lagrangian, schedules))),
    dissipation: rules.scalar(neg(dot(friction, characteristic))),
    gauge: neg(timeDerivative(gauge, schedules)),
  }
  const rate = add(...Object.values(parts))
  const motion = combine([[ONE, eulerLagrange(lagrangian, schedules)], [ONE, friction]])
  const residual = settle(sub(sub(timeDerivative(charge, schedules), rate), dot(motion, characteristic)))
  return { charge, ...parts, rate, residual }
}

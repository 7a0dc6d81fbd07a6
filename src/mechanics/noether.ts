import { add, isZero, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import type { SymmetryRules } from '../jets/constraint.js'
import { dot } from '../jets/contraction.js'
import { deriveScalar, directional, gradientOf, timeDerivative, timeDerivativeOf } from '../jets/leibniz.js'
import type { Vector } from '../jets/vector.js'
import { eulerLagrange } from './lagrangian.js'

/** Noether's identity for a Lagrangian and a generator, with every part named. */
export interface NoetherIdentity {
  /** Q = ⟨∂ℒ/∂θ̇, ξ⟩. */
  readonly charge: Expr
  /** Kinetic symmetry breaking δT: the variation of the part of ℒ with velocities. */
  readonly kinetic: Expr
  /** Variation of the rest; the loss drops out, weight decay stays. */
  readonly potential: Expr
  /** dQ/dt − δℒ + ⟨∂ℒ/∂θ − d/dt ∂ℒ/∂θ̇, ξ⟩: zero off the solutions too. */
  readonly residual: Expr
}

/** δe: the variation of a function of θ and θ̇ along the generator and its prolongation. */
export function variationAlong(e: Expr, generator: Vector): Expr {
  return add(
    deriveScalar(e, directional('theta', 0, generator)),
    deriveScalar(e, directional('theta', 1, timeDerivativeOf(generator))),
  )
}

/**
 * Noether's theorem with kinetic symmetry breaking ([NLD] §4): on solutions dQ/dt = δℒ, where the loss drops out of δℒ by its
 * symmetry. The identity holds for every path, with the Euler–Lagrange expression as remainder.
 */
export function noetherIdentity(lagrangian: Expr, kineticPart: Expr, generator: Vector, rules: SymmetryRules): NoetherIdentity {
  const charge = dot(gradientOf(lagrangian, 'theta', 1), generator)
  const kinetic = variationAlong(kineticPart, generator)
  const potential = rules.scalar(variationAlong(sub(lagrangian, kineticPart), generator))
  const offShell = dot(eulerLagrange(lagrangian), generator)
  const residual = sub(sub(timeDerivative(charge), add(kinetic, potential)), offShell)
  return { charge, kinetic, potential, residual }
}

/** Whether the kinetic part is invariant. */
export const kineticallySymmetric = (identity: NoetherIdentity): boolean => isZero(identity.kinetic)


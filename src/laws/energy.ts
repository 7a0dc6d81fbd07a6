import { ONE, ZERO, add, neg, num } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction } from '../jets/contraction.js'
import { NO_SCHEDULES, type Schedules, deriveScalar, directional, explicitTime } from '../jets/leibniz.js'
import { simplifyScalar } from '../jets/simplify.js'
import type { Vector } from '../jets/vector.js'
import type { InverseProblem } from '../mechanics/lagrangian.js'
import { dissipativeMechanics } from '../mechanics/lagrangian.js'
import type { Mechanics } from '../mechanics/mechanics.js'
import { combinedSums } from '../mechanics/hadamard.js'
import type { NoetherIdentity } from '../mechanics/noether.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import { shiftsTime } from '../symmetry/transformation.js'
import { groupDrives } from './drives.js'
import type { LinearLaw } from './flow.js'

/**
 * The mechanics that a symmetry's identity is taken with: the Lagrangian, with a Rayleigh function where there has to be one. A symmetry
 * in time has all friction in the Rayleigh function, so that its charge is the energy.
 */
export function mechanicsFor(symmetry: Symmetry, lagrangian: InverseProblem, equation: Vector, schedules: Schedules): Mechanics | undefined {
  if (lagrangian.exists && lagrangian.stated) return lagrangian
  if (shiftsTime(symmetry)) return dissipativeMechanics(equation, schedules)
  return lagrangian.exists ? lagrangian : lagrangian.dissipative
}

/** q̇ = drive, the drive split into its contractions. */
const rateLaw = (charge: Expr, factor: Expr, rate: Expr): LinearLaw => {
  const drive = simplifyScalar(rate)
  return { charge: simplifyScalar(charge), factor, coefficients: [ZERO, ONE], drive, drives: groupDrives(drive) }
}

/** The energy along the modified flow: Noether's identity of a symmetry in time with the sign of the energy, E = −Q. */
export const energyLaw = (identity: NoetherIdentity): LinearLaw => rateLaw(neg(identity.charge), num(-1), neg(identity.rate))

/** Noether's identity itself, where a transformation of time, a gauge or a generator that depends on time makes its charge more than a function of θ. */
export const transformationLaw = ({ charge, rate }: NoetherIdentity): LinearLaw => rateLaw(charge, ONE, rate)

/** The identity with sums over components put together, as potentials that are such sums give them. */
export function withCombinedSums(identity: NoetherIdentity): NoetherIdentity {
  const { residual, ...parts } = identity
  const { charge, kinetic, gyroscopic, potential, explicitTime: time, dissipation, gauge, rate } = parts
  const tidy = (e: Expr): Expr => simplifyScalar(combinedSums(e))
  return { residual, charge: tidy(charge), kinetic: tidy(kinetic), gyroscopic: tidy(gyroscopic), potential: tidy(potential), explicitTime: tidy(time), dissipation: tidy(dissipation), gauge: tidy(gauge), rate: tidy(rate) }
}

/** Whether a scalar is made of sums over components. */
const hasSums = (e: Expr): boolean => atomsOf(e).some((o) => {
  const c = asContraction(o)
  return c !== undefined && [c.left, c.right].some((side) => side.kind === 'elementwise')
})

/** The potential along a modified vector field: its explicit rate and ⟨∇F, F̃⟩, where it has sums over components these put together. */
export function potentialLaw(potential: Expr, field: Vector, schedules: Schedules = NO_SCHEDULES): LinearLaw {
  const rate = add(explicitTime(potential, schedules), deriveScalar(potential, directional('theta', 0, field)))
  return rateLaw(potential, ONE, hasSums(potential) ? combinedSums(rate) : rate)
}

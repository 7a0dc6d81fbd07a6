import { HALF, add, derivativeOf, isZero, mul, num, sub, sym } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { asContraction, dot } from '../jets/contraction.js'
import { deriveVector, directional, gradientOf } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { replaceInVector } from '../jets/substitute.js'
import { childrenOf } from '../jets/walk.js'
import { THETA, type Vector, type VectorAtom, ZERO_VECTOR, combine, scaleVector, subVectors, variable } from '../jets/vector.js'
import { type BilinearForm, VELOCITY, eulerLagrange, formApplied, linearization, momentumOf } from './eulerLagrange.js'
import type { Multiplier } from './multiplier.js'
import { potentialOf } from './potential.js'

/**
 * A Lagrangian ℒ = kinetic + gyroscopic − multiplier·potential and a Rayleigh function R that together give an equation of motion:
 * d/dt ∂ℒ/∂θ̇ − ∂ℒ/∂θ + ∂R/∂θ̇ = multiplier·E (Goldstein, Classical Mechanics, §1.5). R = 0 where the motion is conservative.
 */
export interface Mechanics {
  /** E: the equation of motion, multiplied by the metric where its force is a preconditioned gradient. */
  readonly equation: Vector
  readonly lagrangian: Expr
  /** The part quadratic in the velocities. */
  readonly kinetic: Expr
  /** The part linear in the velocities: an antisymmetric damping does no work. */
  readonly gyroscopic: Expr
  readonly potential: Expr
  readonly multiplier: Multiplier
  readonly rayleigh: Expr
}

const rateOf = (a: VectorAtom): number => (a.kind === 'variable' ? a.order : Math.max(0, ...childrenOf(a).map(rateOf)))

const rateOfOpaque = (o: Opaque): number => {
  const c = asContraction(o)
  return c === undefined ? 0 : Math.max(rateOf(c.left), rateOf(c.right))
}

/** The highest time derivative of θ in an equation of motion. */
export const orderInTime = (x: Vector): number => Math.max(0, ...x.terms.flatMap((t) => [rateOf(t.atom), ...atomsOf(t.coefficient).map(rateOfOpaque)]))

/**
 * The mechanics of E = 0 with a given multiplier μ and a symmetric form D of nonconservative damping; undefined where a part has no
 * closed form. Everything is divided by μ until the end: μ⁻¹(d/dt ∂(μL)/∂θ̇ − ∂(μL)/∂θ) = EL(L) + (μ̇/μ) ∂L/∂θ̇.
 */
export function assemble(equation: Vector, multiplier: Multiplier, damping: BilinearForm): Mechanics | undefined {
  const { schedules, rate, value } = multiplier
  const variation = (lagrangian: Expr): Vector => combine([[num(1), eulerLagrange(lagrangian, schedules)], [rate, momentumOf(lagrangian)]])
  const kinetic = mul(HALF, dot(VELOCITY, formApplied(linearization(equation, 2), VELOCITY)))
  const friction = formApplied(damping, VELOCITY)
  const remaining = simplifyVector(subVectors(subVectors(equation, friction), variation(kinetic)))
  const gyroscopic = mul(HALF, dot(VELOCITY, deriveVector(remaining, directional('theta', 1, THETA))))
  const force = simplifyVector(isZero(gyroscopic) ? remaining : subVectors(remaining, variation(gyroscopic)))
  if (orderInTime(force) > 0) return undefined
  const potential = potentialOf(force)
  if (potential === undefined) return undefined
  return {
    equation,
    lagrangian: sub(add(mul(value, kinetic), mul(value, gyroscopic)), mul(value, potential)),
    kinetic: mul(value, kinetic),
    gyroscopic: mul(value, gyroscopic),
    potential,
    multiplier,
    rayleigh: mul(value, HALF, dot(VELOCITY, friction)),
  }
}

/** dμ/dt = rate·μ put in, where μ is a symbol. */
export function settled(e: Expr, { value, rate }: Multiplier): Expr {
  return value.kind === 'symbol' ? substitute(e, new Map([[derivativeOf(sym(value.name), 't', 1), mul(rate, value)]])) : e
}

const settledVector = (x: Vector, multiplier: Multiplier): Vector =>
  simplifyVector(combine(x.terms.map((t) => [settled(t.coefficient, multiplier), { terms: [{ ...t, coefficient: num(1) }] }] as const)))

/** d/dt ∂ℒ/∂θ̇ − ∂ℒ/∂θ + ∂R/∂θ̇ − multiplier·E: vanishes identically. */
export function mechanicsResidual({ equation, lagrangian, rayleigh, multiplier }: Mechanics): Vector {
  const motion = eulerLagrange(lagrangian, multiplier.schedules)
  const dissipation = isZero(rayleigh) ? ZERO_VECTOR : gradientOf(rayleigh, 'theta', 1)
  const residual = combine([[num(1), motion], [num(1), dissipation], [num(-1), scaleVector(multiplier.value, equation)]])
  return settledVector(residual, multiplier)
}

/** The equation with rates of θ replaced by what a first-order flow θ̇ = velocity makes of them. */
export function onFlow(x: Vector, velocity: Vector, schedules?: Multiplier['schedules']): Vector {
  const along = {
    variable: (name: string, order: number): Vector => (name === 'theta' && order === 0 ? velocity : variable(name, order + 1)),
    symbol: 't',
    ...(schedules === undefined ? {} : { dependent: schedules }),
  }
  const acceleration = deriveVector(velocity, along)
  return simplifyVector(replaceInVector(x, (name, order) => (name !== 'theta' || order === 0 ? undefined : order === 1 ? velocity : order === 2 ? acceleration : undefined)))
}

import { ONE, ZERO, add, atom as opaqueAtom, call, mul, neg, sub, sym } from '../algebra/build.js'
import { differentiate } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { FieldValue, LOSS_VALUE, dot } from '../jets/contraction.js'
import { NO_SCHEDULES, type Schedules, deriveScalar, timeDerivativeOf } from '../jets/leibniz.js'
import { type Field, LOSS } from '../jets/field.js'
import {
  GRADIENT, GRADIENT_ATOM, THETA, type Vector, ZERO_VECTOR, addVectors, coefficientOf, combine, scaleVector, subVectors, tensor, variable, vectorOf,
} from '../jets/vector.js'
import { VELOCITY, eulerLagrange } from './eulerLagrange.js'
import type { Mechanics } from './mechanics.js'
import { UNIT_MULTIPLIER, exponential } from './multiplier.js'

/** The functions of time α, β, γ of a Bregman Lagrangian, and which of their symbols are unknown functions of t. */
export interface Scaling {
  readonly alpha: Expr
  readonly beta: Expr
  readonly gamma: Expr
  readonly schedules?: Schedules
}

/** φ(x). */
const valueOf = (field: Field): Expr => opaqueAtom(new FieldValue(field))
/** ∇φ(x). */
const gradientOf = (field: Field): Vector => tensor(field, [], [], true)

/** The point y = θ + e^{−α}θ̇ that the divergence is taken at. */
export const shiftedPoint = (alpha: Expr): Vector => addVectors(THETA, scaleVector(exponential(neg(alpha)), VELOCITY))

/** D_h(y, x) = h(y) − h(x) − ⟨∇h(x), y − x⟩ for a potential h with its jets at two points. */
export const bregmanDivergence = (atY: Field, y: Vector, atX: Field, x: Vector): Expr =>
  sub(sub(valueOf(atY), valueOf(atX)), dot(gradientOf(atX), subVectors(y, x)))

/** A Bregman Lagrangian with its Euler–Lagrange expression, as Σ coefficient·vector. */
export interface BregmanMechanics {
  readonly potential: Field
  /** h with its jets at y. */
  readonly shifted: Field
  /** ℒ = kinetic − e^{α+β+γ} f, for Noether's identity: its kinetic symmetry breaking is the change of the divergence along the generator. */
  readonly mechanics: Mechanics
  /** e^{−γ}(d/dt ∂ℒ/∂θ̇ − ∂ℒ/∂θ) = ∇²h(y) ẏ + mismatch·(∇h(y) − ∇h(θ)) + force·∇f. */
  readonly mismatch: Expr
  readonly force: Expr
  /** d/dt ∂ℒ/∂θ̇ − ∂ℒ/∂θ less e^γ times that decomposition: vanishes identically. */
  readonly residual: Vector
}

const expanded = (x: Vector): Vector => combine(x.terms.map((t) => [expand(t.coefficient), vectorOf(t.atom)]))

/**
 * ℒ = e^{α+γ}(D_h(θ + e^{−α}θ̇, θ) − e^β f) (Wibisono, Wilson & Jordan 2016, eq. (1)) and its equation of motion, derived with the
 * jets of h at the shifted point as a field of its own.
 */
export function bregmanMechanics({ alpha, beta, gamma, schedules = NO_SCHEDULES }: Scaling, potential: Field = { name: 'h', slots: 0 }): BregmanMechanics {
  const y = shiftedPoint(alpha)
  const shifted: Field = { ...potential, at: { name: 'y', point: y } }
  const kinetic = mul(exponential(add(alpha, gamma)), bregmanDivergence(shifted, y, potential, THETA))
  const scaled = mul(exponential(add(alpha, beta, gamma)), LOSS_VALUE)
  const lagrangian = sub(kinetic, scaled)
  const mechanics: Mechanics = { equation: eulerLagrange(lagrangian, schedules), lagrangian, kinetic, gyroscopic: ZERO, potential: scaled, multiplier: UNIT_MULTIPLIER(schedules), rayleigh: ZERO }
  const motion = expanded(scaleVector(exponential(neg(gamma)), mechanics.equation))
  const acceleration = tensor(shifted, [timeDerivativeOf(y, schedules)], [], true)
  const [gradientAtom] = gradientOf(shifted).terms
  const mismatch = gradientAtom === undefined ? ZERO : coefficientOf(motion, gradientAtom.atom)
  const force = coefficientOf(motion, GRADIENT_ATOM)
  const decomposed = combine([[ONE, acceleration], [mismatch, subVectors(gradientOf(shifted), gradientOf(potential))], [force, GRADIENT]])
  return { potential, shifted, mechanics, mismatch, force, residual: expanded(subVectors(motion, decomposed)) }
}

/** A condition of ideal scaling: `expression` has to vanish, or to be at most zero. */
export interface ScalingCondition {
  readonly expression: Expr
  readonly relation: '=' | '<='
  readonly why: string
}

/**
 * The rate of the energy D_h(x*, y) + e^β(f(θ) − f(x*)) to the minimum x* on the motion d/dt ∇h(y) = −e^{α+β}∇f(θ), written
 * −e^{α+β} D_f(x*, θ) + surplus·e^β (f(θ) − f(x*)); `residual` vanishes identically.
 */
export function lyapunovRate({ alpha, beta, schedules = NO_SCHEDULES }: Scaling): { readonly surplus: Expr; readonly residual: Expr } {
  const minimum = variable('xstar')
  const atMinimum: Field = { ...LOSS, at: { name: 'xstar', point: minimum } }
  const y = shiftedPoint(alpha)
  const gap = sub(LOSS_VALUE, valueOf(atMinimum))
  const explicit = { variable: (name: string, order: number): Vector => (name === 'theta' ? variable(name, order + 1) : ZERO_VECTOR), symbol: 't', dependent: schedules }
  const motion = scaleVector(neg(exponential(add(alpha, beta))), GRADIENT)
  // d/dt D_h(x*, y) = ⟨d/dt ∇h(y), y − x*⟩
  const rate = expand(add(dot(motion, subVectors(y, minimum)), deriveScalar(mul(exponential(beta), gap), explicit)))
  const divergence = bregmanDivergence(atMinimum, minimum, LOSS, THETA)
  const rest = expand(add(rate, mul(exponential(add(alpha, beta)), divergence)))
  const surplus = expand(mul(exponential(neg(beta)), slope(rest, LOSS_VALUE)))
  return { surplus, residual: expand(sub(rest, mul(surplus, exponential(beta), gap))) }
}

const slope = (e: Expr, quantity: Expr): Expr => differentiate(e, '_value', { atomDerivative: (o) => (quantity.kind === 'atom' && o === quantity.opaque ? ONE : ZERO) })

/** The ideal scaling conditions of Wibisono, Wilson & Jordan 2016, eq. (2), derived: γ̇ = e^α and β̇ ≤ e^α. */
export function idealScaling(scaling: Scaling): readonly ScalingCondition[] {
  return [
    { expression: factored(bregmanMechanics(scaling).mismatch), relation: '=', why: 'the equation of motion is d/dt grad h(y) = -exp(alpha + beta) grad f' },
    { expression: factored(lyapunovRate(scaling).surplus), relation: '<=', why: 'the distance D_h(x*, y) + exp(beta) (f - f*) decreases for every convex loss' },
  ]
}

/** α = log(p/t), β = p·log t + log C, γ = p·log t, whose motion has f − f* = O(1/tᵖ) for convex f (there, §2.2). */
export const polynomialScaling = (p: Expr, constant: Expr): Scaling => {
  const [t, log] = [sym('t'), (x: Expr): Expr => call('log', x)]
  return { alpha: sub(log(p), log(t)), beta: add(mul(p, log(t)), log(constant)), gamma: mul(p, log(t)) }
}

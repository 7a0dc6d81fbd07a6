import { HALF, ONE, TWO, ZERO, add, div, exp, integralNode, isZero, mul, neg, num, pow, sub, sym } from '../algebra/build.js'
import { factored } from '../algebra/squareFree.js'
import { differentiate, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { antiderivative } from '../algebra/integrate.js'
import { LOSS_VALUE, dot, norm2 } from '../jets/contraction.js'
import { deriveVector, directional, gradientOf, timeDerivativeOf } from '../jets/leibniz.js'
import { writeScalar } from '../jets/notation.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import {
  GRADIENT, GRADIENT_ATOM, THETA, type Vector, type VectorAtom, coefficientOf, combine, isZeroVector, scaleVector, subVectors, variable, variableAtom, vectorOf,
} from '../jets/vector.js'

const VELOCITY = variable('theta', 1)

/**
 * The Euler–Lagrange expression d/dt(∂ℒ/∂θ̇) − ∂ℒ/∂θ of a Lagrangian in θ, θ̇ and t; it vanishes on the solutions.
 */
export function eulerLagrange(lagrangian: Expr): Vector {
  return subVectors(timeDerivativeOf(gradientOf(lagrangian, 'theta', 1)), gradientOf(lagrangian, 'theta', 0))
}

/** A Lagrangian for an equation of motion E = 0, or the reason why there is none. */
export type InverseProblem =
  | {
      readonly exists: true
      readonly lagrangian: Expr
      /** The part with velocities; ℒ = kinetic − multiplier·potential. */
      readonly kinetic: Expr
      readonly potential: Expr
      /** e^{∫c/m}: Euler–Lagrange gives multiplier·E. */
      readonly multiplier: Expr
      readonly mass: Expr
      readonly damping: Expr
      /** How the equation of motion follows from ℒ. */
      readonly reason: string
    }
  | { readonly exists: false; readonly reason: string }

const X = variable('_x')
const Y = variable('_y')

/** The bilinear form ⟨y, (∂E/∂θ⁽ᵒʳᵈᵉʳ⁾) x⟩. */
const linearization = (equation: Vector, order: number): Expr => dot(Y, deriveVector(equation, directional('theta', order, X)))

const swapped = (form: Expr): Expr => replaceInScalar(form, byName({ _x: Y, _y: X }))

/** The c with form = c·⟨x, y⟩, if the form is a multiple of the metric. */
function multipleOfIdentity(form: Expr): Expr | undefined {
  const metric = dot(X, Y)
  if (metric.kind !== 'atom') return undefined
  const c = differentiate(form, '_metric', { atomDerivative: (o) => (o === metric.opaque ? ONE : ZERO) })
  return isZero(sub(form, mul(c, metric))) ? factored(c) : undefined
}

/** A scalar potential F with ∇F = field, term by term; undefined where a term is no gradient. */
export function potentialOf(field: Vector): Expr | undefined {
  const parts = field.terms.map(({ coefficient, atom }) => {
    const potential = potentialOfAtom(atom)
    return potential === undefined ? undefined : mul(coefficient, potential)
  })
  if (parts.some((p) => p === undefined)) return undefined
  const total = add(...parts.filter((p) => p !== undefined))
  return isZeroVector(subVectors(gradientOf(total, 'theta'), field)) ? total : undefined
}

/** What the term would be the gradient of, if it were one; the caller verifies the sum. */
function potentialOfAtom(atom: VectorAtom): Expr | undefined {
  const linear = mul(HALF, dot(THETA, vectorOf(atom)))
  switch (atom.kind) {
    case 'variable':
    case 'apply':
      return linear
    case 'indicator':
      return dot(THETA, vectorOf(atom))
    case 'tensor':
      if (atom === GRADIENT_ATOM) return LOSS_VALUE
      if (atom.field.name === 'f') return mul(HALF, norm2(GRADIENT))
      return dot(THETA, vectorOf(atom))
    case 'elementwise':
      return undefined
  }
}

/**
 * Solves the inverse problem of the calculus of variations for E(θ, θ̇, θ̈, t) = 0 by the Helmholtz conditions with a scalar
 * multiplier μ(t) ([NLD] §3): with E = m θ̈ + c θ̇ + ∇F they ask for (μm)˙ = μc, so μ = e^{∫(c−ṁ)/m dt}.
 * A first-order equation c θ̇ + ∇F = 0 gets ℒ = ½c²|θ̇|² + ½|∇F|², which differs from ½|cθ̇ + ∇F|² by a total derivative ([GU]).
 */
export function inverseProblem(equation: Vector): InverseProblem {
  const massForm = linearization(equation, 2)
  const dampingForm = linearization(equation, 1)
  if (!isZero(sub(massForm, swapped(massForm)))) return { exists: false, reason: 'Helmholtz condition 1 fails: the mass is not symmetric' }
  const mass = multipleOfIdentity(massForm)
  const damping = multipleOfIdentity(dampingForm)
  if (mass === undefined) return { exists: false, reason: `no scalar multiplier: the mass depends on the state, ${writeScalar(massForm).text}` }
  if (damping === undefined) {
    const extra = writeScalar(dampingForm).text
    return { exists: false, reason: `Helmholtz condition 2 fails for every multiplier mu(t): the damping is not a multiple of the mass, ${extra}` }
  }
  const force = subVectors(equation, combine([[mass, variable('theta', 2)], [damping, VELOCITY]]))
  const stiffness = linearization(force, 0)
  if (!isZero(sub(stiffness, swapped(stiffness))))
    return { exists: false, reason: 'Helmholtz condition 3 fails: the force is not a gradient' }
  const potential = potentialOf(force)
  if (potential === undefined) return { exists: false, reason: 'the potential of the force has no closed form here' }
  return isZero(mass) ? firstOrder(damping, force) : secondOrder(mass, damping, potential)
}

function secondOrder(mass: Expr, damping: Expr, potential: Expr): InverseProblem {
  const rate = factored(div(sub(damping, differentiate(mass, 't')), mass))
  const closed = antiderivative(rate, 't')
  const multiplier = exp(closed === undefined ? integralNode(substitute(rate, { t: sym('s') }), 's', ZERO, sym('t')) : factored(closed))
  const kinetic = mul(multiplier, HALF, mass, norm2(VELOCITY))
  return {
    exists: true,
    lagrangian: sub(kinetic, mul(multiplier, potential)),
    kinetic,
    potential,
    multiplier,
    mass,
    damping,
    reason: 'the Helmholtz conditions hold with the multiplier exp(integral of (c - dm/dt)/m)',
  }
}

function firstOrder(damping: Expr, force: Vector): InverseProblem {
  const kinetic = mul(HALF, pow(damping, TWO), norm2(VELOCITY))
  const potential = neg(mul(HALF, norm2(force)))
  return {
    exists: true,
    lagrangian: sub(kinetic, potential),
    kinetic,
    potential,
    multiplier: ONE,
    mass: ZERO,
    damping,
    reason: 'half the squared residual of the flow, up to the total derivative of the potential',
  }
}

/**
 * The residual that must vanish for the Lagrangian to be right: Euler–Lagrange minus multiplier·E for a second-order equation,
 * Euler–Lagrange on the solutions of a first-order one.
 */
export function lagrangianResidual(equation: Vector, found: Extract<InverseProblem, { exists: true }>): Vector {
  const variation = eulerLagrange(found.lagrangian)
  if (!isZero(found.mass)) return subVectors(variation, scaleVector(found.multiplier, equation))
  const c = coefficientOf(equation, variableAtom('theta', 1))
  const velocity = scaleVector(div(num(-1), c), subVectors(equation, scaleVector(c, VELOCITY)))
  const acceleration = deriveVector(velocity, { variable: (name, order) => (name === 'theta' && order === 0 ? velocity : variable(name, order + 1)) })
  return combine(
    variation.terms.map((t) => {
      const replaced = t.atom === variableAtom('theta', 2) ? acceleration : t.atom === variableAtom('theta', 1) ? velocity : vectorOf(t.atom)
      return [t.coefficient, replaced] as const
    }),
  )
}

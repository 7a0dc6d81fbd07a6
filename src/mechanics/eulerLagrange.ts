import type { Expr } from '../algebra/expr.js'
import { dot } from '../jets/contraction.js'
import { type Schedules, deriveScalar, deriveVector, directional, gradientOf, strip, timeDerivation, timeDerivativeOf } from '../jets/leibniz.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { type Vector, subVectors, variable } from '../jets/vector.js'

export const VELOCITY = variable('theta', 1)

/** The Euler–Lagrange expression d/dt(∂ℒ/∂θ̇) − ∂ℒ/∂θ of a Lagrangian in θ, θ̇ and t; it vanishes on the solutions. */
export const eulerLagrange = (lagrangian: Expr, schedules?: Schedules): Vector =>
  subVectors(timeDerivativeOf(momentumOf(lagrangian), schedules), gradientOf(lagrangian, 'theta', 0))

/** ∂ℒ/∂θ̇. */
export const momentumOf = (lagrangian: Expr): Vector => gradientOf(lagrangian, 'theta', 1)

const FROM = '_x'
const TO = '_y'
const PROBES = new Set([FROM, TO])

/** A bilinear form in two directions x and y, as a scalar. */
export type BilinearForm = Expr

/** ⟨y, (∂E/∂θ⁽ᵒʳᵈᵉʳ⁾) x⟩ of an equation of motion. */
export const linearization = (equation: Vector, order: number): BilinearForm =>
  dot(variable(TO), deriveVector(equation, directional('theta', order, variable(FROM))))

/** The form with its two directions exchanged. */
export const transposed = (form: BilinearForm): BilinearForm => replaceInScalar(form, byName({ [FROM]: variable(TO), [TO]: variable(FROM) }))

/** d/dt of the form's coefficients along a path, the two directions fixed. */
export const formRate = (form: BilinearForm, schedules?: Schedules): BilinearForm => deriveScalar(form, timeDerivation(PROBES, schedules))

/** The linear map of the form applied to a vector. */
export const formApplied = (form: BilinearForm, x: Vector): Vector => strip(replaceInScalar(form, byName({ [FROM]: x })), TO)

/** The form with its directions under the names a reader sees. */
export const readableForm = (form: BilinearForm): Expr => replaceInScalar(form, byName({ [FROM]: variable('x'), [TO]: variable('y') }))

/** Whether the form depends on θ differentiated `order` times. */
export const dependsOn = (form: BilinearForm, order: number): Expr => deriveScalar(form, directional('theta', order, variable('_z')))

import { ONE, ZERO, add, div, mul, neg, sub, sym } from '../algebra/build.js'
import { substitute, symbolsOf } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import type { Expr } from '../algebra/expr.js'
import { nearest } from '../algebra/nearest.js'
import { readExpr } from '../algebra/read.js'
import { InputError } from '../errors.js'
import { LOSS_VALUE, dot } from '../jets/contraction.js'
import { ONES, elementwise } from '../jets/elementwise.js'
import { NO_SCHEDULES, type Schedules, timeDerivativeOf } from '../jets/leibniz.js'
import { GRADIENT, THETA, type Vector, combine, subVectors, variable } from '../jets/vector.js'
import { bregmanMechanics, idealScaling, shiftedPoint } from '../mechanics/bregman.js'
import { eulerLagrange } from '../mechanics/eulerLagrange.js'
import { gathered } from '../mechanics/hadamard.js'
import type { Mechanics } from '../mechanics/mechanics.js'
import { UNIT_MULTIPLIER, exponential } from '../mechanics/multiplier.js'
import { simplifyScalar, simplifyVector } from '../jets/simplify.js'
import { COMPONENT, componentDerivative } from './components.js'
import { checkConvex, ofComponents, readPotential } from './mirror.js'
import { type Action, type RuleStatement, type Stepped, nextName } from './model.js'

const KEYS = ['name', 'h', 'alpha', 'beta', 'gamma']

/** α, β and γ of a statement, with the values it gives for their symbols put in. */
function scalingOf(statement: RuleStatement, defaults: Readonly<Record<string, string>>) {
  const text = (key: string): Expr => readExpr(String(statement[key] ?? defaults[key] ?? '0'))
  const given = { alpha: text('alpha'), beta: text('beta'), gamma: text('gamma') }
  const used = new Set(Object.values(given).flatMap((e) => [...symbolsOf(e)]))
  if (used.has('k')) throw new InputError('the scaling of a Lagrangian depends on k', 'write it in the time t, e.g. alpha: "log(2/t)"')
  const put = new Map<Expr, Expr>()
  for (const [key, value] of Object.entries(statement)) {
    if (KEYS.includes(key)) continue
    const guess = nearest(key, [...KEYS, ...used])
    if (!used.has(key) || key === 't') throw new InputError(`the rule bregman has no hyperparameter '${key}'`, guess === undefined ? `it has alpha, beta, gamma, h and ${[...used].join(', ')}` : `did you mean ${guess}?`)
    put.set(sym(key), readExpr(String(value)))
  }
  const at = (e: Expr): Expr => substitute(e, put)
  return { alpha: at(given.alpha), beta: at(given.beta), gamma: at(given.gamma) }
}

type Scales = ReturnType<typeof scalingOf>

/** The force of a Bregman Lagrangian: F and its gradient, the loss and its own unless said, and what of them are functions of time. */
export interface BregmanForce {
  readonly value: Expr
  readonly gradient: Vector
  readonly schedules: Schedules
}

const LOSS_FORCE: BregmanForce = { value: LOSS_VALUE, gradient: GRADIENT, schedules: NO_SCHEDULES }

/**
 * The Bregman Lagrangian of a potential that is a sum over components, ℒ = e^{α+γ}(⟨1, h(y) − h(θ) − h'(θ)∘(y − θ)⟩ − e^β F), and
 * its Euler–Lagrange expression e^γ(h''(y)∘ẏ + (γ̇ − e^α)(h'(y) − h'(θ)) + e^{α+β}∇F).
 * @param mismatch γ̇ − e^α
 */
export function bregmanOfSum(h: Expr, { alpha, beta, gamma }: Scales, mismatch: Expr, force = LOSS_FORCE) {
  const slope = componentDerivative(h)
  const y = shiftedPoint(alpha)
  const product = (a: Vector, b: Vector): Vector => elementwise(mul(sym('_a'), sym('_b')), { _a: a, _b: b })
  const linear = product(ofComponents(slope, THETA), subVectors(y, THETA))
  const divergence = subVectors(subVectors(ofComponents(h, y), ofComponents(h, THETA)), linear)
  const kinetic = expand(mul(exponential(add(alpha, gamma)), simplifyScalar(gathered(dot(ONES, divergence))))) // apart: h may be an exponential too
  const potential = mul(exponential(add(alpha, beta, gamma)), force.value)
  const lagrangian = sub(kinetic, potential)
  const equation = eulerLagrange(lagrangian, force.schedules)
  const multiplier = UNIT_MULTIPLIER(force.schedules)
  const mechanics: Mechanics = { equation, lagrangian, kinetic, gyroscopic: ZERO, potential, multiplier, rayleigh: ZERO }
  const expected = combine([
    [exponential(gamma), product(ofComponents(componentDerivative(slope), y), timeDerivativeOf(y))],
    [mul(exponential(gamma), mismatch), subVectors(ofComponents(slope, y), ofComponents(slope, THETA))],
    [exponential(add(alpha, beta, gamma)), force.gradient],
  ])
  return { mechanics, expected }
}

/** What the point y of the divergence is ahead of θ. */
const AHEAD = 'ahead'

/**
 * The motion in steps: with u = y − θ it is
 *
 *     u̇ = −((γ̇ − e^α)(h'(y) − h'(θ)) + e^{α+β}∇f)/h''(y) − e^α u,      θ̇ = e^α u.
 *
 * Euler's method, θ with the new u, and the relaxation of u, which is fast where α is large as at the start, by the new u too, so that it is
 * stable; coefficients at the end of the step, for they may be singular at t = 0. Of first order in the step ([HLW] I.1.2).
 */
function stepped(h: Expr, { alpha, beta }: Scales, mismatch: Expr): Stepped {
  const atEnd = (e: Expr): Expr => substitute(e, { t: add(sym('t_0'), mul(add(sym('k'), ONE), sym('eta'))) })
  const slope = componentDerivative(h)
  const at = (e: Expr, point: Expr): Expr => substitute(e, new Map([[COMPONENT, point]]))
  const y = add(sym('_x'), sym('_u'))
  const pull = add(mul(atEnd(mismatch), sub(at(slope, y), at(slope, sym('_x')))), mul(exponential(atEnd(add(alpha, beta))), sym('_g')))
  const pushed = sub(sym('_u'), mul(sym('eta'), div(pull, at(componentDerivative(slope), y))))
  const next = div(pushed, add(ONE, mul(sym('eta'), exponential(atEnd(alpha)))))
  return {
    states: [{ name: AHEAD, initial: 0 }],
    updates: [
      { name: AHEAD, value: elementwise(next, { _x: THETA, _u: variable(AHEAD), _g: GRADIENT }) },
      { name: 'theta', value: combine([[ONE, THETA], [mul(sym('eta'), exponential(atEnd(alpha))), variable(nextName(AHEAD))]]) },
    ],
    velocity: combine([[exponential(alpha), variable(AHEAD)]]),
  }
}

/** The same for a potential as text. @throws InputError for one that is not strictly convex */
function separable(text: string, scales: Scales, mismatch: Expr) {
  const h = readPotential(text)
  checkConvex(text, componentDerivative(componentDerivative(h)))
  return { ...bregmanOfSum(h, scales, mismatch), stepped: stepped(h, scales, mismatch) }
}

/**
 * The Bregman Lagrangian ℒ = e^{α+γ}(D_h(θ + e^{−α}θ̇, θ) − e^β f) of a statement (Wibisono, Wilson & Jordan 2016, eq. (1)): for a potential h that is a
 * sum over components where one is given, else for every h, by its jets.
 */
export function readAction(statement: RuleStatement, defaults: Readonly<Record<string, string>>): Action {
  const scaling = scalingOf(statement, defaults)
  const { h } = statement
  if (h !== undefined && typeof h !== 'string') throw new InputError('the potential h is no expression text', 'give e.g. h: "theta^2/2"')
  const general = bregmanMechanics(scaling)
  const own = h === undefined ? undefined : separable(h, scaling, general.mismatch)
  const mechanics = own?.mechanics ?? general.mechanics
  const defect = own === undefined ? general.residual : subVectors(own.mechanics.equation, own.expected)
  const conditions = idealScaling(scaling).map(({ expression, relation, why }) => ({ expression, relation, why }))
  const equation = simplifyVector(combine([[exponential(neg(add(scaling.alpha, scaling.beta, scaling.gamma))), own?.expected ?? mechanics.equation]]))
  return { mechanics, stepped: own?.stepped, equation, shifted: shiftedPoint(scaling.alpha), defect, conditions }
}

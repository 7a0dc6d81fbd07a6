import { ONE, add, atom, call, div, frac, isZero, mul, num, splitCoefficient, sym } from '../algebra/build.js'
import { atomsOf, substitute, symbolsOf } from '../algebra/calculus.js'
import { numeratorDenominator } from '../algebra/rational-form.js'
import type { Expr } from '../algebra/expr.js'
import { toText } from '../algebra/print.js'
import { factored } from '../algebra/squareFree.js'
import { applyDiagonal, diagonalOf, inverseOf, isInvertible, isMultiple, wholeWhereCovered } from '../jets/diagonal.js'
import { NO_SCHEDULES, type Schedules } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { GRADIENT_ATOM, type Vector, type VectorAtom, ZERO_VECTOR, coefficientOf, combine, isGradientAnywhere, isZeroVector, scaleVector, variable, vectorOf } from '../jets/vector.js'
import { childrenOf } from '../jets/walk.js'
import { type Elimination, cascade } from './cascade.js'
import { dualStep } from './dualField.js'
import { MOVING_MATRICES, multipliesByMatrices } from './matrixStates.js'
import { lowered } from './mirror.js'
import { idleStatesAside, withStepsAsStates, withoutTemporaries } from './equivalent.js'
import type { DualVariables, Outcome, Rule } from './model.js'
import { linearRecurrence } from './recurrence.js'
import { type VectorSeries, shiftInTime, subSeries, sumSeries, unlessPole } from './series.js'
import { type InertialRule, type Power, clockOf, inLearningRate, inertialRule } from './inertial.js'
import { type SlowRule, kinksOf, slowRule } from './slow.js'
import { onSpheres } from './spheres.js'

/** A modified flow: an equation of motion E(θ, θ̇, θ̈, …) = 0 with powers of η up to `order`. */
export interface ModifiedFlow extends SlowRule {
  readonly order: number
  readonly equation: Vector
  /** For a rule whose momentum tends to one: η is this power of the step's length s, time is k·s and the expansion one in s. */
  readonly inertial?: Power
  /** Its equation with `eta` for the length of a step. */
  readonly expanded?: Vector
}

/** Powers of η by which a whole equation of motion may be small, as θ − ηg − θ(t+η) is by one. */
const HIGHEST_LEAD = 3

/**
 * Backward error analysis that keeps higher time derivatives ([NM] §5): θ(t+η) and the states are expanded in η about t, the update
 * of θ is solved for the state (which then is a series in the jets θ̇, θ̈, … and g, H θ̇, …), its update for the state it depends on, and the
 * last state's own update becomes the equation of motion.
 * @param order highest power of η kept; a multiple of one half for a rule whose momentum tends to one.
 */
export const modifiedFlow = (rule: Rule, order: number): Outcome<ModifiedFlow> => idleStatesAside(rule, (r) => unlessPole(() => flowOf(r, order)))

function flowOf(given: Rule, order: number): Outcome<ModifiedFlow> {
  if (given.action !== undefined) return { ok: true, value: { rule: given, schedules: NO_SCHEDULES, kinks: [], conditions: [], order: 0, equation: given.action.equation } }
  if (multipliesByMatrices(given)) return { ok: false, reason: MOVING_MATRICES }
  const inertial = inertialRule(given)
  if (inertial?.ok === true) return inertialFlow(inertial.value, order)
  const slow = slowRule(given)
  if (!slow.ok) return slow
  if (slow.value.scaling !== undefined) return { ok: false, reason: `what ${slow.value.scaling.states.map((s) => s.state).join(' and ')} has grown to is kept in the flow as a variable of its own: theta alone has no equation of motion` }
  if (slow.value.rule.dual !== undefined) return dualFlow(slow.value, slow.value.rule.dual, order)
  const found = eliminated(slow.value, order)
  return found.ok || given.states.length === 0 || onSpheres(given) === undefined ? found : { ok: false, reason: `${found.reason}: ${HIDDEN}` }
}

/** Why momenta of steps that end on a sphere are not eliminated. */
const HIDDEN = 'the step back to the sphere takes off what it moves theta along itself, so that part of the state cannot be told by what theta does'

/**
 * The same for a rule whose momentum tends to one, in the time k·√η and to the power η^order of √η: to leading order θ̈ + (r/t)θ̇ + g = 0 (Su,
 * Boyd & Candès 2016, eq. (3)), then the gradient correction of Shi, Du, Jordan & Su (2022).
 */
function inertialFlow({ rule, power, conditions }: InertialRule, order: number): Outcome<ModifiedFlow> {
  const kinks = kinksOf(rule)
  const flow = eliminated({ rule, clock: clockOf({ power }), schedules: NO_SCHEDULES, kinks, conditions: [...kinks, ...conditions] }, power * order)
  return flow.ok ? { ok: true, value: { ...flow.value, order, equation: inLearningRate(flow.value.equation, power), inertial: power, expanded: flow.value.equation } } : flow
}

/** The equation of motion without the states, expanded from its first power of η that is there. */
function eliminated(slow: SlowRule, order: number): Outcome<ModifiedFlow> {
  const rule = withStepsAsStates(withoutTemporaries(slow.rule))
  const inTurn = cascade(rule, slow.schedules)
  const found = motionOf(slow, rule, inTurn, order)
  const atOnce = found.ok ? found : motionOf(slow, rule, linearRecurrence(rule, slow.schedules), order)
  return atOnce.ok ? atOnce : found
}

function motionOf(slow: SlowRule, rule: Rule, elimination: Outcome<Elimination>, order: number): Outcome<ModifiedFlow> {
  if (!elimination.ok) return elimination
  const { schedules } = slow
  const { least, shifts, equation } = elimination.value
  for (let lead = least; lead <= HIGHEST_LEAD; lead += 1) {
    const residual = equation(lead + order + 1)
    if (!residual.ok) return residual
    const first = residual.value.findIndex((x) => !isZeroVector(x))
    if (first === lead) {
      const placed = atGradient(residual.value, slow.clock === undefined ? [...shifts.map((n) => num(n)), ...(rule.implicit ? [frac(-1n, 2n)] : [])] : [], schedules).slice(first)
      const scaled = elimination.value.hasScale ? { slow, series: placed } : withoutSharedFactor(slow, placed)
      return finish(scaled.slow, order, scaled.series)
    }
    if (first >= 0 && first < lead) return { ok: false, reason: 'the equation of motion does not let theta stand still as eta vanishes' }
  }
  return { ok: false, reason: 'the equation of motion is empty to the powers of eta that were tried' }
}

const hasCurvature = (a: VectorAtom): boolean =>
  (a.kind === 'tensor' && a.along.length > 0) || childrenOf(a).some(hasCurvature)

const curvatures = (x: VectorSeries): number => x.reduce((n, { terms }) => n + terms.filter(({ atom }) => hasCurvature(atom)).length, 0)

/**
 * The equation of motion at the step whose gradient it holds: solved for an older state it may speak of a later gradient, g(θ(t+η)) = g + ηH θ̇ + …, which
 * is g at the time of that step.
 * @param shifts in steps; none where its coefficients are functions of the time
 */
function atGradient(residual: VectorSeries, shifts: readonly Expr[], schedules: Schedules): VectorSeries {
  let best = residual
  for (const steps of shifts) {
    if (curvatures(best) === 0) return best
    const moved = shiftInTime(residual, steps, residual.length, schedules).map(simplifyVector)
    if (curvatures(moved) < curvatures(best)) best = moved
  }
  return best
}

/** ∇h(θ(t+η)) − ∇h(θ(t)) + η(g + λθ) = 0 over η: the same for mirror descent, in its dual variables, whose rate has the coefficient one. */
function dualFlow(slow: SlowRule, dual: DualVariables, order: number): Outcome<ModifiedFlow> {
  const length = order + 2
  const moved = shiftInTime([dual.gradient], 1, length, slow.schedules, [lowered(dual, variable('theta', 1))])
  return { ok: true, value: { ...slow, order, equation: simplifyVector(sumSeries(subSeries(moved, dualStep(dual, length), length).slice(1))) } }
}

/** Normalised so that the coefficient of g has no denominator and is positive for small positive hyperparameters; one, where it differs between blocks. */
function finish(slow: SlowRule, order: number, series: VectorSeries): Outcome<ModifiedFlow> {
  const leading = series[0] ?? ZERO_VECTOR
  const gradient = leading.terms.map((t) => gradientIn(t.atom)).find((a) => a !== undefined) ?? GRADIENT_ATOM
  const response = diagonalOf({ terms: leading.terms.filter((t) => gradientIn(t.atom) === gradient) }, gradient)
  const { covered } = slow.rule
  if (response !== undefined && !isMultiple(response) && isInvertible(response, covered)) {
    const equation = simplifyVector(applyDiagonal(inverseOf(response), sumSeries(series)))
    return { ok: true, value: { ...slow, order, equation: wholeWhereCovered(equation, covered) } }
  }
  const lead = coefficientOf(leading, gradient)
  const [, denominator] = numeratorDenominator(lead)
  const small = new Map([...[...symbolsOf(lead)].map(sym), ...atomsOf(lead).map(atom)].map((x) => [x, frac(1, 8)]))
  const typical = call('sign', substitute(mul(lead, denominator), small))
  const sign = typical.kind === 'number' && !isZero(typical) ? typical : ONE
  return { ok: true, value: { ...slow, order, equation: simplifyVector(scaleVector(mul(sign, denominator), sumSeries(series))) } }
}

/** The equation divided by what all terms of its leading order have in common that moves with schedules: where this comes to zero the states cannot be told apart by θ. */
function withoutSharedFactor(slow: SlowRule, series: VectorSeries): { readonly slow: SlowRule; readonly series: VectorSeries } {
  const [{ terms: [first, ...rest] } = ZERO_VECTOR] = series
  if (first === undefined || slow.schedules.size === 0) return { slow, series }
  const [, denominator] = numeratorDenominator(add(...rest.map((t, i) => mul(div(t.coefficient, first.coefficient), sym(`_term${i}`)))))
  const shared = factored(div(first.coefficient, denominator))
  if (![...symbolsOf(shared)].some((name) => slow.schedules.has(name))) return { slow, series }
  const divided = series.map((x) => combine(x.terms.map(({ coefficient, atom }) => [factored(div(coefficient, shared)), vectorOf(atom)] as const)))
  return { slow: { ...slow, conditions: [...slow.conditions, `${toText(splitCoefficient(shared).factor)} does not vanish`] }, series: divided }
}

/** The gradient that stands in an atom, all of it or on a set of blocks. */
function gradientIn(a: VectorAtom): VectorAtom | undefined {
  const inner = a.kind === 'apply' && a.operator.kind === 'projector' ? a.argument : a
  return isGradientAnywhere(inner) ? inner : undefined
}

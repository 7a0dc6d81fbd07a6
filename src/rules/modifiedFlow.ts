import { ONE, ZERO, call, div, frac, isZero, mul, num, sym } from '../algebra/build.js'
import { substitute, symbolsOf } from '../algebra/calculus.js'
import { numeratorDenominator } from '../algebra/rational-form.js'
import type { Expr } from '../algebra/expr.js'
import { type Schedules, deriveVector, directional, timeDerivativeOf } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { byName, replaceInVector, substituteScalars } from '../jets/substitute.js'
import { GRADIENT_ATOM, type Vector, ZERO_VECTOR, coefficientOf, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { type Outcome, type Rule, nextName } from './model.js'
import { type VectorSeries, combineSeries, shiftSeries, substituteSeries, sumSeries, termOf } from './series.js'
import { type SlowRule, slowRule } from './slow.js'

/** A modified flow: an equation of motion E(θ, θ̇, θ̈, …) = 0 with powers of η up to `order`. */
export interface ModifiedFlow extends SlowRule {
  readonly order: number
  readonly equation: Vector
}

const factorial = (n: number): bigint => (n <= 1 ? 1n : BigInt(n) * factorial(n - 1))

/** x(t + sη) = Σ (sη)ʲ/j! dʲx/dtʲ. */
function shiftInTime(x: VectorSeries, sign: 1 | -1, length: number, schedules: Schedules): VectorSeries {
  const parts: (readonly [Expr, VectorSeries])[] = []
  let derivative = x
  for (let j = 0; j < length; j += 1) {
    parts.push([frac(sign === 1 || j % 2 === 0 ? 1n : -1n, factorial(j)), shiftSeries(derivative, j)])
    derivative = derivative.map((y) => timeDerivativeOf(y, schedules))
  }
  return combineSeries(parts, length)
}

const THETA_SERIES = [variable('theta')]
const PROBE = variable('_x')

/** The factor of a state's new value in the leading power of η of θ's update, old and new value taken together. */
function leadingSlope(update: Vector, state: string): Expr | undefined {
  const both = replaceInVector(update, byName({ [state]: variable(nextName(state)) }))
  const slope = deriveVector(both, directional(nextName(state), 0, PROBE))
  const c = coefficientOf(slope, variableAtom('_x'))
  if (!isZeroVector(subVectors(slope, scaleVector(c, PROBE)))) return undefined
  if (!isZero(substitute(c, { eta: ZERO }))) return undefined
  const linear = div(c, sym('eta'))
  const at0 = substituteScalars(scaleVector(linear, PROBE), new Map([[sym('eta'), ZERO]]))
  return coefficientOf(at0, variableAtom('_x'))
}

/**
 * Backward error analysis that keeps higher time derivatives ([NM] §5): θ(t+η) and the states are expanded in η about t, the update
 * of θ is solved for the state (which then is a series in the jets θ̇, θ̈, … and g, H θ̇, …) and the state's own update becomes the
 * equation of motion.
 * @param order highest power of η kept.
 */
export function modifiedFlow(given: Rule, order: number): Outcome<ModifiedFlow> {
  const length = order + 1
  const slow = slowRule(given)
  if (!slow.ok) return slow
  const { rule, schedules } = slow.value
  const [state, second] = rule.states
  if (second !== undefined) return { ok: false, reason: 'the rule has more than one state to eliminate' }
  const thetaUpdate = rule.updates.find((u) => u.name === 'theta')?.value ?? ZERO_VECTOR
  const advanced = shiftInTime(THETA_SERIES, 1, length + 1, schedules)
  if (state === undefined) {
    const step = substituteSeries(thetaUpdate, () => undefined, length + 1)
    return finish(slow.value, order, rest(subSeries(advanced, step, length + 1)))
  }
  const slope = leadingSlope(thetaUpdate, state.name)
  if (slope === undefined || isZero(slope)) return { ok: false, reason: `the update of theta cannot be solved for ${state.name}` }
  const next = solveForState(thetaUpdate, state.name, slope, advanced, length, schedules)
  const value = statesAt(state.name, next, length, schedules)
  const ownUpdate = rule.updates.find((u) => u.name === state.name)?.value ?? variable(state.name)
  return finish(slow.value, order, subSeries(next, substituteSeries(ownUpdate, value, length), length))
}

const subSeries = (x: VectorSeries, y: VectorSeries, length: number): VectorSeries => combineSeries([[ONE, x], [num(-1), y]], length)
const rest = (x: VectorSeries): VectorSeries => x.slice(1)

/** The state's old and new value at time t as series, given the new value as a function of time. */
const statesAt =
  (name: string, next: VectorSeries, length: number, schedules: Schedules) =>
  (variableName: string, o: number): VectorSeries | undefined => {
    if (o !== 0) return undefined
    if (variableName === nextName(name)) return next
    return variableName === name ? shiftInTime(next, -1, length, schedules) : undefined
  }

function solveForState(update: Vector, name: string, slope: Expr, advanced: VectorSeries, length: number, schedules: Schedules): VectorSeries {
  let next: VectorSeries = []
  for (let n = 0; n < length; n += 1) {
    const step = substituteSeries(update, statesAt(name, [...next, ZERO_VECTOR], length + 1, schedules), n + 2)
    const missing = subVectors(termOf(advanced, n + 1), termOf(step, n + 1))
    next = [...next, simplifyVector(scaleVector(div(ONE, slope), missing))]
  }
  return next
}

/** Normalised so that the coefficient of g has no denominator and is positive for small positive hyperparameters. */
function finish(slow: SlowRule, order: number, series: VectorSeries): Outcome<ModifiedFlow> {
  const lead = coefficientOf(series[0] ?? ZERO_VECTOR, GRADIENT_ATOM)
  const [, denominator] = numeratorDenominator(lead)
  const small = new Map([...symbolsOf(lead)].map((name) => [sym(name), frac(1, 8)]))
  const typical = call('sign', substitute(mul(lead, denominator), small))
  const sign = typical.kind === 'number' && !isZero(typical) ? typical : ONE
  return { ok: true, value: { ...slow, order, equation: simplifyVector(scaleVector(mul(sign, denominator), sumSeries(series))) } }
}

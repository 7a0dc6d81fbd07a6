import { ONE, atom, call, frac, isZero, mul, num, pow, sym } from '../algebra/build.js'
import { factorial } from '../algebra/rational.js'
import { atomsOf, substitute, symbolsOf } from '../algebra/calculus.js'
import { numeratorDenominator } from '../algebra/rational-form.js'
import type { Expr } from '../algebra/expr.js'
import { type Diagonal, applyDiagonal, diagonalOf, inverseOf, isMultiple, numbersIn, wholeWhereCovered } from '../jets/diagonal.js'
import { NO_SCHEDULES, type Schedules, deriveVector, directional, timeDerivativeOf } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { GRADIENT_ATOM, type Vector, type VectorAtom, ZERO_VECTOR, coefficientOf, isGradientAnywhere, isZeroVector, scaleVector, subVectors, variable, variableAtom, vectorOf } from '../jets/vector.js'
import { allVectorsIn, childrenOf } from '../jets/walk.js'
import { dualStep } from './dualField.js'
import { MOVING_MATRICES, multipliesByMatrices } from './matrixStates.js'
import { lowered } from './mirror.js'
import { idleStatesAside, withStepsAsStates, withoutTemporaries } from './equivalent.js'
import { type DualVariables, type Outcome, type Rule, nextName } from './model.js'
import { type VectorSeries, combineSeries, shiftSeries, substituteSeries, sumSeries, taylorInEta, termOf, unlessPole } from './series.js'
import { type InertialRule, type Power, clockOf, inLearningRate, inertialRule } from './inertial.js'
import { type SlowRule, kinksOf, slowRule } from './slow.js'

/** A modified flow: an equation of motion E(θ, θ̇, θ̈, …) = 0 with powers of η up to `order`. */
export interface ModifiedFlow extends SlowRule {
  readonly order: number
  readonly equation: Vector
  /** For a rule whose momentum tends to one: η is this power of the step's length s, time is k·s and the expansion one in s. */
  readonly inertial?: Power
  /** Its equation with `eta` for the length of a step. */
  readonly expanded?: Vector
}

/** x(t + sη) = Σ (sη)ʲ/j! dʲx/dtʲ for a shift by s steps. */
export function shiftInTime(x: VectorSeries, steps: 1 | -1 | Expr, length: number, schedules: Schedules, rate = x.map((y) => timeDerivativeOf(y, schedules))): VectorSeries {
  const parts: (readonly [Expr, VectorSeries])[] = [[ONE, x]]
  let derivative = rate
  for (let j = 1; j < length; j += 1) {
    parts.push([mul(pow(typeof steps === 'number' ? num(steps) : steps, num(j)), frac(1n, factorial(j))), shiftSeries(derivative, j)])
    derivative = derivative.map((y) => timeDerivativeOf(y, schedules))
  }
  return combineSeries(parts, length)
}

const THETA_SERIES = [variable('theta')]
const PROBE_ATOM = variableAtom('_x')
const PROBE = vectorOf(PROBE_ATOM)

/** How an update depends on a state, old and new value taken together: by the factor slope·η^shift in leading order. */
interface Lead {
  readonly slope: Diagonal
  readonly shift: number
}

/** Powers of η that may multiply a state in an update. */
const HIGHEST_SHIFT = 2

const slopeBy = (update: Vector, state: string): Vector =>
  deriveVector(replaceInVector(update, byName({ [state]: variable(nextName(state)) })), directional(nextName(state), 0, PROBE))

/** Whether an update contains a state's old or new value, be it in a function whose derivative vanishes, as a sign's does. */
const dependsOn = (update: Vector, state: string): boolean =>
  !isZeroVector(subVectors(update, replaceInVector(update, byName({ [state]: PROBE, [nextName(state)]: PROBE }))))

/** The leading dependence of an update on a state; undefined where it is no multiple of the state on every block, by numbers that the state does not change, or some block has none. */
function leadOf(update: Vector, state: string, covered: readonly string[]): Lead | undefined {
  const orders = taylorInEta(slopeBy(update, state), HIGHEST_SHIFT + 1).map((x) => diagonalOf(x, PROBE_ATOM))
  if (orders.includes(undefined)) return undefined
  const shift = orders.findIndex((d) => d !== undefined && (d.parts.length > 0 || !isZero(d.elsewhere)))
  const slope = orders[shift]
  if (slope === undefined || !isInvertible(slope, covered)) return undefined
  const held = new Set(numbersIn(slope).flatMap(allVectorsIn))
  return [state, nextName(state)].some((name) => held.has(variableAtom(name))) ? undefined : { slope, shift }
}

/** Whether an operator is not zero on any parameter; outside of the blocks there is none if they are all covered. */
const isInvertible = ({ elsewhere, parts }: Diagonal, covered: readonly string[]): boolean =>
  parts.every(({ factor }) => !isZero(factor)) &&
  (!isZero(elsewhere) || (covered.length > 0 && covered.every((b) => parts.some(({ set }) => set.members.includes(b)))))

/** The series of a name's value after the step at time t, where it is known. */
type NewValues = ReadonlyMap<string, VectorSeries>

/** What a variable is at time t: a new value as it stands, an old value the new one of the step before. */
const valuesAt =
  (known: NewValues, length: number, schedules: Schedules) =>
  (variableName: string, o: number): VectorSeries | undefined => {
    if (o !== 0) return undefined
    for (const [name, next] of known) {
      if (variableName === nextName(name)) return next
      if (variableName === name && name !== 'theta') return shiftInTime(next, -1, length, schedules)
    }
    return undefined
  }

/** One link of the elimination: the update of `name` is solved for the new value of `state`. */
interface Link extends Lead {
  readonly name: string
  readonly state: string
}

/**
 * The order of elimination: θ's update is solved for the one state it depends on, that state's update for the next one, until an update
 * depends on no further state: this one becomes the equation of motion.
 */
function linksOf(rule: Rule): Outcome<readonly Link[]> {
  const links: Link[] = []
  const found = new Set<string>()
  for (let name = 'theta'; ; ) {
    const update = updateOf(rule, name)
    const further = rule.states.map((s) => s.name).filter((s) => s !== name && !found.has(s) && dependsOn(update, s))
    const [state, another] = further
    if (state === undefined) return { ok: true, value: links }
    if (another !== undefined) return { ok: false, reason: `the update of ${name} depends on the states ${further.join(' and ')} at once, so none can be eliminated by it` }
    const lead = leadOf(update, state, rule.covered)
    if (lead === undefined) return { ok: false, reason: `the update of ${name} cannot be solved for ${state}` }
    links.push({ ...lead, name, state })
    found.add(state)
    name = state
  }
}

const updateOf = (rule: Rule, name: string): Vector => rule.updates.find((u) => u.name === name)?.value ?? variable(name)

/**
 * The equation of motion as a series in η to a length: what the last state's own update leaves of its new value, or θ's own where no state is
 * eliminated.
 */
function residualOf(rule: Rule, links: readonly Link[], wanted: number, schedules: Schedules): Outcome<VectorSeries> {
  let length = wanted + links.reduce((n, link) => n + link.shift, 0)
  const known = new Map([['theta', shiftInTime(THETA_SERIES, 1, length, schedules)]])
  for (const link of links) {
    length -= link.shift
    const next = solveForState(updateOf(rule, link.name), link, known, length, schedules)
    if (next === undefined) return { ok: false, reason: `as eta vanishes the update of ${link.name} loses ${link.state} before the rest` }
    known.set(link.state, next)
  }
  const name = links.at(-1)?.state ?? 'theta'
  const own = substituteSeries(updateOf(rule, name), valuesAt(known, length, schedules), length)
  return { ok: true, value: subSeries(known.get(name) ?? [], own, length).map(simplifyVector) }
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
  if (slow.value.rule.dual !== undefined) return dualFlow(slow.value, slow.value.rule.dual, order)
  return eliminated(slow.value, order)
}

/**
 * The same for a rule whose momentum tends to one, in the time k·√η and to the power η^order of √η: to leading order θ̈ + (r/t)θ̇ + g = 0 (Su,
 * Boyd & Candès 2016, eq. (3)), then the gradient correction of Shi, Du, Jordan & Su (2022).
 */
function inertialFlow({ rule, power, conditions }: InertialRule, order: number): Outcome<ModifiedFlow> {
  const kinks = kinksOf(rule)
  const flow = eliminated({ rule, clock: clockOf({ power }), schedules: NO_SCHEDULES, kinks, conditions: [...kinks, ...conditions] }, power * order)
  return flow.ok ? { ok: true, value: { ...flow.value, order, equation: inLearningRate(flow.value.equation, power), inertial: power, expanded: flow.value.equation } } : flow
}

/** The states eliminated one after the other, and the equation of motion expanded from its first power of η that is there. */
function eliminated(slow: SlowRule, order: number): Outcome<ModifiedFlow> {
  const { schedules } = slow
  const rule = withStepsAsStates(withoutTemporaries(slow.rule))
  const links = linksOf(rule)
  if (!links.ok) return links
  for (let lead = links.value.length === 0 ? 1 : 0; lead <= HIGHEST_LEAD; lead += 1) {
    const residual = residualOf(rule, links.value, lead + order + 1, schedules)
    if (!residual.ok) return residual
    const first = residual.value.findIndex((x) => !isZeroVector(x))
    if (first === lead) return finish(slow, order, atGradient(residual.value, slow.clock === undefined ? shiftsOf(rule, links.value.length) : [], schedules).slice(first))
    if (first >= 0 && first < lead) return { ok: false, reason: 'the equation of motion does not let theta stand still as eta vanishes' }
  }
  return { ok: false, reason: 'the equation of motion is empty to the powers of eta that were tried' }
}

const hasCurvature = (a: VectorAtom): boolean =>
  (a.kind === 'tensor' && a.along.length > 0) || childrenOf(a).some(hasCurvature)

const curvatures = (x: VectorSeries): number => x.reduce((n, { terms }) => n + terms.filter(({ atom }) => hasCurvature(atom)).length, 0)

/** By how many steps the time of an equation of motion may be moved: back by as many as states are eliminated, and to where a step that is an equation has its gradient. */
const shiftsOf = ({ implicit }: Rule, links: number): readonly Expr[] => [
  ...Array.from({ length: links + (implicit ? 1 : 0) }, (_, n) => num(-n - 1)),
  ...(implicit ? [frac(-1n, 2n)] : []),
]

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

const subSeries = (x: VectorSeries, y: VectorSeries, length: number): VectorSeries => combineSeries([[ONE, x], [num(-1), y]], length)

/**
 * The new value of a link's state as a series, order by order from the update of `name`, whose new value is known; undefined where it has
 * a pole in η.
 */
function solveForState(update: Vector, { name, state, slope, shift }: Link, known: NewValues, length: number, schedules: Schedules): VectorSeries | undefined {
  let next: VectorSeries = []
  for (let n = -shift; n < length; n += 1) {
    const values = valuesAt(new Map([...known, [state, [...next, ZERO_VECTOR]]]), n + shift + 1, schedules)
    const step = substituteSeries(update, values, n + shift + 1)
    const missing = simplifyVector(subVectors(termOf(known.get(name) ?? [], n + shift), termOf(step, n + shift)))
    if (n >= 0) next = [...next, simplifyVector(applyDiagonal(inverseOf(slope), missing))]
    else if (!isZeroVector(missing)) return undefined
  }
  return next
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

/** The gradient that stands in an atom, all of it or on a set of blocks. */
function gradientIn(a: VectorAtom): VectorAtom | undefined {
  const inner = a.kind === 'apply' && a.operator.kind === 'projector' ? a.argument : a
  return isGradientAnywhere(inner) ? inner : undefined
}

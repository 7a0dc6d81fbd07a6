import { ONE, div, isZero, mul, neg, num, pow, sub, sym } from '../algebra/build.js'
import { symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { deriveVector, directional } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { toText } from '../algebra/print.js'
import { byName, replaceInVector, substituteScalars } from '../jets/substitute.js'
import { GRADIENT_ATOM, type Vector, coefficientOf, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { withRelativeStates, withRelaxingStates, withoutTemporaries } from './equivalent.js'
import { explicit, memoryOf } from './memory.js'
import { type Outcome, type Rule, type Update, nextName } from './model.js'
import { taylorInEta } from './series.js'

/**
 * A rule whose momentum tends to one, in the time t = k·√η of Su, Boyd & Candès (2016, §2): written for steps of length `eta`, which here
 * stands for √η, with the state scaled so that it is of the size of θ̇: v·√η for a sum of gradients, v/√η for a sum of steps.
 */
export interface InertialRule {
  readonly rule: Rule
  /** r of 1 − β(k) = r/k + …, possibly a function of t. */
  readonly friction: Expr
  readonly conditions: readonly string[]
}

const [STEP, PROBE] = [sym('eta'), variable('_x')]

/** The first two Taylor coefficients in the step of a function of k = t/step; undefined where it has none. */
function expansion(c: Expr): readonly [Expr, Expr] | undefined {
  try {
    const scaled = substituteScalars(scaleVector(c, PROBE), new Map<Expr, Expr>([[STEP, pow(STEP, num(2))], [sym('k'), div(sym('t'), STEP)]]))
    const [zeroth, first] = taylorInEta(scaleVector(factored(coefficientOf(scaled, variableAtom('_x'))), PROBE), 2).map((x) => factored(coefficientOf(x, variableAtom('_x'))))
    return zeroth === undefined || first === undefined ? undefined : [zeroth, first]
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The power of the learning rate with which θ's update takes a state, old and new values together: 1 for a sum of gradients, 0 for a sum of steps. */
function couplingPower(rule: Rule, state: string): 0 | 1 | undefined {
  const update = rule.updates.find((u) => u.name === 'theta')?.value
  if (update === undefined) return undefined
  const slope = deriveVector(replaceInVector(update, byName({ [state]: variable(nextName(state)) })), directional(nextName(state), 0, PROBE))
  const c = coefficientOf(slope, variableAtom('_x'))
  if (!isZeroVector(subVectors(slope, scaleVector(c, PROBE)))) return undefined
  const lead = taylorInEta(scaleVector(c, PROBE), 2).findIndex((x) => !isZeroVector(x))
  return lead === 0 || lead === 1 ? lead : undefined
}

/** A state whose memory is one or tends to it, with its friction and the power of √η that makes it of the size of θ̇. */
interface Inertial {
  readonly name: string
  readonly friction: Expr
  readonly size: 1 | -1
}

/** Whether a state only adds up: without its friction nothing lets it relax. */
const addsUp = (memory: Expr, power: 0 | 1, rule: Rule, name: string): boolean => {
  if (memory !== ONE) return false
  const update = rule.updates.find((u) => u.name === name)?.value ?? variable(name)
  const driven = taylorInEta(subVectors(update, variable(name)), 2).findIndex((x) => !isZeroVector(x))
  // Sums of gradients that are taken times eta, sums of steps that are taken whole: with eta in both places the state is as slow as theta.
  return driven >= 0 && driven + power === 1
}

/** The states whose memory depends on the step and tends to one, or is one from the start. */
function inertialStates(rule: Rule): readonly Inertial[] {
  return rule.states.flatMap(({ name }) => {
    const [memory, power] = [memoryOf(rule, name), couplingPower(rule, name)]
    if (memory === undefined || power === undefined || !(symbolsOf(memory).has('k') || addsUp(memory, power, rule, name))) return []
    const found = expansion(memory)
    return found === undefined || !isZero(sub(found[0], ONE)) ? [] : [{ name, friction: factored(mul(neg(found[1]), sym('t'))), size: power === 1 ? -1 : 1 }]
  })
}

function scaled(x: Vector, state: string, size: 1 | -1): Vector {
  const shrunk = (name: string): Vector => scaleVector(pow(STEP, num(size)), variable(name))
  const inTime = substituteScalars(x, new Map<Expr, Expr>([[STEP, pow(STEP, num(2))], [sym('k'), div(sym('t'), STEP)]]))
  return simplifyVector(replaceInVector(inTime, byName({ [state]: shrunk(state), [nextName(state)]: shrunk(nextName(state)) })))
}

/** Whether the gradient, where it stands by itself, reaches the state and θ only beyond the leading order: v' = … + step·g, θ' = … + step²·g. */
function isUndriven(updates: readonly Update[], state: string): boolean {
  const isGradient = ({ atom }: Vector['terms'][number]): boolean => atom === GRADIENT_ATOM || (atom.kind === 'apply' && atom.argument === GRADIENT_ATOM)
  const relevant = updates.filter((u) => u.name === state || u.name === 'theta')
  const driven = relevant.map((u) => ({ gradient: { terms: u.value.terms.filter(isGradient) }, length: u.name === 'theta' ? 3 : 2 })).filter(({ gradient }) => !isZeroVector(gradient))
  return driven.length > 0 && driven.every(({ gradient, length }) => taylorInEta(gradient, length).every((x) => isZeroVector(simplifyVector(x))))
}

/** The time of the flow. */
export const CLOCK = 'k*sqrt(eta)'

/** The rule in the time of its vanishing friction; undefined where no momentum tends to one, the reason where another schedule is in the way. */
export function inertialRule(given: Rule): Outcome<InertialRule> | undefined {
  // Nesterov's method in two sequences has its momentum in the difference of the two.
  const written = explicit(given)
  const [direct, relative] = [withRelaxingStates(written), withRelativeStates(withoutTemporaries(written))]
  const rule = inertialStates(direct).length > 0 ? direct : relative
  const [found, another] = inertialStates(rule)
  if (found === undefined) return undefined
  if (another !== undefined) return { ok: false, reason: `the memories of ${found.name} and ${another.name} both tend to one` }
  if (given.schedules.has('eta')) return { ok: false, reason: 'with a momentum that tends to one the learning rate has to be constant: time is k*sqrt(eta)' }
  const { name, friction, size } = found
  const updates = rule.updates.map((u) => {
    const value = scaled(u.value, name, size)
    return { name: u.name, value: u.name === name ? simplifyVector(scaleVector(pow(STEP, num(-size)), value)) : value }
  })
  if (isUndriven(updates, name)) return { ok: false, reason: `the gradient enters ${name} with a factor that vanishes as its memory tends to one: it does not move theta in the time ${CLOCK}` }
  const conditions = [`${isZero(friction) ? `${name} forgets nothing` : `the momentum tends to one as 1 - r/k with r = ${toText(friction)}`}, and t = ${CLOCK}`]
  return { ok: true, value: { rule: { ...rule, updates, schedule: false, schedules: new Map() }, friction, conditions } }
}

/** √η put back for the step. */
export const inLearningRate = (x: Vector): Vector => substituteScalars(x, new Map([[STEP, pow(STEP, div(ONE, num(2)))]]))

import { ONE, div, factorsOf, isZero, mul, neg, num, pow, sqrt, sub, sym } from '../algebra/build.js'
import { subexpressions, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { deriveVector, directional } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { toText } from '../algebra/print.js'
import { byName, mapPoints, replaceInVector, substituteScalars } from '../jets/substitute.js'
import { THETA, type Vector, coefficientOf, isGradientAnywhere, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { holds, scalarsOf } from '../jets/walk.js'
import { withRelativeStates, withRelaxingStates, withoutTemporaries } from './equivalent.js'
import { multipliesByMatrices } from './matrixStates.js'
import { explicit, memoryOf, multipleInSlope } from './memory.js'
import { type Outcome, type Rule, type Update, nextName } from './model.js'
import { taylorInEta, termOf, unlessSingular } from './series.js'

/**
 * A rule whose momentum tends to one, in the time t = k·s of steps of length s, for which `eta` stands in it: s = √η as with Su, Boyd & Candès
 * (2016, §2), the state scaled so that it is of the size of θ̇ (v·√η for a sum of gradients, v/√η for a sum of steps); s = η where θ takes a mean
 * over all steps only by a part that falls as 1/k, or the mean takes the gradient so.
 */
export interface InertialRule {
  readonly rule: Rule
  /** η is this power of the length of a step. */
  readonly power: Power
  /** r of 1 − β(k) = r/k + …, possibly a function of t. */
  readonly friction: Expr
  readonly conditions: readonly string[]
}

/** The power of its step's length that the learning rate of an inertial rule is. */
export type Power = 1 | 2

const [STEP, PROBE] = [sym('eta'), variable('_x')]

/** Roots of products in which the learning rate is a factor, the rate, which is positive, taken out and written by the length of a step. */
const rootsOfRate = (e: Expr, power: Power): readonly (readonly [Expr, Expr])[] =>
  [...subexpressions(e)].flatMap((x) => (x.kind === 'product' ? x.factors : [])).flatMap(({ base, exponent }) => {
    const rate = factorsOf(base).find((f) => f.base === STEP)
    if (rate === undefined || exponent.kind !== 'number' || exponent.value.den === 1n) return []
    return [[pow(base, exponent), mul(pow(STEP, mul(num(power), rate.exponent, exponent)), pow(div(base, pow(STEP, rate.exponent)), exponent))] as const]
  })

/** A vector with the learning rate written by the length of a step. */
const atRate = (x: Vector, power: Power, more: readonly (readonly [Expr, Expr])[] = []): Vector =>
  substituteScalars(x, new Map<Expr, Expr>([...scalarsOf(x).flatMap((e) => rootsOfRate(e, power)), [STEP, pow(STEP, num(power))], ...more]))

/** The same with the step number by the time. */
const inSteps = (x: Vector, power: Power): Vector => atRate(x, power, [[sym('k'), div(sym('t'), STEP)]])

/** The first two Taylor coefficients in the step of a function of k = t/step; undefined where it has none. */
function expansion(c: Expr): readonly [Expr, Expr] | undefined {
  const found = unlessSingular(() => taylorInEta(scaleVector(factored(coefficientOf(inSteps(scaleVector(c, PROBE), 2), variableAtom('_x'))), PROBE), 2).map((x) => factored(coefficientOf(x, variableAtom('_x')))))
  const [zeroth, first] = found ?? []
  return zeroth === undefined || first === undefined ? undefined : [zeroth, first]
}

/** The first power of √η with which a vector is there, at most η itself, k held; undefined where it is in none. */
const powerOfRoot = (x: Vector): number | undefined => unlessSingular(() => leadingPower(atRate(x, 2), 3))

/** The power of √η with which θ's update takes a state, old and new values together: 2 for a sum of gradients, 0 for a sum of steps. */
function couplingPower(rule: Rule, state: string): number | undefined {
  const update = rule.updates.find((u) => u.name === 'theta')?.value
  if (update === undefined) return undefined
  const slope = deriveVector(replaceInVector(update, byName({ [state]: variable(nextName(state)) })), directional(nextName(state), 0, PROBE))
  const c = multipleInSlope(slope)
  return c === undefined ? undefined : powerOfRoot(scaleVector(c, PROBE))
}

/** A state whose memory is one or tends to it, with its friction and the power of √η that makes it of the size of θ̇. */
interface Inertial {
  readonly name: string
  readonly friction: Expr
  readonly size: number
}

/** Whether what is added to a state holds another one that the state itself feeds, so that the two may relax together. */
export function isHeldBack(added: Vector, rule: Rule, name: string): boolean {
  const fedBy = (x: Vector): readonly string[] => rule.states.map((s) => s.name).filter((s) => holds(x, s) || holds(x, nextName(s)))
  const reached = new Set(fedBy(added).filter((s) => s !== name))
  for (const state of reached) for (const s of fedBy(rule.updates.find((u) => u.name === state)?.value ?? variable(state))) reached.add(s)
  return reached.has(name)
}

/** Whether a state only adds up: without its friction nothing lets it relax. */
const addsUp = (memory: Expr, power: number, rule: Rule, name: string): boolean => {
  if (memory !== ONE) return false
  const added = subVectors(rule.updates.find((u) => u.name === name)?.value ?? variable(name), variable(name))
  const driven = isHeldBack(added, rule, name) ? undefined : powerOfRoot(added)
  // Sums of gradients that are taken times eta, sums of steps that are taken whole: with eta in both places the state is as slow as theta.
  return driven !== undefined && driven + power === 2
}

/** The states whose memory tends to one with the step number or with the root of the learning rate, or is one from the start. */
function inertialStates(rule: Rule): readonly Inertial[] {
  return rule.states.flatMap(({ name }) => {
    const [memory, power] = [memoryOf(rule, name), couplingPower(rule, name)]
    if (memory === undefined || power === undefined || !(symbolsOf(memory).has('k') || rootsOfRate(memory, 2).length > 0 || addsUp(memory, power, rule, name))) return []
    const found = expansion(memory)
    return found === undefined || !isZero(sub(found[0], ONE)) ? [] : [{ name, friction: factored(mul(neg(found[1]), sym('t'))), size: 1 - power }]
  })
}

function scaled(x: Vector, state: string, size: number, power: Power): Vector {
  const shrunk = (name: string): Vector => scaleVector(pow(STEP, num(size)), variable(name))
  return mapPoints(simplifyVector(replaceInVector(inSteps(x, power), byName({ [state]: shrunk(state), [nextName(state)]: shrunk(nextName(state)) }))), simplifyVector)
}

/** The first power of the step with which a vector is there, of those below a length; undefined where it is in none. */
function leadingPower(x: Vector, length: number): number | undefined {
  const found = taylorInEta(x, length).findIndex((term) => !isZeroVector(simplifyVector(term)))
  return found < 0 ? undefined : found
}

/** Whether the gradient, where it stands by itself, reaches the state and θ only beyond the leading order: v' = … + step·g, θ' = … + step²·g. */
function isUndriven(updates: readonly Update[], state: string): boolean {
  const isGradient = ({ atom }: Vector['terms'][number]): boolean => isGradientAnywhere(atom.kind === 'apply' ? atom.argument : atom)
  const relevant = updates.filter((u) => u.name === state || u.name === 'theta')
  const driven = relevant.map((u) => ({ gradient: { terms: u.value.terms.filter(isGradient) }, length: u.name === 'theta' ? 3 : 2 })).filter(({ gradient }) => !isZeroVector(gradient))
  return driven.length > 0 && driven.every(({ gradient, length }) => leadingPower(gradient, length) === undefined)
}

/** Whether θ takes the state, old and new value together, with the first power of the step: θ̇ is of the size of the state. */
function isFollowed(updates: readonly Update[], state: string): boolean {
  const update = updates.find((u) => u.name === 'theta')?.value ?? THETA
  const slope = deriveVector(replaceInVector(update, byName({ [state]: variable(nextName(state)) })), directional(nextName(state), 0, PROBE))
  return leadingPower(slope, 2) === 1
}

/** The time of the flow. */
export const clockOf = ({ power }: Pick<InertialRule, 'power'>): string => (power === 2 ? 'k*sqrt(eta)' : 'k*eta')

/** The updates in the time of steps whose length has the learning rate for this power; none where the gradient does not move θ in it. */
function updatesIn(power: Power, rule: Rule, { name, size }: Inertial): readonly Update[] {
  const by = power === 2 ? size : 0
  const updates = rule.updates.map((u) => {
    const value = scaled(u.value, name, by, power)
    return { name: u.name, value: u.name === name ? simplifyVector(scaleVector(pow(STEP, num(-by)), value)) : value }
  })
  return isFollowed(updates, name) && !isUndriven(updates, name) ? updates : []
}

/** Whether the state and θ are left as they are in a step without length. */
const standsStill = (updates: readonly Update[], state: string): boolean =>
  updates.filter((u) => u.name === state || u.name === 'theta').every((u) => isZeroVector(simplifyVector(subVectors(termOf(taylorInEta(u.value, 1), 0), variable(u.name)))))

/** How a momentum tends to one: as the learning rate vanishes, or with the steps. */
function tendency(friction: Expr): string {
  const perTime = factored(div(friction, sym('t')))
  return symbolsOf(perTime).has('t') ? `1 - r/k with r = ${toText(friction)}` : toText(sub(ONE, mul(perTime, sqrt(sym('eta')))))
}

/** The rule in the time of its vanishing friction; undefined where no momentum tends to one, the reason where another schedule is in the way. */
export function inertialRule(given: Rule): Outcome<InertialRule> | undefined {
  if (multipliesByMatrices(given)) return undefined
  // Nesterov's method in two sequences has its momentum in the difference of the two.
  const written = explicit(given)
  const [direct, relative] = [withRelaxingStates(written), withRelativeStates(withoutTemporaries(written))]
  const rule = inertialStates(direct).length > 0 ? direct : relative
  const [found, another] = inertialStates(rule)
  if (found === undefined) return undefined
  if (another !== undefined) return { ok: false, reason: `the memories of ${found.name} and ${another.name} both tend to one` }
  if (given.schedules.has('eta')) return { ok: false, reason: 'with a momentum that tends to one the learning rate has to be constant, as time is measured by it' }
  const { name, friction } = found
  let reason = `the gradient enters ${name} with a factor that vanishes as its memory tends to one: it moves theta neither in the time k*sqrt(eta) nor in k*eta`
  for (const power of [2, 1] as const) {
    const updates = unlessSingular(() => updatesIn(power, rule, found))
    if (updates === undefined) return { ok: false, reason: `the memory of ${name} tends to one, and time is measured in steps so short that another factor, which depends on the step number k or on a root of eta, has no expansion in their length` }
    if (updates.length === 0) continue
    const still = unlessSingular(() => standsStill(updates, name))
    if (still !== true) {
      reason = `the memory of ${name} tends to one, and beside it ${name} or theta changes by a finite amount in a step, however short: ${still === undefined ? 'a factor grows as eta vanishes' : 'another factor grows with the step number k'}`
      continue
    }
    const conditions = [`${isZero(friction) ? `${name} forgets nothing` : `the momentum tends to one as ${tendency(friction)}`}, and t = ${clockOf({ power })}`]
    return { ok: true, value: { rule: { ...rule, updates, schedule: false, schedules: new Map() }, power, friction, conditions } }
  }
  return { ok: false, reason }
}

/** η put back for the length of a step. */
export const inLearningRate = (x: Vector, power: Power): Vector => substituteScalars(x, new Map([[STEP, pow(STEP, div(ONE, num(power)))]]))

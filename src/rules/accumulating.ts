import { ONE, ZERO, num, sym } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { freeName } from '../algebra/names.js'
import { type Rational, R0, R1, addR, compareR, isIntegerR, isZeroR, negR, rational, subR, textR } from '../algebra/rational.js'
import { linearSolve } from '../algebra/solve.js'
import { simplifyVector } from '../jets/simplify.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { THETA, type Vector, ZERO_VECTOR, coefficientOf, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { symbolsIn } from '../jets/walk.js'
import { withoutIdleStates } from './equivalent.js'
import { isHeldBack } from './inertial.js'
import type { Outcome, Rule } from './model.js'
import { atPower, inWholePowers, leadingPower, timesPower, withPowersOut } from './powersOfRate.js'
import { type VectorSeries, taylorInEta, termOf, unlessSingular } from './series.js'
import { writtenOut } from './writtenOut.js'

/** A state of a rule in units of a power of η: `name` is η^power times the state. */
export interface ScaledState {
  readonly state: string
  readonly name: string
  readonly power: Rational
}

/** The units in which states that accumulate move as slowly as θ does: they are kept in the flow as variables of their own. */
export interface Scaling {
  readonly states: readonly ScaledState[]
  /** A step takes η to this power of the time. */
  readonly time: number
  /** The flow is a series in η to this power, of which the time of a step is a whole power. */
  readonly unit: number
}

/** A rule with its accumulating states in those units, with `eta` for the power of η that its flow is a series in. */
export interface ScaledRule {
  readonly rule: Rule
  readonly scaling: Scaling
}

const ETA = sym('eta')
const atRest = (e: Expr): Expr => substitute(e, new Map([[ETA, ZERO]]))

/** What a state keeps of itself in a step without length, and what drives it beyond that. */
interface Driven {
  readonly name: string
  readonly drive: Vector
  /** Whether it keeps all of itself: nothing but its drive moves it. */
  readonly keepsAll: boolean
  /** Whether it goes on growing, by what does not vanish with η and no other state holds back. */
  readonly accumulates: boolean
}

function drivenOf(name: string, update: Vector, rule: Rule): Driven {
  const kept = unlessSingular(() => atRest(coefficientOf(update, variableAtom(name))))
  const drive = simplifyVector(subVectors(update, scaleVector(kept ?? ZERO, variable(name))))
  const standsStill = unlessSingular(() => isZeroVector(simplifyVector(termOf(taylorInEta(drive, 1), 0))))
  return { name, drive, keepsAll: kept === ONE, accumulates: kept === ONE && standsStill === false && !isHeldBack(drive, rule, name) }
}

type Exponents = ReadonlyMap<string, Rational>

/** A vector with each state written by η to minus its exponent times what it is in these units. */
const inUnits = (x: Vector, exponents: Exponents): Vector =>
  withPowersOut(replaceInVector(x, byName(Object.fromEntries([...exponents].map(([name, a]) => [name, timesPower(negR(a), variable(name))])))))

/** The powers of η with which θ moves in a step, and each state in its own units. */
function powersIn(states: readonly Driven[], moved: Vector, exponents: Exponents): { readonly theta: Rational; readonly states: readonly (Rational | undefined)[] } | undefined {
  return unlessSingular(() => {
    const theta = leadingPower(inUnits(moved, exponents))
    const own = states.map(({ name, drive }) => {
      const power = isZeroVector(drive) ? undefined : leadingPower(inUnits(drive, exponents))
      return power === undefined ? undefined : addR(power, exponents.get(name) ?? R0)
    })
    return theta === undefined ? undefined : { theta, states: own }
  })
}

/** What has to vanish for the exponents to balance: a state that keeps all of itself moves as slowly as θ, one that relaxes is of the size of what drives it. */
function imbalance(states: readonly Driven[], moved: Vector, exponents: Exponents): readonly Rational[] | undefined {
  const found = powersIn(states, moved, exponents)
  return found === undefined ? undefined : states.map(({ name, keepsAll }, i) => {
    const own = found.states[i]
    if (own === undefined) return exponents.get(name) ?? R0
    return keepsAll ? subR(own, found.theta) : own
  })
}

const valueOf = (e: Expr): Rational => (e.kind === 'number' ? e.value : R0)

/** Steps of Newton's method, which takes one on each piece of a function that is linear in pieces. */
const STEPS = 8

/**
 * The dominant balance of a rule whose states accumulate (Bender & Orszag 1978, §3.4): exponents a of s = w/η^a with which w and θ move
 * by one and the same power of η in a step. The powers are linear in the exponents, in pieces.
 */
function balanced(states: readonly Driven[], moved: Vector): Exponents | undefined {
  let exponents: Exponents = new Map(states.map((s) => [s.name, s.accumulates ? R1 : R0]))
  for (let step = 0; step < STEPS; step += 1) {
    const here = imbalance(states, moved, exponents)
    if (here === undefined) return undefined
    if (here.every(isZeroR)) return exponents
    const columns = states.map(({ name }) => imbalance(states, moved, new Map([...exponents, [name, addR(exponents.get(name) ?? R0, R1)]])))
    if (columns.includes(undefined)) return undefined
    const matrix = here.map((f, i) => columns.map((column) => num(subR(column?.[i] ?? R0, f))))
    const solved = linearSolve(matrix, here.map((f) => num(negR(f))))
    if (solved === undefined) return undefined
    exponents = new Map(states.map(({ name }, i) => [name, addR(exponents.get(name) ?? R0, valueOf(solved[i] ?? ZERO))]))
  }
  return undefined
}

const refused = (reason: string): Outcome<never> => ({ ok: false, reason })
const listed = (states: readonly Driven[]): string => states.filter((s) => s.accumulates).map((s) => s.name).join(' and ')

/**
 * A rule in which a state keeps all of itself and goes on growing, as the sum of squares of AdaGrad does, with its states in units in which they move as
 * slowly as θ.
 * @returns undefined where no state that reaches θ accumulates; the reason where no units make the rule slow
 */
export function scaledRule(rule: Rule): Outcome<ScaledRule> | undefined {
  if (rule.states.length === 0 || rule.matrices.length > 0 || rule.dual !== undefined) return undefined
  const updates = writtenOut(rule)
  const driven = rule.states.map(({ name }) => drivenOf(name, updates.get(name) ?? variable(name), rule))
  const names = listed(driven)
  if (names === '') return undefined
  const grow = `${names} ${names.includes(' and ') ? 'accumulate and do' : 'accumulates and does'} not relax`
  if (withoutIdleStates(rule) !== rule) return refused(`${grow}, and a state that never reaches theta stands beside`)
  if (rule.implicit) return refused(`${grow}, and the step is an equation for theta_next: the flow of the two together is not derived`)
  if (rule.schedules.size > 0 || [...updates.values()].some((x) => symbolsIn(x).has('k'))) return refused(`${grow}, and a factor changes with the step number k: the flow of the two together is not derived`)
  const moved = simplifyVector(subVectors(updates.get('theta') ?? THETA, THETA))
  const exponents = balanced(driven, moved)
  const time = exponents === undefined ? undefined : powersIn(driven, moved, exponents)?.theta
  if (exponents === undefined || time === undefined) return refused(`${grow}: no power of eta balances that against theta`)
  const powers = [...exponents.values(), time].filter((p) => !isZeroR(p)).map((p) => `eta^(${textR(p)})`)
  if (!isIntegerR(time) || compareR(time, R1) < 0) return refused(`${grow}: the balance against theta is in units of ${powers.join(' and ')}, the last of them the time of a step, and flows in roots of eta are not derived`)
  return inUnitsOf(rule, updates, exponents, Number(time.num)) ?? refused(`${grow}: in the units that balance it against theta roots of eta are left, and flows in them are not derived`)
}

/** The rule in units of its states, in the largest power of η that a step is a whole power of and the updates hold no roots of; undefined where there is none. */
function inUnitsOf(rule: Rule, updates: ReadonlyMap<string, Vector>, exponents: Exponents, time: number): Outcome<ScaledRule> | undefined {
  const taken = new Set([...rule.states.map((s) => s.name), ...rule.hyperparameters, ...Object.keys(rule.names.sets)])
  const states = [...exponents].flatMap(([state, power]) => (isZeroR(power) ? [] : [{ state, name: freeName(taken, `${state}_eta`), power }]))
  const renamed = byName(Object.fromEntries(states.map(({ state, name }) => [state, variable(name)])))
  const scaled = [...updates].map(([name, x]) => {
    const value = withPowersOut(timesPower(exponents.get(name) ?? R0, inUnits(x, exponents)))
    return { name: states.find((s) => s.state === name)?.name ?? name, value: replaceInVector(value, renamed) }
  })
  const unit = Array.from({ length: time }, (_, i) => time - i).find((u) => time % u === 0 && scaled.every(({ value }) => inWholePowers(atPower(value, rational(1, u)))))
  if (unit === undefined) return undefined
  const named = rule.states.map((s) => ({ ...s, name: states.find(({ state }) => state === s.name)?.name ?? s.name }))
  return { ok: true, value: { rule: { ...rule, states: named, updates: scaled.map(({ name, value }) => ({ name, value: atPower(value, rational(1, unit)) })) }, scaling: { states, time, unit } } }
}

/** The time of the flow. */
export const clockOfScaling = ({ time }: Scaling): string => (time === 1 ? 'k*eta' : `k*eta^${time}`)

/** That the states are of the size of their units, as a clause: where nothing drives a component it stays where it began. */
export const hasGrown = ({ states }: Scaling): string => `no component of ${states.filter(({ power }) => compareR(power, R0) > 0).map(({ name }) => name).join(' and ')} is near zero`

/** The highest power of η^unit of which a step has to be known for a flow to an order in η. */
export const powersOfStep = ({ time, unit }: Scaling, order: number): number => time / unit - 1 + Math.floor(order / unit)

/** The order in η of a flow that is known to a power of η^unit in a step. */
export const orderOfFlow = ({ time, unit }: Scaling, powers: number): number => (powers + 1 - time / unit) * unit

/** The series in η of a rate by that in η^unit of what it makes of one step; the powers before the time of a step have to vanish. */
export const inTimeOfFlow = (scaling: Scaling, series: VectorSeries): VectorSeries => spread(scaling, series.slice(powersOfStep(scaling, 0)))

/** A series in η^unit as one in η. */
export const spread = ({ unit }: Scaling, series: VectorSeries): VectorSeries => series.flatMap((x, n) => (n === 0 ? [x] : [...Array.from({ length: unit - 1 }, () => ZERO_VECTOR), x]))

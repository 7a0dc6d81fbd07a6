import { ONE, div, isZero, mul, neg, num, pow, sub, sym } from '../algebra/build.js'
import { symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { deriveVector, directional } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { toText } from '../algebra/print.js'
import { byName, replaceInVector, substituteScalars } from '../jets/substitute.js'
import { type Vector, coefficientOf, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { type Outcome, type Rule, nextName } from './model.js'
import { taylorInEta } from './series.js'

/**
 * A rule whose momentum tends to one, in the time t = k·√η of Su, Boyd & Candès (2016, §2): written for steps of length `eta`, which here
 * stands for √η, with the state v scaled to v·√η, so that it is of the size of θ̇.
 */
export interface InertialRule {
  readonly rule: Rule
  /** r of 1 − β(k) = r/k + …, possibly a function of t. */
  readonly friction: Expr
  readonly conditions: readonly string[]
}

const [STEP, PROBE] = [sym('eta'), variable('_x')]

/** The rule with its schedules written out in k. */
function explicit(rule: Rule): Rule {
  const put = new Map([...rule.schedules].map(([name, value]) => [sym(name), value] as const))
  return { ...rule, updates: rule.updates.map((u) => ({ ...u, value: substituteScalars(u.value, put) })) }
}

/** What a state's own update takes over of it, where that is a multiple. */
function memoryOf(rule: Rule, state: string): Expr | undefined {
  const update = rule.updates.find((u) => u.name === state)?.value
  if (update === undefined) return undefined
  const slope = deriveVector(update, directional(state, 0, PROBE))
  const c = coefficientOf(slope, variableAtom('_x'))
  return isZeroVector(subVectors(slope, scaleVector(c, PROBE))) ? c : undefined
}

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

/** The states whose memory depends on the step and tends to one, with their friction. */
function inertialStates(rule: Rule): readonly { readonly name: string; readonly friction: Expr }[] {
  return rule.states.flatMap(({ name }) => {
    const memory = memoryOf(rule, name)
    const found = memory === undefined || !symbolsOf(memory).has('k') ? undefined : expansion(memory)
    return found === undefined || !isZero(sub(found[0], ONE)) ? [] : [{ name, friction: factored(mul(neg(found[1]), sym('t'))) }]
  })
}

function scaled(x: Vector, state: string): Vector {
  const shrunk = (name: string): Vector => scaleVector(div(ONE, STEP), variable(name))
  const inTime = substituteScalars(x, new Map<Expr, Expr>([[STEP, pow(STEP, num(2))], [sym('k'), div(sym('t'), STEP)]]))
  return simplifyVector(replaceInVector(inTime, byName({ [state]: shrunk(state), [nextName(state)]: shrunk(nextName(state)) })))
}

/** The time of the flow. */
export const CLOCK = 'k*sqrt(eta)'

/** The rule in the time of its vanishing friction; undefined where no momentum tends to one, the reason where another schedule is in the way. */
export function inertialRule(given: Rule): Outcome<InertialRule> | undefined {
  const rule = explicit(given)
  const [found, another] = inertialStates(rule)
  if (found === undefined) return undefined
  if (another !== undefined) return { ok: false, reason: `the memories of ${found.name} and ${another.name} both tend to one` }
  if (given.schedules.has('eta')) return { ok: false, reason: 'with a momentum that tends to one the learning rate has to be constant: time is k*sqrt(eta)' }
  const { name, friction } = found
  const updates = rule.updates.map((u) => ({ name: u.name, value: u.name === name ? simplifyVector(scaleVector(STEP, scaled(u.value, name))) : scaled(u.value, name) }))
  const conditions = [`the momentum tends to one as 1 - r/k with r = ${toText(friction)}, and t = ${CLOCK}`]
  return { ok: true, value: { rule: { ...rule, updates, schedule: false, schedules: new Map() }, friction, conditions } }
}

/** √η put back for the step. */
export const inLearningRate = (x: Vector): Vector => substituteScalars(x, new Map([[STEP, pow(STEP, div(ONE, num(2)))]]))

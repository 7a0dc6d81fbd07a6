import { div, sym } from '../algebra/build.js'
import { simplifyVector } from '../jets/simplify.js'
import { mapPoints, substituteScalars } from '../jets/substitute.js'
import { type Vector, isZeroVector, subVectors, variable } from '../jets/vector.js'
import { symbolsIn } from '../jets/walk.js'
import { explicit } from './memory.js'
import type { Rule, Update } from './model.js'
import { taylorInEta, termOf, unlessSingular } from './series.js'

const STEPS = new Map([[sym('k'), div(sym('t'), sym('eta'))]])

/** An update at the time t = kη. */
const atTime = (x: Vector): Vector => mapPoints(simplifyVector(substituteScalars(x, STEPS)), simplifyVector)

/** Whether an update, expanded in η at a time t = kη, leaves what it moves where it is, and its rate has the time in it wherever the update had k. */
function movesInTime({ name, value }: Update): boolean {
  if (!symbolsIn(value).has('k')) return true
  const expanded = unlessSingular(() => taylorInEta(atTime(value), 2))
  if (expanded === undefined) return false
  const still = isZeroVector(simplifyVector(subVectors(termOf(expanded, 0), variable(name))))
  return still && symbolsIn(simplifyVector(termOf(expanded, 1))).has('t')
}

/**
 * A rule in which a factor that falls as 1/k moves θ, or a state beside it, as fast as the learning rate does: a mean over all steps, u + (θ − u)/(k+1),
 * a step c/k. In the time t = kη it is η/t, and the rule has a flow with the time in its coefficients.
 * @returns undefined where an update depends on k in another way, or on none
 */
export function inTime(given: Rule): Rule | undefined {
  if (given.schedules.has('eta') || given.dual !== undefined || given.matrices.length > 0) return undefined
  const rule = explicit(given)
  if (!rule.updates.some((u) => symbolsIn(u.value).has('k')) || !rule.updates.every(movesInTime)) return undefined
  return { ...rule, updates: rule.updates.map((u) => ({ ...u, value: atTime(u.value) })), schedule: false, schedules: new Map() }
}

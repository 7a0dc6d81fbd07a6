import type { Schedules } from '../jets/leibniz.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { THETA, type Vector, isZeroVector, subVectors, variable } from '../jets/vector.js'
import { PROBE } from './coupling.js'
import { type Rule, nextName } from './model.js'
import { type VectorSeries, shiftInTime, substituteSeries } from './series.js'

/** The update of a name; itself where it has none. */
export const updateOf = (rule: Rule, name: string): Vector => rule.updates.find((u) => u.name === name)?.value ?? variable(name)

/** Whether an update contains a state's old or new value, be it in a function whose derivative vanishes, as a sign's does. */
export const dependsOn = (update: Vector, state: string): boolean =>
  !isZeroVector(subVectors(update, replaceInVector(update, byName({ [state]: PROBE, [nextName(state)]: PROBE }))))

/** The series of a name's value after the step at time t, where it is known. */
export type NewValues = ReadonlyMap<string, VectorSeries>

/** What a variable is at time t: a new value as it stands, an old value the new one of the step before. */
export const valuesAt =
  (known: NewValues, length: number, schedules: Schedules) =>
  (variableName: string, o: number): VectorSeries | undefined => {
    if (o !== 0) return undefined
    for (const [name, next] of known) {
      if (variableName === nextName(name)) return next
      if (variableName === name && name !== 'theta') return shiftInTime(next, -1, length, schedules)
    }
    return undefined
  }

/** The states that remember what θ and the gradient were some steps before and nothing else, as the last gradient of optimistic steps, in the order in which they are known. */
export function delayed(rule: Rule): readonly string[] {
  const found: string[] = []
  for (let known = -1; known < found.length; ) {
    known = found.length
    for (const { name } of rule.states) {
      const free = rule.states.every((s) => found.includes(s.name) || !dependsOn(updateOf(rule, name), s.name))
      if (free && !found.includes(name)) found.push(name)
    }
  }
  return found
}

/** The new values of θ and of the states that only remember. */
export function knownStates(rule: Rule, length: number, schedules: Schedules): NewValues {
  const known = new Map<string, VectorSeries>([['theta', shiftInTime([THETA], 1, length, schedules)]])
  for (const name of delayed(rule)) known.set(name, substituteSeries(updateOf(rule, name), valuesAt(known, length, schedules), length))
  return known
}

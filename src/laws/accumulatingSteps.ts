import { num, pow, sym } from '../algebra/build.js'
import { writeEquation, writeVector } from '../jets/notation.js'
import { byName, replaceInVector, substituteScalars } from '../jets/substitute.js'
import { type Vector, scaleVector, subVectors, variable } from '../jets/vector.js'
import type { Scaling } from '../rules/accumulating.js'
import { type Rule, nextName } from '../rules/model.js'
import { timesPower } from '../rules/powersOfRate.js'
import { writtenOut } from '../rules/writtenOut.js'
import type { Check, Statement, Step } from './derivation.js'
import type { Laws } from './engine.js'

const [ETA, ROOT] = [sym('eta'), sym('root_of_eta')]

const withRate = (x: Vector, power: number, by = ETA): Vector => substituteScalars(x, new Map([[ETA, pow(by, num(power))]]))

/** What the scaled updates are off from those of the rule, its states put in in their units, with η as a square: it is positive, and roots of its powers are powers. */
function defects({ updates }: Rule, scaled: Rule, { states, unit }: Scaling): readonly Vector[] {
  const rate = (power: (typeof states)[number]['power'], sign: 1 | -1) => pow(ROOT, num({ ...power, num: BigInt(2 * sign) * power.num }))
  const inUnits = byName(Object.fromEntries(states.map(({ state, name, power }) => [state, scaleVector(rate(power, -1), variable(name))])))
  return [...writtenOut({ updates })].map(([name, x]) => {
    const own = states.find(({ state }) => state === name)
    const original = replaceInVector(withRate(x, 2, ROOT), inUnits)
    const value = scaled.updates.find((u) => u.name === (own?.name ?? name))?.value ?? variable(name)
    return subVectors(withRate(value, 2 * unit, ROOT), own === undefined ? original : scaleVector(rate(own.power, 1), original))
  })
}

/** The rule in the units in which the states that accumulate move as slowly as θ. */
export function accumulatingSteps({ rule, field }: Laws, before: Statement, check: (x: Vector) => Check): readonly Step[] {
  if (!field.ok || field.value.scaling === undefined) return []
  const { scaling, rule: scaled } = field.value
  const updates = scaled.updates.map((u) => writeEquation({ text: nextName(u.name), latex: writeVector(variable(nextName(u.name))).latex }, writeVector(withRate(u.value, scaling.unit))))
  const checks = defects(rule, scaled, scaling).map(check)
  const units = scaling.states.map(({ state, name, power }) => `${name} for ${writeVector(timesPower(power, variable(state))).text}`).join(' and ')
  return [{
    section: 'From the rule to a flow',
    before,
    after: { text: updates.map((u) => u.text).join('; '), latex: updates.map((u) => u.latex).join(',\\quad ') },
    why: `Dominant balance: a state that accumulates does not relax, and it grows until it moves theta as slowly as it moves itself. With ${units} all of them move by eta^${scaling.time} in a step, which is the time of a step.`,
    source: 'Bender & Orszag 1978, section 3.4',
    verified: { passed: checks.every((c) => c.passed), method: checks[0]?.method ?? 'nothing to check', instances: checks.reduce((n, c) => n + (c.instances ?? 0), 0) },
  }]
}

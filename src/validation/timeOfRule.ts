import { mul, num, pow, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { textR, toNumber } from '../algebra/rational.js'
import { byPowersOfEta, simplifyScalar } from '../jets/simplify.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { ZERO_VECTOR, variable } from '../jets/vector.js'
import { groupDrives } from '../laws/drives.js'
import type { FlowOfLaw, Laws } from '../laws/engine.js'
import type { ScaledState, Scaling } from '../rules/accumulating.js'
import { unlessSingular } from '../rules/series.js'
import type { RuleProgram } from '../rules/program.js'
import { scalarWithPowersOut, timesPower } from '../rules/powersOfRate.js'

/** A step takes the learning rate to this power of the time of the flows along modified vector fields. */
export const timeOfStep = ({ field }: Pick<Laws, 'field'>): number => (field.ok ? (field.value.scaling?.time ?? 1) : 1)

/** The power of η by which the flows along modified vector fields come closer from one order to the next. */
export const unitOfOrder = ({ field }: Pick<Laws, 'field'>): number => (field.ok ? (field.value.scaling?.unit ?? 1) : 1)

/** The states that accumulate, by their names in the rule. */
const keptBy = ({ field }: Pick<Laws, 'field'>): readonly ScaledState[] => (field.ok ? (field.value.scaling?.states ?? []) : [])

const startOf = (initial: number): number => (initial === 0 ? 1 : initial)

/** The state that accumulates and begins at zero, where a law along the flow that keeps it has no value. */
export const beginsAtPole = (laws: Pick<Laws, 'field' | 'rule' | 'flows'>): string | undefined =>
  keptBy(laws).find(({ state, name }) => {
    const none = byName({ [state]: ZERO_VECTOR, [name]: ZERO_VECTOR })
    return laws.rule.states.some((s) => s.name === state && s.initial === 0) && laws.flows.some(({ law }) => unlessSingular(() => replaceInScalar(law.drive, none)) === undefined)
  })?.state

/** Where the states that accumulate begin in reruns, as clauses. */
export const begunTold = (laws: Pick<Laws, 'field' | 'rule'>, eta: number): readonly string[] =>
  keptBy(laws).flatMap(({ state, power }) => {
    const initial = laws.rule.states.find((s) => s.name === state)?.initial
    return typeof initial === 'number' ? [`${state} begun at ${startOf(initial)} at eta = ${eta.toPrecision(2)}, and so much higher at the others as eta^${power.den === 1n ? textR(power) : `(${textR(power)})`} is lower`] : []
  })

/**
 * A rule for a rerun at a learning rate that is so many times smaller than the run's, with the states that accumulate begun where they are the same in
 * the units of its flow: all reruns then are of one and the same flow, from one and the same point. One that begins at zero, where it divides by nothing
 * that is of its size, begins at one: the laws hold for any.
 */
export function begunInUnits(rule: RuleProgram, laws: readonly Pick<Laws, 'field'>[], smaller: number): RuleProgram {
  const states = laws.flatMap(keptBy)
  const begun = ({ name, initial }: RuleProgram['states'][number]): RuleProgram['states'][number] => {
    const power = states.find((s) => s.state === name)?.power
    return { name, initial: power === undefined || initial === 'theta' ? initial : startOf(initial) * smaller ** toNumber(power) }
  }
  return states.length === 0 ? rule : { ...rule, states: rule.states.map(begun) }
}

/** A law in the time k·η, of which a step takes η, with the states as the rule has them: that of its flow is t = η^{time − 1} times this. */
function lawInTimeOfRule({ law, ...found }: FlowOfLaw, { states, time }: Scaling): FlowOfLaw {
  const put = byName(Object.fromEntries(states.map(({ state, name, power }) => [name, timesPower(power, variable(state))])))
  const rates = law.coefficients.length - 1
  const by = (j: number, e: Expr): Expr => mul(pow(sym('eta'), num((time - 1) * (rates - j))), replaceInScalar(e, put))
  const drive = simplifyScalar(scalarWithPowersOut(by(0, law.drive)))
  return { ...found, law: { ...law, coefficients: law.coefficients.map((c, j) => byPowersOfEta(by(j, c))), drive, drives: groupDrives(drive) } }
}

/** The laws as a run follows them: in the time k·η, with the states that it has. */
export function inTimeOfRule(laws: Laws): Laws {
  const scaling = laws.field.ok ? laws.field.value.scaling : undefined
  if (scaling === undefined) return laws
  const inTime = (flow: FlowOfLaw): FlowOfLaw => (flow.model === 'modified vector field' ? lawInTimeOfRule(flow, scaling) : flow)
  const found = new Map(laws.flows.map((flow) => [flow, inTime(flow)] as const))
  const solved = laws.solved === undefined ? undefined : { ...laws.solved, law: found.get(laws.solved.law) ?? inTime(laws.solved.law) }
  return { ...laws, flows: [...found.values()], solved }
}

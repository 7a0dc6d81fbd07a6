import { ONE, div, isZero, num } from '../algebra/build.js'
import { applyDiagonal, diagonalOf, inverseOf } from '../jets/diagonal.js'
import { NO_SCHEDULES, deriveVector, directional } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { GRADIENT_ATOM, THETA, type Vector, type VectorAtom, coefficientOf, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { holds } from '../jets/walk.js'
import { type InertialRule, inertialRule } from '../rules/inertial.js'
import { type Rule, nextName } from '../rules/model.js'
import type { ModifiedFlow } from '../rules/modifiedFlow.js'
import { type VectorSeries, combineSeries, shiftInTime, substituteSeries, sumSeries, taylorInEta, termOf } from '../rules/series.js'
import type { Check, Statement, Step } from './derivation.js'
import { motionEquation } from './document.js'
import type { Laws } from './engine.js'

const updateOf = (rule: Rule, name: string): Vector => rule.updates.find((u) => u.name === name)?.value ?? variable(name)

const PROBE = variable('_x')
const slopeBy = (x: Vector, name: string) => coefficientOf(deriveVector(x, directional(name, 0, PROBE)), variableAtom('_x'))

/**
 * What the rule leaves of three successive values of θ, the state put in from the update of θ at two steps: an identity in θ(t − s), θ(t) and
 * θ(t + s), expanded in the length s of a step. Undefined for a rule with more states than one, or whose θ takes its state otherwise than
 * as a multiple.
 */
function recurrence({ rule }: InertialRule, length: number): VectorSeries | undefined {
  const [state, another] = rule.states
  if (state === undefined || another !== undefined) return undefined
  const after = shiftInTime([THETA], 1, length + 2, NO_SCHEDULES)
  const put = (x: Vector, old?: VectorSeries): VectorSeries =>
    substituteSeries(x, (name, order) => (order > 0 ? undefined : name === nextName('theta') ? after : name === state.name ? old : undefined), length + 2)
  const [position, own] = [updateOf(rule, 'theta'), updateOf(rule, state.name)]
  const isNew = !isZero(slopeBy(position, nextName(state.name)))
  const carried = isNew ? nextName(state.name) : state.name
  const without = (x: Vector, name: string): Vector => subVectors(x, scaleVector(slopeBy(x, name), variable(name)))
  const rest = without(without(position, state.name), nextName(state.name))
  if (holds(rest, state.name) || holds(rest, nextName(state.name))) return undefined
  const moved = sumSeries(combineSeries([[ONE, after], [num(-1), put(rest)]], length + 2))
  const value = taylorInEta(simplifyVector(scaleVector(div(ONE, slopeBy(position, carried)), moved)), length + 1)
  const [fresh, old] = isNew ? [value, shiftInTime(value, -1, length + 1, NO_SCHEDULES)] : [shiftInTime(value, 1, length + 1, NO_SCHEDULES), value]
  const kept = taylorInEta(simplifyVector(scaleVector(slopeBy(own, state.name), sumSeries(old))), length + 1)
  return combineSeries([[ONE, fresh], [num(-1), kept], [num(-1), put(without(own, state.name), old)]], length).map(simplifyVector)
}

const isGradientOnBlocks = (a: VectorAtom): boolean => a === GRADIENT_ATOM || (a.kind === 'apply' && a.operator.kind === 'projector' && a.argument === GRADIENT_ATOM)

/** The expansion of the flow against that of the recurrence, order by order in √η. */
function defect(found: InertialRule, flow: ModifiedFlow): readonly Vector[] | undefined {
  const count = found.power * flow.order + 1
  const left = recurrence(found, count + 1)
  if (left === undefined) return undefined
  const equation = taylorInEta(simplifyVector(flow.expanded ?? flow.equation), count)
  const [leading, own] = [termOf(equation, 0), termOf(left, 1)]
  const byBlocks = [leading, own].map((x) => diagonalOf({ terms: x.terms.filter(({ atom }) => isGradientOnBlocks(atom)) }, GRADIENT_ATOM))
  const [wanted, had] = byBlocks
  if (wanted !== undefined && had !== undefined && !byBlocks.some((d) => d !== undefined && [d.elsewhere, ...d.parts.map((p) => p.factor)].some(isZero)))
    return [termOf(left, 0), ...equation.map((x, n) => subVectors(x, applyDiagonal(wanted, applyDiagonal(inverseOf(had), termOf(left, n + 1)))))]
  const shared = [GRADIENT_ATOM, ...leading.terms.map(({ atom }) => atom)].find((a) => ![leading, own].some((x) => isZero(coefficientOf(x, a))))
  const scale = shared === undefined ? ONE : div(coefficientOf(leading, shared), coefficientOf(own, shared))
  return [termOf(left, 0), ...equation.map((x, n) => subVectors(x, scaleVector(scale, termOf(left, n + 1))))]
}

/** The flows of a rule whose momentum tends to one. */
export function inertialSteps({ rule, motions }: Laws, before: Statement, check: (x: Vector) => Check): readonly Step[] {
  const found = inertialRule(rule)
  if (found?.ok !== true) return []
  return motions.flatMap((flow) => {
    const left = defect(found.value, flow)
    if (left === undefined) return []
    const checks = left.map(check)
    const step = found.value.power === 2 ? 'sqrt(eta)' : 'eta'
    const order = flow.order === 0 ? 'leading order' : `order ${found.value.power * flow.order} in ${step}`
    return [{
      section: 'From the rule to a flow',
      before,
      after: motionEquation(flow.equation),
      why: `Each state is eliminated and every shift in time expanded in the length ${step} of a step, to ${order}: ${flow.conditions.join('; ')}. Checked against the recurrence of three successive steps.`,
      source: 'Su, Boyd & Candès 2016, eq. (3)',
      verified: { passed: checks.every((c) => c.passed), method: checks[0]?.method ?? 'nothing to check', instances: checks.reduce((n, c) => n + (c.instances ?? 0), 0) },
    }]
  })
}

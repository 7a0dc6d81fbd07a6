import { ONE, ZERO, mul, sub, sym } from '../algebra/build.js'
import { differentiate, subexpressions, substitute, symbolsOf } from '../algebra/calculus.js'
import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { deriveVector, directional } from '../jets/leibniz.js'
import { substituteScalars } from '../jets/substitute.js'
import { isLossAnywhere } from '../jets/field.js'
import { type Vector, coefficientOf, isZeroVector, scaleVector, subVectors, variableAtom, vectorOf } from '../jets/vector.js'
import type { Rule } from './model.js'
import { unlessSingular } from './series.js'

const PROBE_ATOM = variableAtom('_x')
const PROBE = vectorOf(PROBE_ATOM)
const AT_ZERO = new Map([[sym('eta'), ZERO]])

/** The rule with its schedules written out in k, that of the learning rate left: a state that remembers the longer the lower it is moves as slowly as θ. */
export function explicit(rule: Rule): Rule {
  const put = new Map([...rule.schedules].flatMap(([name, value]) => (name === 'eta' ? [] : [[sym(name), value] as const])))
  return { ...rule, updates: rule.updates.map((u) => ({ ...u, value: substituteScalars(u.value, put) })) }
}

/** What a state's own update takes over of it, where that is a multiple. */
export function memoryOf(rule: Rule, state: string): Expr | undefined {
  const update = rule.updates.find((u) => u.name === state)?.value
  if (update === undefined) return undefined
  return multipleInSlope(deriveVector(update, directional(state, 0, PROBE)))
}

/**
 * The c of a slope c·x, beyond which there is nothing but curvature of order η: a state that moves the point at which the gradient is read, as in
 * Nesterov's method, comes back by way of it.
 */
export function multipleInSlope(slope: Vector): Expr | undefined {
  const c = coefficientOf(slope, PROBE_ATOM)
  const rest = subVectors(slope, scaleVector(c, PROBE))
  const isCurvature = rest.terms.every(({ atom }) => atom.kind === 'tensor' && isLossAnywhere(atom.field))
  const vanishes = (): boolean => isZeroVector(substituteScalars(rest, AT_ZERO))
  return isZeroVector(rest) || (isCurvature && unlessSingular(vanishes) === true) ? c : undefined
}

/** A step that stands for all late ones, and a value for hyperparameters that are symbols. */
const [LATE, SYMBOL] = [1e9, 0.5]

/** Whole parts replaced by what they are parts of, which grows as they do. */
const withoutSteps = (e: Expr): Expr =>
  substitute(e, new Map([...subexpressions(e)].flatMap((x) => (x.kind === 'call' && x.name === 'floor' && x.args[0] !== undefined ? [[x, x.args[0]] as const] : []))))

/**
 * How the steps 1/(1 − c) that a state with memory c(k) remembers grow: the exponent a of kᵃ at late steps, −d log(1 − c)/d log k. Zero where
 * the memory stays below one; undefined where it is no number.
 */
function growthOf(memory: Expr): number | undefined {
  const lost = factored(sub(ONE, withoutSteps(memory)))
  const rate = factored(mul(sym('k'), differentiate(lost, 'k')))
  const at = { ...Object.fromEntries([...symbolsOf(memory)].map((name) => [name, SYMBOL])), k: LATE }
  const growth = -evaluateNumber(rate, at) / evaluateNumber(lost, at)
  return Number.isFinite(growth) ? growth : undefined
}

/** A state whose memory depends on the step, and whether it gets longer. */
export interface Lengthening {
  readonly state: string
  /** Whether it grows as fast as k, so that the state never relaxes: it holds a mean over all steps, as a running average does. */
  readonly unbounded: boolean
}

/** The states whose memory gets longer from step to step. */
export function lengtheningStates(given: Rule): readonly Lengthening[] {
  const rule = explicit(given)
  return rule.states.flatMap(({ name }) => {
    const memory = memoryOf(rule, name)
    const growth = memory === undefined || !symbolsOf(memory).has('k') ? undefined : growthOf(memory)
    return growth === undefined || growth < 1e-3 ? [] : [{ state: name, unbounded: growth > 1 - 1e-3 }]
  })
}

import { ONE, ZERO, add, isZero, mul, neg, sub, sym } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import type { Expr } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { SymmetryRules } from '../jets/constraint.js'
import { dot } from '../jets/contraction.js'
import { timeDerivative } from '../jets/leibniz.js'
import { writeEquation, writeScalar, writeSquare, writeVector } from '../jets/notation.js'
import { simplifyVector, withRootsSettled } from '../jets/simplify.js'
import { squareTimes } from '../jets/sandwich.js'
import { freeDirection } from '../jets/space.js'
import { type Replacement, byName, replaceInScalar } from '../jets/substitute.js'
import { GRADIENT, type Vector, ZERO_VECTOR, combine, isZeroVector, scaleVector, subVectors, variable } from '../jets/vector.js'
import { noetherIdentity } from '../mechanics/noether.js'
import { shiftsTime } from '../symmetry/transformation.js'
import { withoutSignsOfSquares } from '../rules/signs.js'
import type { ModifiedField } from '../rules/modifiedField.js'
import type { ModifiedFlow } from '../rules/modifiedFlow.js'
import { writtenOut } from '../rules/writtenOut.js'
import { type Rule, nextName } from '../rules/rule.js'
import { type VectorSeries, lieDerivative, substituteSeries, taylorInEta, termOf, transport } from '../rules/series.js'
import { consequenceSteps } from './consequences.js'
import { updatesWritten } from './updatesWritten.js'
import type { Check, Statement, Step } from './derivation.js'
import { nextOfRow } from './discrete.js'
import { constraintStatements, fieldEquation, motionEquation } from './document.js'
import { dualChargeSteps, dualDiscreteSteps, dualEquation, dualFieldDefect, dualFlowDefect, dualFlowResidual } from './dualSteps.js'
import { accumulatingSteps } from './accumulatingSteps.js'
import { inertialSteps } from './inertialSteps.js'
import { lawEquation } from './lawEquation.js'
import { letterOf, withLetter } from './letter.js'
import { type FlowOfLaw, type Laws, fieldToOrder, followsIdentity, keepsRates, seriesToOrder } from './engine.js'
import { lagrangianSteps, noetherSteps, timeSteps } from './mechanicsSteps.js'

/** Checks on random exact instances of the jets; a vector or scalar must vanish. */
function onInstances(x: Expr | Vector, laws: Laws): Check {
  return checkVanishes(x, laws.symmetry.space, [laws.symmetry.generator])
}

/** Several checks as one; without any a step is not checked. */
const all = (checks: readonly Check[]): Check => ({
  passed: checks.length > 0 && checks.every((c) => c.passed),
  method: checks[0]?.method ?? 'nothing to check',
  instances: checks.reduce((n, c) => n + (c.instances ?? 0), 0),
})

const zero = { text: '0', latex: '0' }

/** The invariance and its derivatives. */
export function symmetrySteps(laws: Laws): readonly Step[] {
  const { generator, written } = laws.symmetry
  if (shiftsTime(laws.symmetry)) return timeSteps(laws)
  if (isZeroVector(generator)) return []
  const [first = zero, second = zero, third = zero] = constraintStatements(laws.symmetry)
  const xi = { text: written.text, latex: `\\xi(\\theta):\\; ${written.latex}` }
  const check = (order: number): Check =>
    onInstances(order === 1 ? SymmetryRules.constraint(generator, 1) : SymmetryRules.vectorConstraint(generator, order), laws)
  return [
    { section: 'Symmetry', before: xi, after: first, why: 'The loss does not change along the orbit of the symmetry; its derivative along the generator vanishes at every point, for every data set.', source: '[NM] §3', verified: check(1) },
    { section: 'Symmetry', before: first, after: second, why: 'Differentiate the constraint once more: the Hessian maps the generator to minus the adjoint of its linear part applied to the gradient.', source: '[NM] §3', verified: check(2) },
    { section: 'Symmetry', before: second, after: third, why: `Differentiate along a free direction ${freeDirection(laws.symmetry.space)}; the same goes on for every order.`, verified: check(3) },
  ]
}

/** The defect of the modified fields, order by order: flow for time η against one step of the rule, for θ and the slow states. */
function fieldDefect(laws: Laws): readonly Vector[] {
  if (!laws.field.ok) return []
  const { rule, schedules, kept, ofStep } = laws.field.value
  const { fields, states, order } = ofStep ?? { ...laws.field.value, order: laws.order }
  const length = order + 2
  if (rule.dual !== undefined) return dualFieldDefect(rule.dual, laws.field.value, length)
  const updates = writtenOut(rule)
  return [...fields.keys()].flatMap((name) => {
    const moved = transport([variable(name)], fields, length, schedules)
    const step = substituteSeries(updates.get(name) ?? ZERO_VECTOR, (state, order) => (order === 0 ? states.get(state) : undefined), length)
    return Array.from({ length }, (_, n) => subVectors(termOf(moved, n), withRootsSettled(withoutSignsOfSquares(termOf(step, n), kept))))
  })
}

/** θ⁽ʲ⁾ along a modified field as series in η, each worked out only to the length that is asked for. */
function ratesAlong({ fields, schedules }: ModifiedField): (order: number, length: number) => VectorSeries {
  const known = new Map<number, VectorSeries>()
  const rate = (order: number, length: number): VectorSeries => {
    const found = known.get(order)
    if (found !== undefined && found.length >= length) return found.slice(0, length)
    const made = order === 0 ? [variable('theta')] : lieDerivative(rate(order - 1, length), fields, length, schedules).map(simplifyVector)
    known.set(order, made)
    return made
  }
  return rate
}

/** A modified flow with θ̇, θ̈, … taken along the modified field must vanish to its order: the two families agree. */
function flowAgainstField({ field, rule }: Laws, motion: ModifiedFlow): readonly Vector[] {
  if (!field.ok) return []
  if (rule.dual !== undefined) return dualFlowDefect(rule.dual, motion)
  const length = motion.order + 1
  const rate = ratesAlong(field.value)
  const parts = taylorInEta(motion.equation, length).map((x, i) => {
    const kept = length - i
    return substituteSeries(x, (name, order) => (name === 'theta' ? rate(order, kept) : undefined), kept)
  })
  return Array.from({ length }, (_, n) => combine(parts.flatMap((part, i) => (i > n ? [] : [[ONE, termOf(part, n - i)] as const]))))
}

const provided = (conditions: readonly string[]): string => (conditions.length === 0 ? '' : ` It holds where ${conditions.join('; and ')}.`)

/** What the matrices of a rule relax to: their updates leave it as it is. Checked by what both do to a free direction. */
function settledSteps(laws: Laws): readonly Step[] {
  const direction = variable(freeDirection(laws.symmetry.space))
  return (laws.settled?.matrices ?? []).map(({ state: { name, side, update }, value, after }) => ({
    section: 'From the rule to a flow',
    before: writeEquation({ text: nextName(name), latex: writeVector(variable(nextName(name))).latex }, writeSquare(update)),
    after: writeEquation({ text: name, latex: writeVector(variable(name)).latex }, writeSquare(value)),
    why: 'As eta vanishes the gradient stays what it is, and the matrix comes to what its update leaves as it is.',
    verified: onInstances(subVectors(squareTimes(after, direction, side), squareTimes(value, direction, side)), laws),
  }))
}

/** The time of one step. */
const stepOf = ({ scaling }: ModifiedField): string => (scaling === undefined || scaling.time === 1 ? 'eta' : `eta^${scaling.time}`)

/** The field of θ, and beside it those of the states that are kept in units of their own. */
function fieldsOf(field: ModifiedField, order: number): Statement {
  const names = ['theta', ...(field.scaling?.states ?? []).map((s) => s.name).filter((name) => field.fields.has(name))]
  const equations = names.map((name) => fieldEquation(seriesToOrder(field.fields.get(name) ?? [], order), name))
  return { text: equations.map((e) => e.text).join('; '), latex: equations.map((e) => e.latex).join(',\\quad ') }
}

/** From the rule to its flows. */
export function flowSteps(laws: Laws): readonly Step[] {
  const { rule, field, motions, order } = laws
  const update = rule.dual !== undefined ? [dualEquation(rule.dual)] : updatesWritten(rule).map((u) => writeEquation({ text: nextName(u.name), latex: writeVector(variable(nextName(u.name))).latex }, u.value))
  const before = { text: update.map((u) => u.text).join('; '), latex: update.map((u) => u.latex).join(',\\quad ') }
  const steps: Step[] = [...settledSteps(laws), ...accumulatingSteps(laws, before, (x) => onInstances(x, laws))]
  if (field.ok)
    steps.push({ section: 'From the rule to a flow', before, after: fieldsOf(field.value, order), why: `Backward error analysis: the vector field whose flow for time ${stepOf(field.value)} is one step of the rule, to order ${order} in eta${field.value.states.size + rule.matrices.length > 0 || (rule.states.length > 0 && field.value.scaling === undefined) ? ', with the states on their slow manifold' : ''}.${provided(field.value.conditions)}`, source: '[HLW] IX.1', verified: all(fieldDefect(laws).map((x) => onInstances(x, laws))) })
  steps.push(...inertialSteps(laws, before, (x) => onInstances(x, laws)))
  for (const motion of motions.filter((m) => keepsRates(m) && m.inertial === undefined && rule.action === undefined))
    steps.push({ section: 'From the rule to a flow', before, after: motionEquation(motion.equation), why: `The same with higher time derivatives kept, to order ${motion.order}: every shift in time is expanded in eta and the states are eliminated. Checked by putting in the modified vector field.`, source: '[NM] §5', verified: all(flowAgainstField(laws, motion).map((x) => onInstances(x, laws))) })
  return steps
}

function flowResidual(laws: Laws, found: FlowOfLaw): Expr {
  const { law } = found
  let rate = law.charge
  let left: Expr = ZERO
  const field = found.model === 'modified vector field' && laws.field.ok ? fieldToOrder(laws.field.value, found.order) : undefined
  for (const c of law.coefficients) {
    left = add(left, mul(c, field === undefined ? rate : replaceInScalar(rate, (name, order) => (name === 'theta' && order === 1 ? field : undefined))))
    rate = timeDerivative(rate, laws.flow.ok ? laws.flow.value.schedules : undefined)
  }
  if (field !== undefined) return sub(left, sub(law.drive, found.ito ?? ZERO))
  const { time, generator } = laws.symmetry
  const own = laws.motions.find((motion) => motion.order === found.order)?.equation
  const equation = time === undefined && own !== undefined ? own : (laws.mechanics?.equation ?? laws.mechanical)
  return sub(sub(left, law.drive), mul(law.factor, dot(equation, time === undefined ? generator : scaleVector(neg(time), variable('theta', 1)))))
}

/** The law of a transformation against Noether's identity, which holds for every path. */
function transformationCheck(laws: Laws, { law }: FlowOfLaw): Check {
  const { mechanics, symmetry, rules } = laws
  if (mechanics === undefined) return { passed: false, method: 'no identity' }
  const identity = noetherIdentity(mechanics, symmetry, rules)
  return all([expand(identity.residual), sub(law.charge, identity.charge), sub(law.drive, identity.rate)].map((x) => onInstances(x, laws)))
}

function lawWhy(found: FlowOfLaw, laws: Laws): string {
  const charge = `${letterOf(laws)} is the charge.`
  if (found.ito !== undefined) return `Rate of the charge along the modified vector field to order ${found.order} in eta, reduced by the symmetry, with Itô's term of the injected noise: the law of the mean; ${charge}`
  if (followsIdentity(laws)) return `Noether's identity for the transformation of theta and time, its parts added up; ${charge}`
  if (found.model === 'modified flow') return `Contract the modified flow with the generator and remove what the symmetry forbids; ${charge}`
  return `Rate of the charge along the modified vector field to order ${found.order} in eta, reduced by the symmetry; ${charge}`
}

/** The laws of the charge along the flows. */
export const lawSteps = (laws: Laws): readonly Step[] =>
  laws.flows.map((found) => ({
    section: 'Law of the charge',
    before: writeScalar(found.law.charge),
    after: lawEquation(found.law, laws),
    why: lawWhy(found, laws),
    verified: followsIdentity(laws) ? transformationCheck(laws, found) : onInstances(laws.dual === undefined ? flowResidual(laws, found) : dualFlowResidual(laws, found), laws),
  }))

/** New values written out in what is before the step. */
const newValues = (rule: Rule): Replacement => byName(Object.fromEntries([...writtenOut(rule)].map(([name, x]) => [nextName(name), x])))

/** What is said of the state before a step, of that after it: schedules, and k, have other values then. */
function afterStep(e: Expr, rule: Rule): Expr {
  const later = substitute(e, Object.fromEntries(['k', ...rule.schedules.keys()].map((name) => [name, sym(nextName(name))])))
  return replaceInScalar(later, byName(Object.fromEntries(writtenOut(rule))))
}

/** The exact discrete law. */
export function discreteSteps(laws: Laws): readonly Step[] {
  const { opened } = laws
  const discrete = opened === undefined ? laws.discrete : opened.system
  const { rule } = opened ?? laws
  const onSteps = (e: Expr): Check => onInstances(opened === undefined ? e : opened.certified(e), laws)
  if (discrete === undefined) return []
  if (laws.dual !== undefined) return dualDiscreteSteps(laws)
  const named = newValues(rule)
  const first: Step = { section: 'Exact discrete law', before: writeScalar(discrete.charge), after: writeScalar(discrete.next), why: 'Put the update into the charge and remove what the symmetry forbids: exact at every step, for every loss with the symmetry. All quantities are taken before the step.', verified: onSteps(sub(afterStep(discrete.charge, rule), replaceInScalar(discrete.next, named))) }
  const rows = discrete.rows.map((row, i): Step => {
    const next = nextOfRow(discrete, i)
    const residual = sub(afterStep(row.contraction, rule), replaceInScalar(next, named))
    return { section: 'Exact discrete law', before: writeScalar(row.contraction), after: writeScalar(next), why: `Row ${i + 1} of the closed system: this contraction after one step.`, verified: onSteps(residual) }
  })
  const law = discrete.rows.length > 1 ? [first, ...rows] : [{ ...first, verified: all([first, ...rows].map((s) => s.verified)) }]
  return [...law, ...discreteSolutionSteps(laws)]
}

/** The discrete law in closed form, case by case. */
function discreteSolutionSteps(laws: Laws): readonly Step[] {
  const { discrete, discreteSolution } = laws
  if (discrete === undefined || discreteSolution === undefined) return []
  const single = discrete.rows.length === 1
  return discreteSolution.cases.map((one) => ({
    section: 'Exact discrete law',
    before: writeScalar(nextOfRow(discrete, 0)),
    after: writeScalar(withLetter(one.readable, laws)),
    why: `The recursion iterated ${discreteSolution.step} times, ${one.name}${single ? '' : ', by the powers of its matrix'}; under sums and products what is measured is that of the step of the index.`,
    verified: { passed: one.verified, method: single ? 'substitution for the first steps' : 'substitution', detail: single ? 'each with measurements of its own' : 'the powers go over into each other, from the identity' },
  }))
}

/** The charge budget. */
export function budgetSteps(laws: Laws): readonly Step[] {
  const { noise, opened } = laws
  const [budget, discrete, rule] = opened === undefined ? [laws.budget, laws.discrete, laws.rule] : [opened.moved, opened.system, opened.rule]
  if (budget === undefined || discrete === undefined) return []
  const onSteps = (e: Expr): Check => onInstances(opened === undefined ? e : opened.certified(e), laws)
  const total = add(...budget.terms.map((t) => t.change))
  const names = budget.terms.map((t) => t.mechanism).join(', ')
  const noiseStep = (e: Expr): Step => ({
    section: 'Charge budget',
    before: writeScalar(total),
    after: writeScalar(e),
    why: 'The part of the change that the noise of a minibatch makes: the budget with the gradient of the batch less that with the gradient on all data, full. Where the two agree it vanishes.',
    verified: onInstances(replaceInScalar(e, byName({ full: GRADIENT })), laws),
  })
  return [
    {
      section: 'Charge budget',
      before: writeScalar(discrete.next),
      after: writeScalar(total),
      why: `The change of the charge in one step, split by what makes the step: ${names === '' ? 'nothing moves it' : names}. The parts add up to the change exactly.`,
      source: '[NLD] §4',
      verified: onSteps(replaceInScalar(sub(sub(discrete.next, discrete.charge), total), newValues(rule))),
    },
    ...(noise === undefined || isZero(noise) ? [] : [noiseStep(noise)]),
  ]
}

/** The closed forms. */
export function solutionSteps(laws: Laws): readonly Step[] {
  const { solved } = laws
  if (solved === undefined) return []
  const letter = letterOf(laws)
  const called = (e: Expr): Statement => writeScalar(withLetter(e, laws))
  return solved.regimes.map((regime) => ({
    section: 'Solution',
    before: lawEquation(solved.law.law, laws),
    after: { text: [regime.readable.solution, ...regime.readable.where.map(([, value]) => value)].map((e, i) => `${regime.readable.where[i - 1]?.[0] ?? letter} = ${called(e).text}`).join('; '), latex: `${letter}(t) = ${called(regime.readable.solution).latex}` },
    why: `Variation of constants, ${regime.name}; inside the integral contractions are taken at the time of its variable.`,
    source: '[NM] §6',
    verified: { passed: regime.verified, method: 'substitution', detail: `impulse response and free motion satisfy the law and its initial values` },
  }))
}

/** The whole derivation, in reading order. */
export const derivationSteps = (laws: Laws): readonly Step[] =>
  [symmetrySteps, dualChargeSteps, flowSteps, lagrangianSteps, noetherSteps, lawSteps, discreteSteps, budgetSteps, solutionSteps, consequenceSteps].flatMap((section) => section(laws))

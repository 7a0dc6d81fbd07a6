import { ONE, ZERO, add, div, isZero, mul, num, pow, sub, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { dot } from '../jets/contraction.js'
import { timeDerivative, timeDerivativeOf } from '../jets/leibniz.js'
import { writeEquation, writeScalar, writeVector } from '../jets/notation.js'
import { byName, replaceInScalar, replaceInVector } from '../jets/substitute.js'
import { type Vector, addVectors, scaleVector, subVectors, variable } from '../jets/vector.js'
import { lowered } from '../rules/mirror.js'
import { dualStep, dualTransport } from '../rules/dualField.js'
import { type ModifiedField, fieldOfTheta } from '../rules/modifiedField.js'
import type { ModifiedFlow } from '../rules/modifiedFlow.js'
import { sumSeries, termOf } from '../rules/series.js'
import { type DualVariables, NEXT_THETA } from '../rules/model.js'
import type { Check, Statement, Step } from './derivation.js'
import { type DualCharge, chargeRate, directChange, dualCurl, dualGradientDefect } from './dual.js'
import { type FlowOfLaw, type Laws, fieldToOrder } from './engine.js'

const onInstances = (x: Expr | Vector, { symmetry }: Laws): Check => checkVanishes(x, symmetry.space, [symmetry.generator])

const nextGradient = ({ gradient }: DualVariables): Vector => replaceInVector(gradient, byName({ theta: NEXT_THETA }))

/** ∇h(θ') = …, the rule in its dual variables. */
export const dualEquation = (dual: DualVariables): Statement => writeEquation(writeVector(nextGradient(dual)), writeVector(dual.update))

/** The dual equation as a definition of the new θ. */
export const dualDefinition = (dual: DualVariables): { readonly name: string; readonly latex: string; readonly meaning: Statement } => {
  const { text, latex } = writeVector(nextGradient(dual))
  return { name: text, latex, meaning: writeVector(dual.update) }
}

/** What the rule makes of its dual variables, as an update. */
export const dualUpdate = ({ gradient, update }: DualVariables): { readonly name: string; readonly latex: string; readonly value: Statement } => ({
  name: writeVector(gradient).text,
  latex: writeVector(gradient).latex,
  value: writeVector(update),
})

/** How an own rule is found to be mirror descent. */
function disguiseSteps({ rule }: Laws): readonly Step[] {
  const { dual, disguise, updates: [update] } = rule
  if (dual === undefined || disguise === undefined || update === undefined) return []
  const before = writeEquation(writeVector(NEXT_THETA), writeVector(update.value))
  const numeric = disguise.find((test) => test.certainty !== 'exact')
  const detail = `theta stands still at eta = 0; the new theta answers to g by -eta/h''; grad h of it is linear in g${numeric === undefined ? '' : `; largest bound ${numeric.bound.toExponential(1)}`}`
  const why = "The new theta answers to the gradient by -eta times a function of the new theta alone, that is 1/h''. So in p = grad h(theta) the rule is a step along the gradient: mirror descent, written in another way."
  return [{ section: 'Dual variables', before, after: dualEquation(dual), why, source: 'Beck & Teboulle 2003, eq. (3.11)', verified: { passed: true, method: `zero test: ${(numeric ?? disguise[0])?.method ?? ''}`, detail } }]
}

/** How the charge follows from the one-form ⟨ξ, dp⟩. */
export function dualChargeSteps(laws: Laws): readonly Step[] {
  const { dual, rule, symmetry } = laws
  if (dual === undefined || rule.dual === undefined) return []
  const section = 'Dual variables'
  const before = dualEquation(rule.dual)
  const found = disguiseSteps(laws)
  const charge = writeScalar(dual.charge)
  if (dual.closed) {
    const why = 'In the dual variables p = grad h(theta) the rule steps along the gradient, so along its flow the one-form of the generator times dp vanishes. It is closed: this function has it as its differential, whatever the potential.'
    return [...found, { section, before, after: charge, why, source: '[CL] §5', verified: { ...onInstances(dualGradientDefect(dual.generator, dual.dual), laws), detail: 'derivative of the charge along a free direction x' } }]
  }
  const curl = dualCurl(dual)
  const closed = onInstances(curl, laws)
  const unsolved = 'In the dual variables p = grad h(theta) the rule steps along the gradient, and the one-form of the generator times dp vanishes along its flow. It is closed, but its potential has no closed form here'
  const open = 'In the dual variables p = grad h(theta) the rule steps along the gradient. No function has the one-form of the generator times dp as its differential: the Hessian of h times the linear part of the generator is not self-adjoint, so this does not vanish for all x and y'
  const why = `${isZero(curl) || closed.passed ? unsolved : open}. The charge is the generator contracted with p, and what the generator turns moves it.`
  return [...found, { section, before: symmetry.written, after: writeScalar(curl), why, source: '[CL] §5', verified: { ...closed, passed: true } }, { section, before: writeScalar(curl), after: charge, why: 'The charge ⟨xi, p⟩.', verified: onInstances(sub(dual.charge, dot(dual.generator, dual.dual.gradient)), laws) }]
}

const withDefinitions = (e: Expr, { definitions }: DualCharge): Expr => replaceInScalar(e, byName(Object.fromEntries(definitions)))

/** Order by order in η ∇h along the modified field against the step. */
export function dualFieldDefect(dual: DualVariables, given: ModifiedField, length: number): readonly Vector[] {
  const own = given.rule.dual ?? dual
  const moved = dualTransport(own, { field: fieldOfTheta(given), dualField: given.dualField ?? [] }, length, given.schedules)
  const step = dualStep(own, length)
  return Array.from({ length }, (_, n) => subVectors(termOf(moved, n), termOf(step, n)))
}

/** Order by order in η what is left of the modified flow less Σ ηʲ⁻¹/j! dʲp/dtʲ and the force. */
export function dualFlowDefect(dual: DualVariables, { equation, order, schedules, rule }: ModifiedFlow): readonly Vector[] {
  let rate = lowered(dual, variable('theta', 1))
  const own = rule.dual ?? dual
  const force = dualStep(own, order + 2).slice(1).map((x) => scaleVector(num(-1), x)) // the force of an own rule may be no polynomial in eta
  let [sum, weight] = [sumSeries(force), ONE]
  for (let n = 1; n <= order + 1; n += 1) {
    weight = div(weight, num(n))
    sum = addVectors(sum, scaleVector(mul(weight, pow(sym('eta'), num(n - 1))), rate))
    rate = timeDerivativeOf(rate, schedules)
  }
  return [subVectors(sum, equation)]
}

/** The law of the charge along a flow against the rate of the charge along it, off the solutions too. */
export function dualFlowResidual(laws: Laws, { law, model, order }: FlowOfLaw): Expr {
  const { dual, field, motions } = laws
  if (dual === undefined) return law.drive
  const [a0 = ZERO] = law.coefficients
  if (model === 'modified vector field') return field.ok ? sub(add(mul(a0, law.charge), chargeRate(dual, fieldToOrder(field.value, order))), law.drive) : law.drive
  const motion = motions.find((m) => m.order === order)
  let rate = chargeRate(dual, variable('theta', 1))
  let left = ZERO
  for (const c of law.coefficients.slice(1)) {
    left = add(left, mul(c, rate))
    rate = timeDerivative(rate, motion?.schedules)
  }
  return sub(sub(left, law.drive), dot(motion?.equation ?? laws.mechanical, dual.generator))
}

/** C(θ') − C(θ) = ⟨ξ, p' − p⟩ + remainder for every θ and θ', and ⟨ξ, p' − p⟩ of the rule by the symmetry. */
export function dualDiscreteSteps(laws: Laws): readonly Step[] {
  const { dual, discrete, rules } = laws
  if (dual === undefined || discrete === undefined || dual.remainder === undefined) return []
  const [next, exact] = [writeScalar(discrete.next), nextGradient(dual.dual)]
  const moved = replaceInScalar(dual.charge, byName({ theta: NEXT_THETA }))
  const identity = sub(sub(sub(moved, dual.charge), dot(dual.generator, subVectors(exact, dual.dual.gradient))), withDefinitions(dual.remainder, dual))
  const direct = directChange(dual, rules)
  const step = dot(dual.generator, subVectors(dual.dual.update, dual.dual.gradient))
  return [
    { section: 'Exact discrete law', before: writeScalar(dual.charge), after: writeScalar(add(dual.charge, dot(dual.generator, subVectors(exact, dual.dual.gradient)), dual.remainder)), why: 'An identity in theta before and after the step, whatever the step is.', verified: onInstances(identity, laws) },
    { section: 'Exact discrete law', before: dualEquation(dual.dual), after: writeScalar(direct), why: 'The step of the dual variables contracted with the generator: the gradient drops out by the symmetry.', verified: onInstances(sub(step, direct), laws) },
    { section: 'Exact discrete law', before: writeScalar(dual.charge), after: next, why: 'The two together: the charge after one step, exact at every step for every loss with the symmetry.', verified: onInstances(sub(discrete.next, add(dual.charge, direct, dual.remainder)), laws) },
  ]
}

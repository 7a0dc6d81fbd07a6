import { add, isZero, sym } from '../algebra/build.js'
import { expand } from '../algebra/expand.js'
import type { Expr } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { NO_SCHEDULES, deriveVector } from '../jets/leibniz.js'
import { writeScalar } from '../jets/notation.js'
import { type Vector, ZERO_VECTOR } from '../jets/vector.js'
import { type Nearby, lagrangianResidual } from '../mechanics/lagrangian.js'
import { mechanicsResidual } from '../mechanics/mechanics.js'
import { type NoetherIdentity, noetherIdentity } from '../mechanics/noether.js'
import { shiftsTime, transformsAction } from '../symmetry/transformation.js'
import type { Check, Statement, Step } from './derivation.js'
import { fieldEquation, motionEquation } from './document.js'
import { type Laws, fieldToOrder, ofSums } from './engine.js'
import { namedParts } from './noetherParts.js'

const vanishes = (x: Expr | Vector, { symmetry }: Laws): Check => checkVanishes(x, symmetry.space, [symmetry.generator])

/** Shifted in time, solutions stay solutions: t does not occur in the equation of motion. */
export function timeSteps({ symmetry, rule, field, flow, motions, order, mechanical }: Laws): readonly Step[] {
  if (!shiftsTime(symmetry)) return []
  const [model, after] = flow.ok ? [mechanical, motionEquation(mechanical)] : field.ok ? [fieldToOrder(field.value, order), fieldEquation(fieldToOrder(field.value, order))] : []
  const schedules = flow.ok ? flow.value.schedules : field.ok ? field.value.schedules : NO_SCHEDULES
  if (model === undefined || after === undefined || schedules.size > 0 || rule.action !== undefined || motions.some((motion) => motion.inertial)) return []
  const explicit = deriveVector(model, { variable: () => ZERO_VECTOR, symbol: 't' })
  const check = checkVanishes(explicit, symmetry.space, [symmetry.generator])
  return [
    { section: 'Symmetry', before: symmetry.written, after, why: 'Time does not occur in the equation of motion: a solution shifted in time is a solution.', source: '[GU]', verified: { ...check, detail: 'partial derivative by t' } },
  ]
}

/** The inverse problem: a Lagrangian, or a Lagrangian with a Rayleigh function for what it cannot hold. */
export function lagrangianSteps(laws: Laws): readonly Step[] {
  const { rule, lagrangian, mechanical, mechanics } = laws
  const steps: Step[] = []
  if (rule.action !== undefined)
    return [{ section: 'Lagrangian', before: writeScalar(rule.action.mechanics.lagrangian), after: motionEquation(mechanical), why: `The Euler-Lagrange equation of the Bregman Lagrangian; ${lagrangian.reason}.`, source: 'Wibisono, Wilson & Jordan 2016, eq. (1)', verified: { ...vanishes(rule.action.defect, laws), detail: 'Euler-Lagrange expression against its closed form in the Hessian and the gradient of h' } }]
  if (lagrangian.exists && lagrangian.nearby !== undefined) steps.push(...nearbySteps(lagrangian.lagrangian, lagrangian.nearby, laws))
  else if (lagrangian.exists)
    steps.push({ section: 'Lagrangian', before: motionEquation(mechanical), after: writeScalar(lagrangian.lagrangian), why: `Inverse problem of the calculus of variations: ${lagrangian.reason}.`, source: '[NLD] §3', verified: { ...vanishes(lagrangianResidual(lagrangian), laws), detail: 'Euler-Lagrange equation compared with the flow' } })
  if (mechanics !== undefined && !isZero(mechanics.rayleigh)) {
    const why = lagrangian.exists ? 'The friction apart from the Lagrangian' : lagrangian.reason
    steps.push({ section: 'Lagrangian', before: motionEquation(mechanical), after: rayleighStatement(mechanics), why: `${why}; with the Rayleigh function R the equations d/dt dL/d(dtheta) - dL/dtheta + dR/d(dtheta) = 0 are the flow.`, source: '[NLD] §3', verified: { ...vanishes(mechanicsResidual(mechanics), laws), detail: 'Euler-Lagrange equation with friction compared with the flow' } })
  }
  return steps
}

/** From a Lagrangian to its motion, and from that to the flow. */
function nearbySteps(lagrangian: Expr, { motion, defect, differences }: Nearby, laws: Laws): readonly Step[] {
  const section = 'Lagrangian'
  const same = differences.map((x) => vanishes(x, laws))
  const expansion: Check = { passed: same.every((check) => check.passed), method: same[0]?.method ?? '', instances: same.reduce((n, check) => n + (check.instances ?? 0), 0), detail: 'expansion in eta, order by order' }
  return [
    { section, before: writeScalar(lagrangian), after: motionEquation(motion), why: 'The Euler-Lagrange equation of the Bregman Lagrangian with potential h, shifted by half a step: d/dt grad h(theta + eta*dtheta/2) plus the force vanishes.', source: 'Wibisono, Wilson & Jordan 2016, eq. (1)', verified: { ...vanishes(defect, laws), detail: 'Euler-Lagrange expression against its closed form' } },
    { section, before: motionEquation(motion), after: motionEquation(laws.mechanical), why: 'To first order in eta this is the flow: what is shifted by half a step in time is what the half step of the velocity shifts. The Lagrangian is that of mirror descent up to terms of order eta^2.', source: '[HLW] IX.1', verified: expansion },
  ]
}

/** A Lagrangian and its Rayleigh function. */
export function rayleighStatement({ lagrangian, rayleigh }: { readonly lagrangian: Expr; readonly rayleigh: Expr }): Statement {
  const [l, r] = [writeScalar(lagrangian), writeScalar(rayleigh)]
  return { text: `L = ${l.text}; R = ${r.text}`, latex: `\\mathcal{L} = ${l.latex},\\quad R = ${r.latex}` }
}

/** The letter of Noether's charge: Q, unless a block has it (the queries of attention). */
const chargeLetter = ({ symmetry }: Laws): string => ['Q', 'J'].find((letter) => !Object.hasOwn(symmetry.space.blocks, letter)) ?? 'Q_noether'

function identityStep(identity: NoetherIdentity, why: string, laws: Laws): Step {
  const [charge, right] = [writeScalar(identity.charge), writeScalar(add(...namedParts(identity).map((p) => p.value)))]
  const letter = chargeLetter(laws)
  const name = writeScalar(sym(letter)).latex
  const parts = namedParts(identity).map((p) => `${p.name} ${writeScalar(p.value).text}`)
  return {
    section: 'Noether',
    before: { text: charge.text, latex: `${name} = ${charge.latex}` },
    after: { text: `diff(${letter},t) = ${right.text}`, latex: `\\frac{d${name}}{dt} = ${right.latex}` },
    why: `${why} ${parts.length === 0 ? 'Nothing is left: the charge is conserved.' : `What is left: ${parts.join('; ')}.`}`,
    source: '[NLD] §4',
    verified: { ...vanishes(ofSums(laws) ? expand(identity.residual) : identity.residual, laws), detail: 'identity for every path, Euler-Lagrange expression included' },
  }
}

/** What the charge of a transformation of θ and time consists of. */
const transformationWhy = (laws: Laws): string =>
  `The charge ${chargeLetter(laws)} is the momentum contracted with the generator, less the energy times the rate of time, less the gauge. On solutions it changes by the variation of the Lagrangian under the whole transformation, its gauge taken off; the loss drops out along the generator.`

/** Noether's identity; for a symmetry in time also with the friction inside the Lagrangian, where it becomes explicit dependence on time. */
export function noetherSteps(laws: Laws): readonly Step[] {
  const { noether, symmetry, lagrangian, rules } = laws
  if (noether === undefined) return []
  if (transformsAction(symmetry)) return [identityStep(noether, transformationWhy(laws), laws)]
  if (!shiftsTime(symmetry)) {
    const why = `The charge ${chargeLetter(laws)} is the momentum contracted with the generator. On solutions it changes by the variation of the Lagrangian: the loss drops out by its symmetry, kinetic symmetry breaking ${isZero(noether.kinetic) ? 'vanishes' : 'remains'}.`
    return [identityStep(noether, why, laws)]
  }
  const energy = identityStep(noether, 'The charge of a shift in time is minus the energy; friction takes power from it.', laws)
  if (!lagrangian.exists || lagrangian.firstOrder || lagrangian.stated || lagrangian.nearby !== undefined) return [energy]
  const inside = noetherIdentity(lagrangian, symmetry, rules)
  return [energy, identityStep(inside, 'The same with the friction inside the Lagrangian: there it is explicit dependence on time.', laws)]
}

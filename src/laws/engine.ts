import { ONE, isZero } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { summedByPowersOfEta } from '../jets/simplify.js'
import { SymmetryRules } from '../jets/constraint.js'
import { LOSS_VALUE } from '../jets/contraction.js'
import { type Diagonal, applyDiagonal, multipleOf } from '../jets/diagonal.js'
import { writeScalar, writeSquare } from '../jets/notation.js'
import { NO_SCHEDULES } from '../jets/leibniz.js'
import { type Vector, ZERO_VECTOR, isZeroVector, subVectors, variable } from '../jets/vector.js'
import { type InverseProblem, inverseProblem } from '../mechanics/lagrangian.js'
import type { Mechanics } from '../mechanics/mechanics.js'
import { type NoetherIdentity, noetherIdentity } from '../mechanics/noether.js'
import { type ModifiedField, type Outcome, fieldOfTheta, modifiedField } from '../rules/modifiedField.js'
import { type ModifiedFlow, modifiedFlow } from '../rules/modifiedFlow.js'
import { type SettledRule, settledMatrices } from '../rules/settledMatrices.js'
import type { Rule } from '../rules/rule.js'
import type { VectorSeries } from '../rules/series.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import { withoutTime } from '../symmetry/timeParts.js'
import { shiftsTime, transformsAction } from '../symmetry/transformation.js'
import { batchNoise } from './batchNoise.js'
import { type Budget, chargeBudget } from './budget.js'
import { type PotentialCharge, potentialCharge, weightsOf, weightsWithin } from './charge.js'
import { type DiscreteSystem, discreteSystem } from './discrete.js'
import { type DiscreteSolution, discreteSolution } from './discreteSolution.js'
import { withoutNoise, type NoiseResponse } from '../rules/injectedNoise.js'
import { injectedNoise, injectedResponse, withIto } from './injectedNoise.js'
import { withSizes } from './expectation.js'
import { type DualCharge, dualCharge, dualDiscrete, dualLawOfField, dualLawOfFlow } from './dual.js'
import { identityByBlocks, withoutWholeProjectors } from './completeBlocks.js'
import { energyLaw, mechanicsFor, potentialLaw, transformationLaw, withCombinedSums } from './energy.js'
import { mirrorLagrangian } from './mirrorMechanics.js'
import { type LinearLaw, highestOrder, isLong, lawOfField, lawOfFlow, momentumLaw } from './flow.js'
import { fromAverage, fromRest } from './solutions/fromRest.js'
import { type Regime, solveLaw } from './solve.js'
import { stateBudget } from './stateBudget.js'
import { type Opened, openedRule } from './opened.js'
import { regularWithSchedules } from './solutions/scheduled.js'

/** A law at one truncation order, and the model it holds for. */
export interface FlowOfLaw {
  readonly order: number
  readonly model: 'modified vector field' | 'modified flow'
  readonly law: LinearLaw
  /** What of its drive injected noise makes: then it is a law of the mean. */
  readonly ito?: Expr
}

/** Everything the engine derives for one symmetry under one rule, as exact expressions. */
export interface Laws {
  readonly symmetry: Symmetry
  readonly rule: Rule
  readonly rules: SymmetryRules
  readonly order: number
  /** What the noise that the rule injects makes of the flow, which is that of the rule without it; undefined for a rule that injects none. */
  readonly injected: Outcome<NoiseResponse> | undefined
  /** The rule with its matrices relaxed, of which the field is the leading flow. */
  readonly settled: SettledRule | undefined
  readonly field: Outcome<ModifiedField>
  readonly flow: Outcome<ModifiedFlow>
  /** The flows with time derivatives kept that laws are derived for: one for each power of η up to the order, or of √η. */
  readonly motions: readonly ModifiedFlow[]
  /** The equation of motion of first order in η that the Lagrangian is sought for. */
  readonly mechanical: Vector
  readonly lagrangian: InverseProblem
  /** The Lagrangian with a Rayleigh function for what it cannot hold: what Noether's identity is taken with. */
  readonly mechanics: Mechanics | undefined
  readonly noether: NoetherIdentity | undefined
  /** The metric of the flow: the inverse learning rates of the blocks, relative to each other. */
  readonly weights: Diagonal
  readonly potential: PotentialCharge | undefined
  /** The charge in the dual variables of mirror descent, which takes the place of the one above. */
  readonly dual: DualCharge | undefined
  readonly discrete: DiscreteSystem | undefined
  /** The discrete law in closed form. */
  readonly discreteSolution: DiscreteSolution | undefined
  /** What moves a charge that is a function of θ in a step, mechanism by mechanism. */
  readonly budget: Budget | undefined
  /** What the noise of a minibatch makes of the charge in one step, where the budget says it. */
  readonly noise: Expr | undefined
  readonly flows: readonly FlowOfLaw[]
  /** The law that is solved in closed form, with its regimes. */
  readonly solved: { readonly law: FlowOfLaw; readonly regimes: readonly Regime[] } | undefined
  /** For a rule whose step is an equation: the discrete law and the budget with the points of the gradient left open, as they are checked. */
  readonly opened?: Opened & { readonly system: DiscreteSystem | undefined; readonly moved: Budget | undefined }
  /** Where the laws are written in blocks: how any other scalar is; undefined where it cannot be. */
  readonly blockForm?: (e: Expr) => Expr | undefined
}

/** The powers of η up to an order that end a truncation of a field: those that its states in units of their own leave out add nothing. */
export const ordersOfField = ({ scaling }: Pick<ModifiedField, 'scaling'>, order: number): readonly number[] =>
  Array.from({ length: order + 1 }, (_, n) => n).filter((n) => n % (scaling?.unit ?? 1) === 0)

/** A series in η truncated after η^order. */
export const seriesToOrder = (series: VectorSeries, order: number): Vector => summedByPowersOfEta(series.slice(0, order + 1))

/** The vector field of θ truncated after η^order. */
export const fieldToOrder = (field: ModifiedField, order: number): Vector => seriesToOrder(fieldOfTheta(field), order)

/** The charge of the discrete law where no function of θ is one: the momentum-like ⟨state, ξ⟩ of the rule's first state. */
function stateCharge({ generator }: Symmetry, { states: [state] }: Rule): Expr | undefined {
  return state === undefined ? undefined : momentumLaw(variable(state.name), generator, variable(state.name), new SymmetryRules([])).charge
}

function lawsOfFlows(laws: Omit<Laws, 'flows' | 'solved' | 'discrete' | 'discreteSolution' | 'budget' | 'noise'>): readonly FlowOfLaw[] {
  const { potential, weights, dual, field, motions, rule, rules, symmetry, noether, order } = laws
  const found: FlowOfLaw[] = []
  if (shiftsTime(symmetry) && rule.action === undefined) return energyLaws(laws)
  if (followsIdentity(laws)) return noether === undefined ? [] : [{ order: mechanicalOrder(laws), model: 'modified flow', law: transformationLaw(noether) }]
  if (dual !== undefined) return dualFlows({ ...laws, dual })
  if (potential !== undefined && field.ok)
    for (const n of ordersOfField(field.value, order))
      found.push({ order: n, model: 'modified vector field', law: lawOfField(potential, fieldToOrder(field.value, n), rules) })
  for (const motion of motions) {
    if (potential !== undefined && motion.inertial === undefined && !keepsRates(motion)) continue
    const law =
      potential === undefined
        ? momentumLaw(motion.equation, symmetry.generator, applyDiagonal(weights, variable('theta', 1)), rules)
        : lawOfFlow(potential, motion.equation, symmetry.generator, rules)
    found.push({ order: motion.order, model: 'modified flow', law })
  }
  return found
}

/** Whether an equation of motion keeps time derivatives beyond the first that a modified field has. */
export const keepsRates = ({ order, equation }: ModifiedFlow): boolean => order > 0 || highestOrder(equation) > 1

/**
 * The laws under injected noise. That along the modified field becomes one of the mean, with Itô's term. One along a modified flow keeps its form in the mean
 * where the noise comes to θ by states as slow as θ is: the charge and its rates below the highest do not feel it then, and the highest is linear in it.
 */
function lawsInTheMean(found: readonly FlowOfLaw[], { injected, potential, symmetry, rule }: Pick<Laws, 'injected' | 'potential' | 'symmetry' | 'rule'>): readonly FlowOfLaw[] {
  if (injected === undefined) return found
  if (!injected.ok || shiftsTime(symmetry) || transformsAction(symmetry)) return []
  const isFelt = [...injected.value.responses.values()].some((n) => !isZeroVector(n))
  const noise = potential === undefined ? undefined : injectedNoise(injected.value, potential)
  return found.flatMap((flow): readonly FlowOfLaw[] => {
    if (flow.model === 'modified flow') return isFelt ? [] : [flow]
    if (noise === undefined) return []
    if (flow.order < injected.value.order) return [flow]
    const ito = withSizes(noise.ito, symmetry.space, rule.hyperparameters)
    return isZero(ito) ? [flow] : [{ ...flow, law: withIto(flow.law, ito), ito }]
  })
}

/** The laws of a charge in the dual variables. */
function dualFlows({ dual, field, motions, rules, order }: Pick<Laws, 'field' | 'motions' | 'rules' | 'order'> & { readonly dual: DualCharge }): readonly FlowOfLaw[] {
  const alongFields = field.ok ? Array.from({ length: order + 1 }, (_, n) => ({ order: n, model: 'modified vector field', law: dualLawOfField(dual, seriesToOrder(field.value.dualField ?? [], n), rules) }) as const) : []
  const alongMotions = motions.filter((motion) => motion.order > 0).map(({ equation, schedules, order: kept }) => ({ order: kept, model: 'modified flow', law: dualLawOfFlow(dual, equation, kept, rules, schedules) }) as const)
  return [...alongFields, ...alongMotions]
}

/** The order of the flow that the Lagrangian is sought for: the first in η, or the leading one in √η. */
const mechanicalOrder = ({ motions, order }: Pick<Laws, 'motions' | 'order'>): number => (motions.some((m) => m.inertial) ? 0 : Math.min(order, 1))

/** The laws of a symmetry in time: the potential (the loss, where there is no mechanics) along the modified fields, the energy along the modified flow. */
function energyLaws({ mechanics, noether, field, flow, order, motions }: Pick<Laws, 'mechanics' | 'noether' | 'field' | 'flow' | 'order' | 'motions'>): readonly FlowOfLaw[] {
  const potential = mechanics?.potential ?? LOSS_VALUE
  const alongFields = field.ok
    ? ordersOfField(field.value, order).map((n) => ({ order: n, model: 'modified vector field', law: potentialLaw(potential, fieldToOrder(field.value, n), field.value.schedules) }) as const)
    : []
  return noether === undefined || !flow.ok ? alongFields : [...alongFields, { order: mechanicalOrder({ motions, order }), model: 'modified flow', law: energyLaw(noether) }]
}

/** The closed form is sought for the modified flow of rules with state, for the modified field of the others; else for what can be solved. Long laws have none told. */
function solvable(flows: readonly FlowOfLaw[], hasState: boolean, names: readonly string[]): Laws['solved'] {
  const preferred = hasState ? 'modified flow' : 'modified vector field'
  const isFast = ({ law }: FlowOfLaw): number => Number(law.coefficients.length > 3) // beyond second order the law has motions that no run shows
  const ranked = flows.filter(({ law }) => !isLong(law)).toSorted((a, b) => isFast(a) - isFast(b) || Number(b.model === preferred) - Number(a.model === preferred) || b.order - a.order)
  for (const law of ranked) {
    const regimes = solveLaw({ ...law.law, names })
    if (regimes.length > 0) return { law, regimes }
  }
  return undefined
}

/** The laws with the rule's schedules put in. */
const scheduled = (flows: readonly FlowOfLaw[], rule: Rule): readonly FlowOfLaw[] =>
  flows.flatMap((found) => {
    const law = regularWithSchedules(found.law, rule.schedules)
    return law.ok ? [{ ...found, law: law.value }] : []
  })

/** The leading law of a rule whose friction falls as r/t. */
function solvedFromRest(flows: readonly FlowOfLaw[]): Laws['solved'] {
  const law = flows.find((found) => found.order === 0 && found.model === 'modified flow')
  const found = law === undefined ? undefined : fromRest(law.law)
  return law === undefined || found?.verified !== true ? undefined : { law, regimes: [{ ...found, name: 'from rest', discriminant: undefined, relation: undefined }] }
}

/** The law of highest order whose charge forgets its start, as a mean over all steps does. */
function solvedFromAverage(flows: readonly FlowOfLaw[]): Laws['solved'] {
  for (const law of flows.toReversed()) {
    const found = fromAverage(law.law)
    if (found?.verified !== true) continue
    const sign = found.exponent.kind === 'number' ? { discriminant: undefined, relation: undefined } : ({ discriminant: found.exponent, relation: '>' } as const)
    return { law, regimes: [{ ...found, name: 'the start forgotten', ...sign }] }
  }
  return undefined
}

/** A Lagrangian that a statement gives. */
function statedLagrangian({ mechanics, conditions }: NonNullable<Rule['action']>): InverseProblem {
  const told = conditions.map(({ expression, relation, why }) => (isZero(expression) ? why : `${why} where ${writeScalar(expression).text} ${relation} 0`))
  return { ...mechanics, exists: true, firstOrder: false, stated: true, reason: `it is given; ${told.join(', and ')}` }
}

/** The Lagrangian that a rule gives, or that of its flow of first order in η. */
function lagrangianOf(rule: Rule, motion: Outcome<ModifiedFlow>, symmetry: Symmetry): InverseProblem {
  if (rule.action !== undefined) return statedLagrangian(rule.action)
  if (!motion.ok) return { exists: false, reason: motion.reason }
  const { equation, schedules } = motion.value
  const whole = withoutWholeProjectors(equation, rule.covered)
  const found = inverseProblem(whole, schedules)
  const exact = isZeroVector(subVectors(whole, equation)) ? found : { ...found, reason: `the blocks are all parameters, and ${found.reason}` }
  return mirrorLagrangian(motion.value, exact, symmetry) ?? exact
}

/** Whether the Lagrangian may be made of sums over components of functions, which are put together where they are of one kind. */
export const ofSums = ({ rule, lagrangian }: Pick<Laws, 'rule' | 'lagrangian'>): boolean => rule.action !== undefined || (lagrangian.exists && lagrangian.nearby !== undefined)

/** Whether the law of the charge is Noether's identity itself: a transformation of time, a gauge, or a motion stated by its Lagrangian. */
export const followsIdentity = ({ symmetry, rule }: Pick<Laws, 'symmetry' | 'rule'>): boolean => transformsAction(symmetry) || rule.action !== undefined

/** The flow and those of lower orders: all powers of a step's length from the first on, of its root from the leading order on. */
function motionsOf(rule: Rule, flow: Outcome<ModifiedFlow>): readonly ModifiedFlow[] {
  if (!flow.ok || rule.action !== undefined) return flow.ok ? [flow.value] : []
  const { inertial = 1, order } = flow.value
  const all = Array.from({ length: inertial * order }, (_, n) => n / inertial)
  const lower = (flow.value.inertial === undefined ? all.slice(1) : all).map((n) => modifiedFlow(rule, n))
  return [...lower.flatMap((found) => (found.ok ? [found.value] : [])), flow.value]
}

/** A flow that nothing can be held against is not presented: the modified field is its witness, or the rule in a time of its own. */
const withWitness = (flow: Outcome<ModifiedFlow>, field: Outcome<ModifiedField>): Outcome<ModifiedFlow> =>
  !flow.ok || field.ok || flow.value.inertial !== undefined || flow.value.rule.action !== undefined ? flow : { ok: false, reason: field.reason }

/** The leading flow of a rule whose matrices have relaxed. */
function settledField(settled: Outcome<SettledRule>): Outcome<ModifiedField> {
  if (!settled.ok) return settled
  const found = modifiedField(settled.value.rule, 0)
  const told = settled.value.matrices.map(({ state, value }) => `${state.name} has come to ${writeSquare(value).text}`)
  return found.ok ? { ok: true, value: { ...found.value, conditions: [...found.value.conditions, ...told, LEADING] } } : found
}

const LEADING = 'powers of eta from 1 on are left out, as derivatives of powers of matrices are not derived'

/**
 * Derives every law of a symmetry under a rule.
 * @param order highest power of η kept in the flows; a continuous rule has none.
 */
export function deriveLaws(given: Symmetry, rule: Rule, requested: number): Laws {
  const symmetry = rule.covered.length === 0 ? given : { ...given, space: { ...given.space, covered: true } }
  const injected = injectedResponse(rule)
  const settled = settledMatrices(withoutNoise(rule))
  const wanted = rule.continuous || settled?.ok === true ? 0 : injected?.ok === true ? Math.min(requested, injected.value.order) : requested
  const rules = new SymmetryRules([symmetry.generator])
  const drift = withoutNoise(rule)
  const field = injected?.ok === false ? injected : settled === undefined ? modifiedField(drift, wanted) : settledField(settled)
  const order = field.ok ? field.value.order : wanted
  const flow = withWitness(modifiedFlow(drift, order), field)
  const motions = motionsOf(drift, flow)
  const [leading] = motions
  const motion: typeof flow = leading === undefined ? flow : { ok: true, value: leading }
  const mechanical = motion.ok ? motion.value.equation : ZERO_VECTOR
  const schedules = motion.ok ? motion.value.schedules : NO_SCHEDULES
  const lagrangian = lagrangianOf(rule, motion, symmetry)
  const mechanics = motion.ok ? mechanicsFor(symmetry, lagrangian, mechanical, schedules) : undefined
  const identity = mechanics === undefined ? undefined : noetherIdentity(mechanics, symmetry, rules)
  const tidied = identity === undefined || !ofSums({ rule, lagrangian }) ? identity : withCombinedSums(identity)
  const noether = tidied === undefined || rule.covered.length === 0 || !transformsAction(symmetry) ? tidied : identityByBlocks(tidied, rule.covered, schedules)
  const dual = rule.dual === undefined || shiftsTime(symmetry) || transformsAction(symmetry) ? undefined : dualCharge(symmetry, rule.dual)
  const weights = weightsWithin(symmetry.generator, field.ok ? weightsOf(fieldToOrder(field.value, 0), field.value.schedules) : multipleOf(ONE))
  const potential = dual !== undefined || transformsAction(symmetry) || rule.action !== undefined ? undefined : potentialCharge(symmetry, weights)
  const base = { symmetry, rule, rules, order, injected, settled: settled?.ok === true ? settled.value : undefined, field, flow, motions, mechanical, lagrangian, mechanics, noether, weights, potential, dual }
  const flows = lawsInTheMean(lawsOfFlows(base), base)
  // A loss that does not depend on time has the symmetry without the function of time before it, too.
  const steady = transformsAction(symmetry) ? withoutTime(symmetry) : symmetry
  // Without states there is still the function of θ that learning rates alike on all blocks would conserve, if there is one.
  const weighted = steady === undefined || steady === symmetry ? potential : potentialCharge(steady, weights)
  const carried = weighted ?? (steady === undefined || rule.states.length > 0 ? undefined : potentialCharge(steady))
  const charge = rule.continuous || dual !== undefined || steady === undefined ? undefined : carried?.charge ?? stateCharge(steady, rule)
  const steadyRules = steady === undefined || steady === symmetry ? rules : new SymmetryRules([steady.generator])
  const exact = dual === undefined ? undefined : dualDiscrete(dual, rules)
  const opened = rule.implicit && steady !== undefined ? openedRule(rule, steady.generator, steadyRules) : undefined
  const { rule: stepping, rules: reducing } = opened ?? { rule, rules: steadyRules }
  const system = exact?.discrete ?? (charge === undefined || isZero(charge) ? undefined : discreteSystem(charge, stepping, reducing, symmetry.space))
  const moved = exact?.budget ?? (charge === undefined || isZero(charge) ? undefined : carried === undefined ? stateBudget(charge, stepping, reducing) : chargeBudget(charge, stepping, reducing, carried.integrated ? carried.gradient : undefined))
  const discrete = opened === undefined || system === undefined ? system : opened.discrete(system)
  const budget = opened === undefined || moved === undefined ? moved : opened.budget(moved)
  const solution = discrete === undefined ? undefined : discreteSolution(discrete, rule, symmetry)
  // Noise is drawn anew at every step: no draw of it holds the charge.
  const pathwise = solution === undefined || rule.noises.length === 0 ? solution : { ...solution, steadyState: undefined, cases: solution.cases.map((one) => ({ ...one, undisturbed: undefined })) }
  const steps = { discrete, ...(opened === undefined ? {} : { opened: { ...opened, system, moved } }), discreteSolution: pathwise, budget, noise: budget === undefined || rule.continuous ? undefined : batchNoise(budget) }
  if (leading?.inertial !== undefined && !transformsAction(symmetry)) return { ...base, ...steps, flows, solved: solvedFromRest(flows) }
  const candidates = followsIdentity(base) ? flows.filter((found) => isZero(found.law.drive)) : rule.schedules.size > 0 || rule.schedule ? scheduled(flows, rule) : flows
  const solved = solvable(candidates, rule.states.length > 0, [...Object.keys(symmetry.space.blocks), ...Object.keys(symmetry.space.constants)])
  return { ...base, ...steps, flows, solved: solved ?? (rule.schedule ? solvedFromAverage(flows) : undefined) }
}


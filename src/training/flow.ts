import { num, sym } from '../algebra/build.js'
import { tensor } from '../compile/index.js'
import { InputError } from '../errors.js'
import { applyDiagonal, diagonalOf, inverseOf, isInvertible } from '../jets/diagonal.js'
import { simplifyVector, summedByPowersOfEta } from '../jets/simplify.js'
import { vectorText } from '../jets/notation.js'
import { replaceInVector, substituteScalars } from '../jets/substitute.js'
import { type Vector, type VectorAtom, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { allVectorsOf, symbolsIn } from '../jets/walk.js'
import { schedulesInTime } from '../laws/solutions/scheduled.js'
import { type Network, initialParameters, networkTensors } from '../network/index.js'
import type { ScaledState } from '../rules/accumulating.js'
import { clockOf } from '../rules/inertial.js'
import type { Outcome, Rule } from '../rules/model.js'
import { modifiedField } from '../rules/modifiedField.js'
import { type ModifiedFlow, modifiedFlow } from '../rules/modifiedFlow.js'
import { timesPower } from '../rules/powersOfRate.js'
import { readRule } from '../rules/rule.js'
import type { Samples } from './data/dataset.js'
import { targetMatrix } from './data/targets.js'
import { tensorsOf } from './ruleTensors.js'

/** Rates of θ and of what moves along with it, by name, and what the time is. */
interface Motion {
  readonly rates: ReadonlyMap<string, Vector>
  readonly clock: string
  readonly order: number
  readonly conditions: readonly string[]
  /** States in units of their own. */
  readonly scaled: readonly ScaledState[]
  /** Rates of θ among the names. */
  readonly velocities: readonly string[]
}

const STEPS = 'k*eta'

function found<T>({ name, noises }: Rule, what: string, outcome: Outcome<T>): T {
  if (noises.length > 0) throw new InputError(`the rule ${name} injects noise, which a flow does not follow`, 'take the flow gradient, or a rule without noise')
  if (!outcome.ok) throw new InputError(`the rule has no ${what}: ${outcome.reason}`, 'take another flow of gradient, modified and motion, or another order')
  return outcome.value
}

/** θ̇ = F̃(θ) by backward error analysis, with the states that move as slowly as θ. */
function alongField(rule: Rule, wanted: number): Motion {
  const { fields, order, clock = STEPS, conditions, scaling } = found(rule, 'modified vector field', modifiedField(rule, rule.continuous ? 0 : wanted))
  return { rates: new Map([...fields].map(([name, series]) => [name, summedByPowersOfEta(series.slice(0, order + 1))])), clock, order, conditions, scaled: scaling?.states ?? [], velocities: [] }
}

/** θ̇ as a state of a system of first order. */
const VELOCITY = 'velocity'

/** The highest derivative of θ in an equation of motion. */
const highestIn = (equation: Vector): number => Math.max(0, ...allVectorsOf(equation).map((a) => (a.kind === 'variable' && a.name === 'theta' ? a.order : 0)))

/**
 * The equation of motion to the highest order, up to the wanted one, to which it is of second order in time: derivatives beyond stand with
 * powers of η in front and have fast motions, some of them growing, that no run has.
 */
function secondOrderMotion(rule: Rule, wanted: number): ModifiedFlow {
  const motion = found(rule, 'equation of motion', modifiedFlow(rule, rule.continuous ? 0 : wanted))
  const less = wanted - (motion.inertial === 2 ? 1 / 2 : 1)
  return highestIn(motion.equation) <= 2 || less < 0 ? motion : secondOrderMotion(rule, less)
}

/** The equation of motion E(θ, θ̇, θ̈) = 0, solved for its highest derivative. */
function alongMotion(rule: Rule, wanted: number): Motion {
  const { equation, order, inertial, clock = STEPS, conditions, rule: { covered } } = secondOrderMotion(rule, wanted)
  const highest = highestIn(equation)
  const top = variableAtom('theta', highest)
  const isTop = (a: VectorAtom): boolean => a === top || (a.kind === 'apply' && a.argument === top)
  const leading = { terms: equation.terms.filter((t) => isTop(t.atom)) }
  const rest = subVectors(equation, leading)
  const inertia = diagonalOf(leading, top)
  if (highest > 2 || inertia === undefined || !isInvertible(inertia, covered) || allVectorsOf(rest).includes(top))
    throw new InputError(`the equation of motion holds its derivative of order ${highest} in a function of it`, 'take the flow modified, which is of first order')
  const last = scaleVector(num(-1), applyDiagonal(inverseOf(inertia), rest))
  const byName = replaceInVector(last, (name, n) => (name === 'theta' && n === 1 ? variable(VELOCITY) : undefined))
  const rates = new Map(highest === 1 ? [['theta', last]] : [['theta', variable(VELOCITY)], [VELOCITY, byName]])
  return { rates, clock: inertial === undefined ? clock : clockOf({ power: inertial }), order, conditions, scaled: [], velocities: [VELOCITY] }
}

/** What training is followed by: the gradient flow of the loss with decay, the modified vector field of the rule, or its equation of motion. */
const FLOWS: Readonly<Record<string, (rule: Rule, order: number) => Motion>> = {
  gradient: () => alongField(readRule({ name: 'sgd' }), 0),
  modified: alongField,
  motion: alongMotion,
}
export const FLOW_KINDS: readonly string[] = Object.keys(FLOWS)

/** The flow of a rule on a network, with what its time is in steps k, and what has to hold. */
export interface TrainingFlow extends tensor.FlowSystem, Omit<Motion, 'rates' | 'scaled' | 'velocities'> {
  /** What states in units of their own are, by name. */
  readonly units: Readonly<Record<string, string>>
}

/** Schedules as functions of the time, which is k·η for rules that have some. */
function inTime(x: Vector, { schedules }: Rule): Vector {
  const values = schedulesInTime(schedules)
  if (values === undefined) throw new InputError('the schedule of eta is no multiple of its value at the first step, and speaks of another eta', 'write it as that value times a function of k')
  return substituteScalars(x, new Map(Object.entries(values).map(([name, value]) => [sym(name), value])))
}

/** Hyperparameters in the order of the rule, the learning rate first. */
function hyperparametersIn(rates: Iterable<Vector>, rule: Rule): readonly string[] {
  const used = new Set([...rates].flatMap((x) => [...symbolsIn(x)]))
  used.delete('t')
  const known = ['eta', ...rule.hyperparameters].filter((name) => used.has(name))
  return [...new Set([...known, ...used])]
}

/**
 * Where a run begins: the network's own initial parameters, at rest, states at the rule's initial values. Undefined where a state in units of
 * its own begins at another number than zero, as that depends on η.
 */
function initialOf(network: Network, { states }: Rule, others: readonly string[], { scaled, velocities }: Motion): readonly number[] | undefined {
  const theta = initialParameters(network)
  const values = others.map((name) => {
    if (velocities.includes(name)) return theta.map(() => 0)
    const inUnits = scaled.find((s) => s.name === name)
    const initial = states.find((s) => s.name === (inUnits?.state ?? name))?.initial
    if (initial === undefined || (inUnits !== undefined && initial !== 0)) return undefined
    return initial === 'theta' ? theta : theta.map(() => initial)
  })
  return values.includes(undefined) ? undefined : [theta, ...values].flatMap((x) => [...(x ?? [])])
}

/**
 * The flow that full-batch training of a network follows, as a system of differential equations: derived from the rule, worked out on the
 * tensors of the network. `gradient` is that of the loss with decay; `modified` the rule's modified vector field to the order, in which states
 * that move as slowly as θ stand beside it; `motion` its equation of motion, with θ̇ as a state, to the highest order to which it is of second
 * order in time. Hyperparameters are parameters of the system.
 * @param rule its blocks are parameters of the network, by their names
 * @throws InputError for an unknown flow, a rule that has none, and one that tensors do not compute
 */
export function trainingFlow(network: Network, samples: Samples, rule: Rule, kind: string, order = 1): TrainingFlow {
  const derived = FLOWS[kind]
  if (derived === undefined) throw new InputError(`unknown flow ${kind}`, `one of ${FLOW_KINDS.join(', ')}`)
  const motion = derived(rule, order)
  const rates = new Map([...motion.rates].map(([name, x]) => [name, simplifyVector(inTime(x, rule))]))
  const { loss, parameters } = networkTensors(network, samples.rows)
  const named = (state: string) => network.parameters.map(({ name, shape }) => tensor.input(`${state}_${name}`, shape))
  const variables = new Map([...rates.keys()].filter((name) => name !== 'theta').map((name) => [name, named(name)] as const))
  const field = tensorsOf(rates, { loss, parameters }, variables, network.parameters.map(({ name }) => name))
  const { clock, conditions, scaled, order: kept } = motion
  const units = Object.fromEntries(scaled.map(({ state, name, power }) => [name, vectorText(timesPower(power, variable(state)))]))
  const initial = initialOf(network, rule, [...variables.keys()], motion)
  const flow = {
    parameters: [...parameters, ...[...variables.values()].flat()],
    field: ['theta', ...variables.keys()].flatMap((name) => field.get(name) ?? []),
    note: `Time: ${clock} after k steps${Object.entries(units).map(([name, meaning]) => `, ${name} is ${meaning}`).join('')}.`,
    ...(initial === undefined ? {} : { initial }),
  }
  const data = { inputs: samples.inputs, targets: targetMatrix(samples.targets, network.output) }
  return { ...tensor.flowSystem(flow, data, hyperparametersIn(rates.values(), rule)), clock, order: kept, conditions, units }
}

import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { type System, compileSystem } from '../../src/compile/index.js'
import { buildNetwork, initialParameters } from '../../src/network/index.js'
import { lossDerivatives } from '../../src/network/derivatives.js'
import { programOf } from '../../src/rules/execute.js'
import type { Rule, RuleStatement } from '../../src/rules/model.js'
import { readRule } from '../../src/rules/rule.js'
import { trainingFlow } from '../../src/training/flow.js'
import { type Hyperparameters, loadData, targetMatrix } from '../../src/training/index.js'
import { indicatorVectors } from '../../src/training/indicators.js'
import { type RuleMachine, compileRule } from '../../src/training/program.js'

const network = buildNetwork({ input: 3, layers: [{ dense: 4 }, 'tanh', { dense: 2 }], loss: 'mean_square', gain: 1 })
const { train } = loadData({ teacher: { input: 3, layers: [{ dense: 2 }] }, samples: 12, noise: 0.3 })
const batch = { inputs: train.inputs, targets: targetMatrix(train.targets, 2), rows: train.rows }
const blocks = Object.fromEntries(network.parameters.map(({ name }) => [name, [name]]))
const derivatives = lossDerivatives(network)

/** A rule, numbers for it, and what its flow makes of it. */
interface Case {
  readonly statement: RuleStatement
  readonly values?: Readonly<Record<string, number>>
  /** Schedules in the step k for a learning rate, which the rule and the run have. */
  readonly scheduled?: (eta: number) => Readonly<Record<string, string>>
  readonly kind?: string
  readonly order: number
  /** Learning rates of the two runs. */
  readonly rates?: readonly [number, number]
  /** Powers of η: of the time of a step, and of the units of states that the flow keeps; these begin at one in them. */
  readonly time?: number
  readonly units?: Readonly<Record<string, readonly [string, number]>>
  /** Time for states to relax, and that of the comparison. */
  readonly settled?: number
  readonly span?: number
  readonly expected?: number
}

/** The rule itself on the whole data: `to` makes steps until there are so many. */
function machineOf(rule: Rule, values: Hyperparameters): { readonly machine: RuleMachine; to(steps: number): void } {
  const theta = Float64Array.from(initialParameters(network))
  const gradient = new Float64Array(theta.length)
  const machine = compileRule(programOf(rule), values, theta, gradient, indicatorVectors(network), (point, along, out) => void derivatives(batch, point, along, out))
  let done = 0
  return {
    machine,
    to(steps) {
      for (; done < steps; done += 1) {
        derivatives(batch, theta, [], gradient)
        machine.step(done)
      }
    },
  }
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.hypot(...Array.from(a, (u, k) => u - (b[k] ?? Number.NaN)))

/** How far the flow is off θ after the same time, from where the states have relaxed. */
function defect({ statement, values = {}, scheduled, kind = 'modified', order, time = 1, units = {}, settled = 0.5, span = 1 }: Case, eta: number): number {
  const schedules = scheduled?.(eta) ?? {}
  const rule = readRule({ ...statement, ...schedules }, blocks, true)
  const numbers: Readonly<Record<string, number>> = { lambda: 0, ...values, eta }
  const { machine, to } = machineOf(rule, { ...numbers, ...Object.fromEntries(Object.entries(schedules).map(([name, text]) => [name, readExpr(text)])) })
  for (const [state, [, power]] of Object.entries(units)) machine.vectors.get(state)?.fill(eta ** -power)
  const perStep = eta ** time
  const [first, last] = [Math.round(settled / perStep), Math.round((settled + span) / perStep)]
  to(first)
  const vector = (name: string): Float64Array => Float64Array.from(machine.vectors.get(name) ?? [])
  const theta = vector('theta')
  const valuesOf = ({ parameters = [] }: System): readonly number[] => parameters.map((name) => numbers[name] ?? Number.NaN)
  const velocity = (): readonly number[] => {
    const { system } = trainingFlow(network, train, rule, 'modified', order + 1)
    const { final } = compileSystem(system, { method: 'euler' }).integrate({ y0: theta, parameters: valuesOf(system), t1: 1, step: 1 })
    return final.y.map((y, i) => y - (theta[i] ?? Number.NaN))
  }
  const kept = kind === 'motion' ? velocity() : Object.entries(units).flatMap(([state, [, power]]) => Array.from(vector(state), (x) => x * eta ** power))
  const { system } = trainingFlow(network, train, rule, kind, order)
  expect(system.states.length).toBe(theta.length + kept.length)
  const { final, status } = compileSystem(system, { method: 'vern9' }).integrate({
    y0: [...theta, ...kept], parameters: valuesOf(system), t0: first * perStep, t1: last * perStep, rtol: 1e-13, atol: 1e-14,
  })
  expect(status).toBe('completed')
  to(last)
  return distance(vector('theta'), final.y.slice(0, theta.length))
}

/** The observed order of a flow, by halving η over the same time. */
function orderOf(one: Case): number {
  const [coarse, fine] = (one.rates ?? [0.02, 0.01]).map((eta) => defect(one, eta))
  return Math.log2((coarse ?? Number.NaN) / (fine ?? Number.NaN)) / Math.log2((one.rates?.[0] ?? 2) / (one.rates?.[1] ?? 1))
}

const momentum: RuleStatement = { name: 'momentum', beta: 'beta' }
const CASES: readonly (readonly [string, Case])[] = [
  ['gradient flow', { statement: { name: 'sgd' }, kind: 'gradient', order: 0 }],
  ...[0, 1, 2, 3].map((order) => [`gradient descent with decay, order ${order}`, { statement: { name: 'sgd', lambda: 'lambda' }, values: { lambda: 0.3 }, order }] as const),
  ...[0, 1, 2].map((order) => [`momentum, order ${order}`, { statement: momentum, values: { beta: 0.5, lambda: 0.1 }, order }] as const),
  ...[0, 1].map((order) => [`Nesterov, order ${order}`, { statement: { name: 'nesterov' }, values: { beta: 0.6, lambda: 0.1 }, order }] as const),
  ...[0, 1, 2].map((order) => [`RMSprop with a smooth root, order ${order}`, { statement: { state: { s: '0' }, update: { s: 'rho*s + (1 - rho)*g^2', theta: 'theta - eta*g/sqrt(s + c)' } }, values: { rho: 0.6, c: 0.3 }, order }] as const),
  ...[0, 1].map((order) => [`Adam with a smooth root, order ${order}`, { statement: { state: { m: '0', s: '0' }, update: { m: 'p*m + (1 - p)*g', s: 'rho*s + (1 - rho)*g^2', theta: 'theta - eta*m/sqrt(s + c)' } }, values: { p: 0.5, rho: 0.6, c: 0.3 }, order }] as const),
  ['Adam, order 0', { statement: { name: 'adam' }, values: { beta1: 0.5, beta2: 0.6, epsilon: 0.1 }, order: 0 }],
  ...[0, 1, 2].map((order) => [`extragradient, order ${order}`, { statement: { name: 'extragradient' }, order }] as const),
  ['the implicit midpoint, order 2', { statement: { name: 'implicit_midpoint' }, order: 2, expected: 4 }],
  ['mirror descent, order 1', { statement: { name: 'mirror', h: 'theta^2/2 + theta^4/12' }, order: 1 }],
  ['a decay that falls, order 1', { statement: { name: 'sgd' }, scheduled: () => ({ lambda: '0.5*exp(-eta*k)' }), order: 1 }],
  ['a learning rate that falls, order 1', { statement: { name: 'momentum' }, values: { beta: 0.4 }, scheduled: (eta) => ({ eta: `${eta}/(1 + ${eta}*k)` }), order: 1 }],
  ['the motion of gradient descent, order 1', { statement: { name: 'sgd' }, kind: 'motion', order: 1 }],
  ['the motion of momentum, order 1', { statement: momentum, values: { beta: 0.5, lambda: 0.1 }, kind: 'motion', order: 1, rates: [0.005, 0.0025] }],
  ['sharpness-aware, order 1', { statement: { name: 'sam' }, values: { rho: 0.05 }, order: 1 }],
  ['decay by block, order 1', { statement: { name: 'momentum', lambda: { W1: 'l1', b1: 0, W2: 'l2', b2: 0 } }, values: { beta: 0.4, l1: 0.5, l2: 0.2 }, order: 1 }],
  ['a norm of the gradient in the step, order 1', { statement: { update: { theta: 'theta - eta*g/(1 + norm2(g))' } }, order: 1 }],
  ['AdaGrad, which keeps its sum of squares', { statement: { name: 'adagrad' }, values: { epsilon: 0 }, order: 0, time: 2, rates: [0.1, 0.05], units: { s: ['s_eta', 2] }, expected: 2 }],
]

describe('the derived flow of a rule on a network against the rule itself', () => {
  it.each(CASES)('%s', (_, one) => {
    expect(Math.abs(orderOf(one) - (one.expected ?? one.order + 1))).toBeLessThan(0.15)
  })
})

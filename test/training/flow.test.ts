import { describe, expect, it } from 'vitest'
import { compileSystem } from '../../src/compile/index.js'
import { buildNetwork, float64Network, initialParameters } from '../../src/network/index.js'
import { loadData, subset, targetMatrix, trainingFlow } from '../../src/training/index.js'
import { InputError } from '../../src/errors.js'
import type { RuleStatement } from '../../src/rules/model.js'
import { readRule } from '../../src/rules/rule.js'

const { train } = subset(loadData('digits'), 12)
const network = buildNetwork({ input: 64, layers: [{ dense: 7 }, 'batchnorm', { leaky_relu: 0.1 }, { dense: 10 }] })
const theta = initialParameters(network)
const [inputs, targets] = [Float64Array.from(train.inputs), targetMatrix(train.targets, 10)]
const byHand = float64Network(network, train.rows)
const slope = (at: Float64Array): Float64Array => {
  const gradient = new Float64Array(network.size)
  byHand.lossAndGradient(at, inputs, targets, train.rows, gradient)
  return gradient
}
/** What one Euler step of length 1 adds to the state. */
function field(kind: string, y0: readonly number[], parameters: readonly number[], statement: RuleStatement = { name: 'sgd', lambda: 'lambda' }, order = 1, t0 = 0): readonly number[] {
  const { final } = compileSystem(trainingFlow(network, train, readRule(statement), kind, order).system, { method: 'euler' }).integrate({ y0, parameters, t0, t1: t0 + 1, step: 1 })
  return final.y.map((v, i) => v - (y0[i] ?? NaN))
}
const largest = (found: readonly number[], wanted: (i: number) => number): number => found.reduce((m, v, i) => Math.max(m, Math.abs(v - wanted(i))), 0)

describe('flows of training, against the hand-derived gradient', () => {
  const [eta, beta, lambda] = [0.1, 0.9, 0.01]
  const pull = slope(theta).map((g, i) => g + lambda * (theta[i] ?? NaN))

  it('the gradient flow is −g − λθ', () => {
    expect(largest(field('gradient', [...theta], [lambda]), (i) => -(pull[i] ?? NaN))).toBeLessThan(1e-13)
  })

  it('the modified loss flow adds −η/2 times the derivative of the pull along itself', () => {
    const h = 1e-5
    const [above, below] = [h, -h].map((s) => slope(theta.map((v, i) => v + s * (pull[i] ?? NaN))))
    const along = (i: number): number => ((above?.[i] ?? NaN) - (below?.[i] ?? NaN)) / (2 * h) + lambda * (pull[i] ?? NaN)
    expect(largest(field('modified', [...theta], [eta, lambda]), (i) => -(pull[i] ?? NaN) - (eta / 2) * along(i))).toBeLessThan(1e-7)
  })

  it('the equation of motion of momentum is η(1+β)/2 θ̈ + (1−β) θ̇ + g + λθ = 0', () => {
    const velocity = [...theta].map((_, i) => Math.sin(i))
    const found = field('motion', [...theta, ...velocity], [eta, beta, lambda], { name: 'momentum' })
    const acceleration = (i: number): number => (-2 / (eta * (1 + beta))) * ((pull[i] ?? NaN) + (1 - beta) * (velocity[i] ?? NaN))
    expect(largest(found, (i) => (i < network.size ? velocity[i] ?? NaN : acceleration(i - network.size)))).toBeLessThan(1e-11)
  })

  it('the motion of Nesterov’s method is that of Su, Boyd and Candès, θ̈ + (3/t) θ̇ + g + λθ = 0', () => {
    const velocity = [...theta].map((_, i) => Math.cos(i))
    const t = 2.5
    const found = field('motion', [...theta, ...velocity], [lambda], { name: 'nesterov_schedule', lambda: 'lambda' }, 0, t)
    expect(largest(found, (i) => (i < network.size ? velocity[i] ?? NaN : -(pull[i - network.size] ?? NaN) - (3 / t) * (velocity[i - network.size] ?? NaN)))).toBeLessThan(1e-13)
  })

  it('the equation of motion is taken to the order to which it is of second order in time', () => {
    const orderOf = (statement: RuleStatement, wanted: number): number => trainingFlow(network, train, readRule(statement), 'motion', wanted).order
    expect([0, 1, 2, 4].map((n) => orderOf({ name: 'sgd' }, n))).toEqual([0, 1, 1, 1])
    expect([0, 1, 2].map((n) => orderOf({ name: 'nesterov_schedule' }, n))).toEqual([0, 1 / 2, 1 / 2])
    expect(trainingFlow(network, train, readRule({ name: 'gradient_flow' }), 'modified', 2).system.parameters).toEqual([])
  })

  it('begins where a run does, unless that depends on eta', () => {
    const begins = (statement: RuleStatement, kind: string): readonly number[] | undefined => trainingFlow(network, train, readRule(statement), kind).system.initial
    const zeros = [...theta].map(() => 0)
    expect(begins({ name: 'momentum' }, 'modified')).toEqual([...theta])
    expect(begins({ name: 'momentum' }, 'motion')).toEqual([...theta, ...zeros])
    expect(begins({ name: 'adagrad' }, 'modified')).toEqual([...theta, ...zeros])
    const slow = (initial: string): RuleStatement => ({ state: { s: initial }, update: { s: 's + eta*(g - s)', theta: 'theta - eta*s' } })
    expect(begins(slow('theta'), 'modified')).toEqual([...theta, ...theta])
    expect(begins({ state: { velocity: 'theta' }, update: { velocity: 'velocity + eta*(g - velocity)', theta: 'theta - eta*velocity' } }, 'modified')).toEqual([...theta, ...theta])
    expect(begins(slow('2'), 'modified')).toEqual([...theta, ...zeros.map(() => 2)])
    expect(begins({ state: { s: '1' }, update: { s: 's + g^2', theta: 'theta - eta*g/sqrt(s)' } }, 'modified')).toBeUndefined()
  })

  it('says what no flow is', () => {
    expect(() => trainingFlow(network, train, readRule({ name: 'sgd' }), 'adam')).toThrow(/unknown flow adam/)
    expect(() => trainingFlow(network, train, readRule({ name: 'langevin' }), 'modified')).toThrow(/injects noise/)
    expect(() => trainingFlow(network, train, readRule({ name: 'muon', mu: 0 }), 'modified', 0)).toThrow(/msign of a matrix in the flow/)
    expect(() => trainingFlow(network, train, readRule({ name: 'adagrad' }), 'motion')).toThrow(InputError)
  })
})

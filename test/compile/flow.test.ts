import { describe, expect, it } from 'vitest'
import { sym } from '../../src/algebra/build.js'
import { compileEnsemble } from '../../src/compile/ensemble.js'
import { gradientDescent } from '../../src/compile/tensor/descent.js'
import { type Flow, compileFlow, flowSystem, gradientFlow } from '../../src/compile/tensor/flow.js'
import { input, sizeOf } from '../../src/compile/tensor/graph.js'
import { dense, meanSquare, tanh } from '../../src/compile/tensor/layers.js'
import { modifiedLossFlow, momentumFlow, velocityOf } from './handFlows.js'

const parameters = { w1: input('w1', [3, 5]), w2: input('w2', [5, 2]) }
const loss = meanSquare(dense(tanh(dense(input('x', [6, 3]), parameters.w1)), parameters.w2), input('y', [6, 2]))
const wave = (n: number, f: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(f * (i + 1)))
const data = { x: wave(18, 1.3), y: wave(12, 2.1) }
const start = { w1: wave(15, 0.7), w2: wave(10, 1.9) }
const learned = [parameters.w1, parameters.w2]

function end(flow: Flow, t1: number): Float64Array {
  const { compiled, pack } = compileFlow(flow, data, { method: 'vern9' })
  const { status, final } = compiled.integrate({ y0: pack(start), t1, rtol: 1e-12, atol: 1e-14 })
  expect(status).toBe('completed')
  return Float64Array.from(final.y)
}

function descend(rate: number, t1: number, decay: number): Float64Array {
  const { parameters: p } = gradientDescent({ loss, parameters: learned, values: { ...data, ...start }, rate, decay, steps: Math.round(t1 / rate) })
  return Float64Array.from([...(p['w1'] ?? []), ...(p['w2'] ?? [])])
}

const distance = (a: Float64Array, b: Float64Array): number => Math.sqrt(a.reduce((s, u, k) => s + (u - (b[k] ?? NaN)) ** 2, 0))

describe('flows of a network against gradient descent over the same time', () => {
  it.each([[0], [0.1]])('are of order 1 (gradient flow) and 2 (modified loss) with decay %d', (decay) => {
    const order = (flow: (rate: number) => Flow): number => {
      const errors = [0.04, 0.02].map((rate) => distance(end(flow(rate), 2), descend(rate, 2, decay)))
      return Math.log2((errors[0] ?? NaN) / (errors[1] ?? NaN))
    }
    expect(Math.abs(order(() => gradientFlow(loss, learned, decay)) - 1)).toBeLessThan(0.1)
    expect(Math.abs(order((rate) => modifiedLossFlow(loss, learned, rate, decay)) - 2)).toBeLessThan(0.1)
  })

  it('follow heavy-ball momentum over the same time with an error that shrinks with the rate', () => {
    const momentum = 0.5
    const error = (rate: number): number => {
      const flow = momentumFlow(loss, learned, rate, momentum)
      const { compiled, pack, unpack } = compileFlow(flow, data, { method: 'vern9' })
      const still = Object.fromEntries(learned.map((t) => [velocityOf(t.kind === 'input' ? t.name : ''), new Float64Array(sizeOf(t.shape))]))
      const { final } = compiled.integrate({ y0: pack({ ...start, ...still }), t1: 2, rtol: 1e-11, atol: 1e-13 })
      const { w1 = new Float64Array(), w2 = new Float64Array() } = unpack(final.y)
      const { parameters: p } = gradientDescent({ loss, parameters: learned, values: { ...data, ...start }, rate, momentum, steps: Math.round(2 / rate) })
      return distance(Float64Array.from([...w1, ...w2]), Float64Array.from([...(p['w1'] ?? []), ...(p['w2'] ?? [])]))
    }
    expect(error(0.01)).toBeLessThan(0.6 * error(0.02))
  })

  it('conserve the balance of a linear network', () => {
    const w = input('w', [3, 4])
    const v = input('v', [4, 2])
    const linear = meanSquare(dense(dense(input('x', [6, 3]), w), v), input('y', [6, 2]))
    const { compiled, pack, unpack } = compileFlow(gradientFlow(linear, [w, v]), data)
    const y0 = pack({ w: wave(12, 0.7), v: wave(8, 1.9) })
    const { final } = compiled.integrate({ y0, t1: 5, rtol: 1e-12, atol: 1e-14 })
    const balance = (theta: ArrayLike<number>, j: number): number => {
      const { w: a = [], v: b = [] } = unpack(theta)
      return Array.from(a).reduce((s, u, k) => (k % 4 === j ? s + u * u : s), 0) - Array.from(b).reduce((s, u, k) => (Math.floor(k / 2) === j ? s + u * u : s), 0)
    }
    for (let j = 0; j < 4; j += 1) expect(balance(final.y, j)).toBeCloseTo(balance(y0, j), 10)
  })
})

describe('an ensemble of network flows', () => {
  it('gives every network its own start, rate and decay, on workers as alone', async () => {
    const flow = modifiedLossFlow(loss, learned, sym('eta'), sym('lambda'))
    const scalars = ['eta', 'lambda']
    const { system, pack } = flowSystem(flow, data, scalars)
    const networks = Array.from({ length: 6 }, (_, k) =>
      ({ y0: pack({ w1: wave(15, 0.7 + k), w2: wave(10, 1.9 + k) }), parameters: [0.01 * k, 0.1 * k], t1: 2, rtol: 1e-10, atol: 1e-12 }))
    const ensemble = compileEnsemble(system, { method: 'dop853', workers: 2 })
    const together = await ensemble.integrate(networks)
    await ensemble.close()
    for (const [k, { y0, parameters: [rate = NaN, decay = NaN] }] of networks.entries()) {
      const alone = compileFlow(modifiedLossFlow(loss, learned, rate, decay), data, { method: 'dop853' })
      const { final } = alone.compiled.integrate({ y0, t1: 2, rtol: 1e-10, atol: 1e-12 })
      expect(distance(Float64Array.from(final.y), Float64Array.from(together[k]?.final.y ?? []))).toBeLessThan(1e-9)
    }
    expect(distance(Float64Array.from(together[1]?.final.y ?? []), Float64Array.from(together[2]?.final.y ?? []))).toBeGreaterThan(0.1)
  })
})

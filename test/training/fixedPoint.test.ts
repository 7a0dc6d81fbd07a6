import { describe, expect, it } from 'vitest'
import { buildNetwork } from '../../src/network/index.js'
import { random } from '../../src/network/random.js'
import { programOf, readRule } from '../../src/rules/rule.js'
import { compileRule } from '../../src/training/index.js'
import { solveFixedPoint } from '../../src/training/fixedPoint.js'
import { train } from '../../src/training/run.js'
import { clouds } from './setting.js'

describe('the solution of a step that is an equation', () => {
  it('is that of the linear equation for a quadratic loss, (1 + ηh)θ_next = θ, where the iteration by itself diverges too', () => {
    const h = [0.1, 1, 3, 7, 20]
    const { normal } = random(3)
    const start = Float64Array.from(h, normal)
    for (const eta of [0.01, 0.3, 5]) {
      const found = solveFixedPoint(start, (x, out) => out.forEach((_, i) => (out[i] = (start[i] ?? 0) - eta * (h[i] ?? 0) * (x[i] ?? 0))))
      expect(found.converged).toBe(true)
      for (const [i, x] of found.x.entries()) expect(x).toBeCloseTo((start[i] ?? 0) / (1 + eta * (h[i] ?? 0)), 12)
    }
  })

  it.each([
    ['theta - eta*g(theta_next)', (x: number, y: number, gradient: (x: number) => number) => y - (x - 0.4 * gradient(y))],
    ['theta - eta*g((theta + theta_next)/2)', (x: number, y: number, gradient: (x: number) => number) => y - (x - 0.4 * gradient((x + y) / 2))],
    ['theta - eta*(g(theta_next) + lambda*theta_next)', (x: number, y: number, gradient: (x: number) => number) => y - (x - 0.4 * (gradient(y) + 0.5 * y))],
  ])('of %s satisfies the equation as it was written, to rounding', (theta, defect) => {
    const gradient = (x: number): number => Math.sinh(x) - Math.cos(3 * x)
    const [at, g] = [Float64Array.of(0.7, -1.1, 0.3), new Float64Array(3)]
    const machine = compileRule(programOf(readRule({ update: { theta } })), { eta: 0.4, lambda: 0.5 }, at, g, new Map(), (point, _, out) => out.set(point.map(gradient)))
    for (let k = 0; k < 5; k += 1) {
      const before = at.slice()
      g.set(at.map(gradient))
      machine.step(k)
      for (const [i, y] of at.entries()) expect(Math.abs(defect(before[i] ?? 0, y, gradient))).toBeLessThan(1e-14)
    }
  })

  it('that does not exist is told with the step and the residual', () => {
    const at = Float64Array.of(1)
    const machine = compileRule(programOf(readRule({ update: { theta: 'theta - eta*g(theta_next)' } })), { eta: 1 }, at, new Float64Array(1), new Map(), (point, _, out) => out.set(point.map((x) => -x - 1 - x * x)))
    expect(() => machine.step(7)).toThrow(/not solved at step 7: after \d+ iterations its residual is \d/)
  })

  it('goes through a run on either engine, the same to the rounding of its gradients', async () => {
    const rule = programOf(readRule({ update: { theta: 'theta - eta*g(theta_next)' } }))
    const network = buildNetwork({ input: 4, layers: [{ dense: 6 }, 'tanh', { dense: 3 }] })
    const [exact, rough] = await Promise.all((['float64', 'auto'] as const).map((backend) => train({ network, data: clouds(24), rule, hyperparameters: { eta: 0.5 }, steps: 10, batchSize: 8, backend })))
    expect(rough?.backend).not.toBe('float64')
    for (const [i, x] of rough?.parameters.entries() ?? []) expect(Math.abs(x - (exact?.parameters[i] ?? 0))).toBeLessThan(1e-5)
  })
})

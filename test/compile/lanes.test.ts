import { type Arbitrary, array, assert, asyncProperty, constantFrom, double, record, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { compileEnsemble } from '../../src/compile/ensemble.js'
import type { IntegrationOptions } from '../../src/compile/options.js'
import { type System, compileSystem } from '../../src/compile/system.js'

/** Every function of the expression text, an event that some trajectories meet, and a rate that blows up for large p. */
const wild: System = {
  states: ['x', 'v'],
  parameters: ['p', 'q'],
  rhs: [
    readExpr('v + sinh(x/9)*exp(-x^2) + log(1 + x^2)/7 - min(x, v)/5'),
    readExpr('p*cosh(v/8) - q*sin(x) - tanh(v) + atan(x)*cos(3*t) - abs(x)*tan(v/20)/3 + (1 + v^2)^(1/3)/9'),
  ],
  events: [{ name: 'far', zero: readExpr('x - 3'), direction: 'rising', terminal: true }],
}

const lane = (method: string): Arbitrary<IntegrationOptions> =>
  record({
    y0: tuple(double({ min: -2, max: 2, noNaN: true }), double({ min: -2, max: 2, noNaN: true })),
    parameters: tuple(double({ min: -1, max: 4, noNaN: true }), double({ min: 0, max: 40, noNaN: true })),
    t1: constantFrom(0, 0.5, 3, -1),
    rtol: constantFrom(1e-4, 1e-9),
    maxSteps: constantFrom(7, 100_000),
  }).map((o) => ({ ...o, at: [0, o.t1 / 3, o.t1], step: method === 'rk4' ? 0.05 : 0 }))

describe('two trajectories in the lanes of a vector', () => {
  it.each(['rk4', 'dopri5', 'tsit5', 'dop853', 'taylor'])('%s: each takes its own steps, with the result it has alone', async (method) => {
    const alone = compileSystem(wild, { method, rtol: 1e-9 })
    const together = compileEnsemble(wild, { method, rtol: 1e-9, workers: 1 })
    const options = method === 'taylor' ? lane(method).map((o) => ({ ...o, rtol: 1e-9 })) : lane(method)
    await assert(asyncProperty(array(options, { minLength: 1, maxLength: 5 }), async (lanes) => {
      expect(await together.integrate(lanes)).toEqual(lanes.map((o) => alone.integrate(o)))
    }), { numRuns: 25 })
    await together.close()
  })

  it('a lane that fails leaves the other what it has alone', async () => {
    const blowUp: System = { states: ['x'], parameters: ['a'], rhs: [readExpr('a*x^2 - x')] }
    const lanes = [0.5, 8, 0, -3, 2].map((a) => ({ y0: [1], parameters: [a], t1: 4, at: [0.01, 4] }))
    const ensemble = compileEnsemble(blowUp, { method: 'dopri5', workers: 1 })
    const found = await ensemble.integrate(lanes)
    await ensemble.close()
    expect(found.map((r) => r.status === 'completed')).toEqual([true, false, true, true, false])
    for (const k of [0, 2, 3]) {
      const a = lanes[k]?.parameters[0] ?? NaN
      expect(found[k]?.final.y[0]).toBeCloseTo(1 / (a + (1 - a) * Math.exp(4)), 9)
    }
  })
})

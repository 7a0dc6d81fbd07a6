import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { compileEnsemble } from '../../src/compile/ensemble.js'
import { type System, compileSystem } from '../../src/compile/system.js'
import { InputError } from '../../src/errors.js'

const oscillator: System = {
  states: ['x', 'v'], parameters: ['k'], signals: { names: ['u'], shape: 'constant' }, rhs: [readExpr('v'), readExpr('u - k*sin(x) - v/5')],
}

describe('an ensemble over worker threads', () => {
  it('gives every trajectory the result of its own integration', async () => {
    const lanes = Array.from({ length: 37 }, (_, i) => ({
      y0: [1, i / 10], parameters: [1 + i / 7], t1: 2 + (i % 3), at: [1, 2], rtol: 1e-9,
      signals: { origin: 0, spacing: 0.5, values: [Array.from({ length: 8 + (i % 2) }, (__, j) => Math.sin(i * j))] },
    }))
    const ensemble = compileEnsemble(oscillator, { method: 'dop853', workers: 2 })
    const found = await ensemble.integrate(lanes)
    const single = compileSystem(oscillator, { method: 'dop853' })
    expect(found).toEqual(lanes.map((lane) => single.integrate(lane)))
    expect(await ensemble.integrate(lanes.slice(0, 1))).toEqual(found.slice(0, 1))
    await expect(ensemble.integrate([{ y0: [1], parameters: [1], t1: 1 }])).rejects.toThrow(InputError)
    await ensemble.close()
  }, 20_000)
})

import { describe, expect, it } from 'vitest'
import { frac, mul } from '../../src/algebra/build.js'
import { derive } from '../../src/laws/derive.js'
import type { Laws } from '../../src/laws/engine.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { programOf } from '../../src/rules/rule.js'
import { orderRuns, ordersOf } from '../../src/validation/orders.js'
import { planOf, vectorsOfPlans } from '../../src/validation/plan.js'
import { clouds } from '../training/setting.js'

const network = buildNetwork({ input: 4, layers: [{ dense: { units: 5, bias: false } }, { power: 2 }, { dense: { units: 3, bias: false } }], loss: 'cross_entropy' })
const data = clouds(40)
const symmetry = inferSymmetries(network).find((s) => s.family === 'rescale')
if (symmetry === undefined) throw new Error('a network of powers has a rescale symmetry')

const lawsUnder = (rule: Readonly<Record<string, unknown>>, order: number): Laws => {
  const [law] = derive({ title: 't', symmetry: { family: 'rescale', in: ['in'], out: ['out'], degree: '2' }, rule, order })
  if (law === undefined) throw new Error('one law')
  return law.laws
}

const fitsOf = async (laws: Laws, hyperparameters: Readonly<Record<string, number>>) => {
  const plan = planOf(laws, symmetry)
  const rule = programOf(laws.rule, vectorsOfPlans([plan]))
  return ordersOf(plan, await orderRuns({ network, data, rule, hyperparameters, plans: [plan], onProgress: () => undefined, signal: undefined }))
}

/** The laws with the drive of the highest order times a factor. */
const corrupted = (laws: Laws): Laws => ({ ...laws, flows: laws.flows.map((f) => ({ ...f, law: { ...f.law, drive: mul(frac(101, 100), f.law.drive) } })) })

const ADAGRAD = { state: { s: '0.1' }, update: { s: 's + g^2', theta: 'theta - eta*g/sqrt(s)' } }

describe('laws along a flow that keeps the sum of squares, held against reruns over the same time k*eta^2', () => {
  it('have the orders of their series in eta^2', async () => {
    const { fits, rung } = await fitsOf(lawsUnder(ADAGRAD, 2), { eta: 0.02 })
    expect(rung).toMatchObject({ verdict: 'passed', reason: expect.stringContaining('to physical time 0.048') as string })
    expect(fits.map((f) => [f.model, f.derived, Math.round(f.observed), f.unit])).toEqual([['modified vector field, order 0', 2, 2, 2], ['modified vector field, order 2', 4, 4, 2]])
  }, 60_000)

  it('have those of a series in eta with a number beside the root', async () => {
    const { fits, rung } = await fitsOf(lawsUnder({ name: 'adagrad', state: { s: '0.1' }, lambda: '0' }, 1), { eta: 0.02, epsilon: 0.05 })
    expect(rung.verdict).toBe('passed')
    expect(fits.map((f) => [f.model, f.derived, Math.round(f.observed)])).toEqual([['modified vector field, order 0', 1, 1], ['modified vector field, order 1', 2, 2]])
  }, 60_000)

  it('have them where the sum begins at zero as well, whose reruns begin at one: the flow has no value at zero, and none where a gradient vanishes for ever', async () => {
    const { fits, rung } = await fitsOf(lawsUnder({ name: 'adagrad' }, 1), { eta: 0.02, epsilon: 0.05 })
    expect(rung).toMatchObject({ verdict: 'passed', reason: expect.stringContaining('s begun at 1 at eta = 0.020, and so much higher at the others as eta^2 is lower') as string })
    expect(fits.map((f) => [f.model, f.derived, Math.round(f.observed)])).toEqual([['modified vector field, order 0', 1, 1], ['modified vector field, order 1', 2, 2]])
  }, 60_000)

  it('fail with a drive that is off by a hundredth', async () => {
    expect((await fitsOf(corrupted(lawsUnder(ADAGRAD, 2)), { eta: 0.02 })).rung.verdict).toBe('failed')
  }, 120_000)
})

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

const lawsUnder = (rule: Readonly<Record<string, unknown>>): Laws => {
  const [law] = derive({ title: 't', symmetry: { family: 'rescale', in: ['in'], out: ['out'], degree: '2' }, rule, order: 1 })
  if (law === undefined) throw new Error('one law')
  return law.laws
}

/** The laws with all coefficients of the charge itself times a factor. */
const corrupted = (laws: Laws): Laws => ({ ...laws, flows: laws.flows.map((f) => ({ ...f, law: { ...f.law, coefficients: f.law.coefficients.map((c, i) => (i === 0 ? mul(frac(11, 10), c) : c)) } })) })

const fitsOf = async (laws: Laws, hyperparameters: Readonly<Record<string, number>>) => {
  const plan = planOf(laws, symmetry)
  const rule = programOf(laws.rule, vectorsOfPlans([plan]))
  return ordersOf(plan, await orderRuns({ network, data, rule, hyperparameters, plans: [plan], onProgress: () => undefined, signal: undefined }))
}

describe('laws with the time in their coefficients, held against reruns', () => {
  const laws = lawsUnder({ name: 'schedule_free', beta: 'beta' })
  const hyperparameters = { eta: 0.05, beta: 0.9 }

  it('have their orders under the schedule-free method', async () => {
    const { fits, rung } = await fitsOf(laws, hyperparameters)
    expect(rung.verdict).toBe('passed')
    expect(fits.map((f) => [f.model, Math.round(f.observed)])).toEqual([['modified vector field, order 0', 1], ['modified vector field, order 1', 2]])
  })

  it('fail with a wrong coefficient', async () => {
    expect((await fitsOf(corrupted(laws), hyperparameters)).rung.verdict).toBe('failed')
  })

  it('are not compared where no learning rate can be halved', async () => {
    const { rung } = await fitsOf(lawsUnder({ update: { theta: 'theta - c*(g + lambda*theta)/(k+1)' } }), { eta: 0.1, c: 1, lambda: 0.01 })
    expect(rung).toMatchObject({ verdict: 'skipped', reason: expect.stringContaining('no learning rate that reruns could halve') as string })
  })
})

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

/** The laws with one coefficient, that of the charge or of one of its rates, times a factor. */
const corrupted = (laws: Laws, which: number): Laws => ({ ...laws, flows: laws.flows.map((f) => ({ ...f, law: { ...f.law, coefficients: f.law.coefficients.map((c, i) => (i === which ? mul(frac(11, 10), c) : c)) } })) })

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
    expect((await fitsOf(corrupted(laws, 0), hyperparameters)).rung.verdict).toBe('failed')
  })

  it('are not compared where no learning rate can be halved', async () => {
    const { rung } = await fitsOf(lawsUnder({ update: { theta: 'theta - c*(g + lambda*theta)/(k+1)' } }), { eta: 0.1, c: 1, lambda: 0.01 })
    expect(rung).toMatchObject({ verdict: 'skipped', reason: expect.stringContaining('no learning rate that reruns could halve') as string })
  })
})

describe.each([
  ['Nesterov with k/(k+3)', { name: 'nesterov_schedule' }, { eta: 0.02 }],
  ['Nesterov for strongly convex losses', { state: { y: 'theta' }, update: { y: 'theta - eta*g', theta: 'y_next + (1 - sqrt(mu*eta))/(1 + sqrt(mu*eta))*(y_next - y)' } }, { eta: 0.02, mu: 0.1 }],
  ['heavy ball with a friction of the size of sqrt(eta)', { state: { v: '0' }, update: { v: '(1 - c*sqrt(eta))*v + g', theta: 'theta - eta*v' } }, { eta: 0.02, c: 0.5 }],
] as const)('flows in the time k*sqrt(eta), held against reruns: %s', (_, rule, hyperparameters) => {
  const laws = lawsUnder(rule)

  it('have errors of half an order in eta more for each power of sqrt(eta)', async () => {
    const { fits, rung } = await fitsOf(laws, hyperparameters)
    expect(rung.verdict).toBe('passed')
    expect(fits.map((f) => [f.model, f.derived, f.perStep]).slice(0, 2)).toEqual([['modified flow, order 0', 1 / 2, 2], ['modified flow, order 1/2', 1, 2]])
  })

  it('fail with a wrong friction', async () => {
    const { rung } = await fitsOf(corrupted(laws, 1), hyperparameters)
    expect(rung.verdict).toBe('failed')
  })
})

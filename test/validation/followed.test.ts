import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { type RuleStatement, programOf } from '../../src/rules/rule.js'
import { train } from '../../src/training/index.js'
import { overlay } from '../../src/validation/curves.js'
import { type Plan, measuresOfPlans, planOf, vectorsOfPlans } from '../../src/validation/plan.js'
import { clouds, spec } from '../training/setting.js'

const network = buildNetwork({ ...spec, layers: spec.layers.map((layer) => (typeof layer === 'object' && 'batchnorm' in layer ? { batchnorm: { epsilon: 0 } } : layer)) })
const symmetry = inferSymmetries(network).find((s) => s.family === 'scale')

const plansOf = (rule: RuleStatement, order: number) => {
  const [law] = derive({ title: 'test', symmetry: { family: 'scale', on: ['w'] }, rule, order })
  if (law === undefined || symmetry === undefined) throw new Error('weights in front of a normalization have a scale symmetry')
  const plan = (batches: 'full' | 'noisy'): Plan => planOf(law.laws, symmetry, batches)
  return { laws: law.laws, full: plan('full'), noisy: plan('noisy') }
}
const rates = (plan: Plan) => [plan.followed?.order, plan.followed?.law.coefficients.length]

describe('the law that is laid over a run', () => {
  it('is of first order in eta at the most where batches are noisy', () => {
    const { full, noisy } = plansOf({ name: 'sgd' }, 2)
    expect([rates(full), rates(noisy)]).toEqual([[2, 2], [1, 2]])
    expect(full.followed?.of).toBeUndefined()
    expect(noisy.followed?.of).toBe('the modified vector field of order 1, which stands the noise of batches,')
  })

  it('is the oscillator for momentum at every order, which is the law that is solved', () => {
    const { laws, full, noisy } = plansOf({ name: 'momentum' }, 2)
    expect(laws.solved?.regimes.map(({ name }) => name)).toEqual(['underdamped', 'critically damped', 'overdamped'])
    for (const plan of [full, noisy]) {
      expect(rates(plan)).toEqual([1, 3])
      expect(plan.followed?.of).toBeUndefined()
    }
  })

  it('takes no gradient of a batch for one that lasts: without a modified flow a rule with states is followed to leading order', () => {
    const update = { u: 'mu*u + g^2', v: 'beta*v + g + c*u*g', theta: 'theta - eta*v' }
    const { laws, full, noisy } = plansOf({ state: { v: '0', u: '0' }, update }, 1)
    expect(laws.flow.ok).toBe(false)
    expect([rates(full), rates(noisy)]).toEqual([[1, 2], [0, 2]])
  })

  it('of momenta that are taken together is told by what their flow makes of noise', () => {
    const { laws, full, noisy } = plansOf({ state: { v: '0', u: '0' }, update: { v: 'beta*v + g', u: 'mu*u + g', theta: 'theta - eta*v - eta*u' } }, 1)
    expect(laws.flow.ok).toBe(true)
    expect([rates(full), rates(noisy)]).toEqual([[1, 3], [0, 2]])
  })

  it('is of leading order where the modified flow makes another drive of noise than the step, without an error bar of states that drive the charge as much', async () => {
    const { laws, full, noisy } = plansOf({ state: { c: 'theta' }, update: { theta: 'theta - eta*g + beta*(c - theta)', c: 'c + (theta - c)/2' } }, 1)
    expect([rates(full), rates(noisy)]).toEqual([[1, 3], [0, 2]])
    const hyperparameters = { eta: 0.01, beta: 0.9 }
    const recording = await train({ network, data: clouds(60), rule: programOf(laws.rule, vectorsOfPlans([noisy])), hyperparameters, steps: 80, batchSize: 4, backend: 'float64', measures: measuresOfPlans([noisy], network) })
    const { rung } = overlay(noisy, recording, () => hyperparameters)
    expect(rung).toMatchObject({ verdict: 'skipped', reason: expect.stringContaining('no error bar is predicted: the exact law has states of the rule where the flow has what they tend to') })
  })

  it('deviates by the finite steps only, where that of second order takes the noise for curvature', async () => {
    const { laws, full, noisy } = plansOf({ name: 'sgd' }, 2)
    const hyperparameters = { eta: 0.05, lambda: 0.01 }
    const rule = programOf(laws.rule, vectorsOfPlans([full, noisy]))
    const recording = await train({ network, data: clouds(60), rule, hyperparameters, steps: 80, batchSize: 4, backend: 'float64', measures: measuresOfPlans([full, noisy], network) })
    const [smooth, standing] = [full, noisy].map((plan) => {
      const { curves: { measured, theory } } = overlay(plan, recording, () => hyperparameters)
      return Math.max(...measured.flatMap((row, i) => row.map((q, k) => Math.abs(q / (theory[i]?.[k] ?? Number.NaN) - 1))))
    })
    expect(standing).toBeLessThan(1e-3)
    expect((smooth ?? 0) / (standing ?? 1)).toBeGreaterThan(30)
  })
})

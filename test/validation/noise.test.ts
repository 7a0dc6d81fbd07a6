import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { programOf } from '../../src/rules/rule.js'
import { fullColumn, train } from '../../src/training/index.js'
import { noiseSplit } from '../../src/validation/noise.js'
import { measuresOfPlans, planOf } from '../../src/validation/plan.js'
import { clouds, spec } from '../training/setting.js'

const network = buildNetwork(spec)
const data = clouds(48)
const symmetry = inferSymmetries(network).find((s) => s.family === 'rescale')
const NUMBERS = { eta: 0.05, lambda: 0.02 }

function plans(name: string) {
  const [law] = derive({ title: 't', symmetry: { family: 'rescale', in: ['in'], out: ['out'] }, rule: { name }, order: 0 })
  if (law === undefined || symmetry === undefined) throw new Error('a network with ReLU has a rescale symmetry')
  return { plan: planOf(law.laws, symmetry), rule: programOf(law.laws.rule), derivation: law.derivation }
}

it('the budget of a step splits into its full-batch part, that of a full-batch run, and the noise', async () => {
  const { plan, rule } = plans('sgd')
  const shared = { network, data, rule, hyperparameters: NUMBERS, backend: 'float64', measures: measuresOfPlans([plan], network) }
  const recording = await train({ ...shared, steps: 13, batchSize: 12, fullGradientEvery: 4 })
  const found = noiseSplit(plan, recording, () => NUMBERS)
  expect(found?.step).toEqual([0, 4, 8])
  expect(found?.closure).toBeLessThan(found?.tolerance ?? 0)
  // An independent full-batch run from the same start: its first step is the full-batch part of this run's.
  const { plan: same } = plans('sgd')
  const whole = await train({ ...shared, steps: 2, batchSize: 'full' })
  const squares = (id: string, r: typeof whole): number => r.columns.get(`${same.symmetry.name}|${id}|g|g`)?.values[3] ?? Number.NaN
  const finite = found?.mechanisms.find((m) => m.mechanism === 'finite step')
  const decayed = (id: string): number => whole.columns.get(`${same.symmetry.name}|${id}|theta|theta`)?.values[3] ?? Number.NaN
  const expected = NUMBERS.eta ** 2 * (squares('in', whole) - squares('out', whole)) + (NUMBERS.eta * NUMBERS.lambda) ** 2 * (decayed('in') - decayed('out'))
  expect(finite?.change[3]?.[0]).toBeCloseTo(expected, 14)
  const noise = NUMBERS.eta ** 2 * (squares('in', recording) - squares('in', whole) - squares('out', recording) + squares('out', whole))
  expect(found?.noise[3]?.[0]).toBeCloseTo(noise, 14)
  expect(Math.abs(noise)).toBeGreaterThan(1e-9)
})

it('the other steps and the run itself are those of a run without full gradients, states too', async () => {
  const { plan, rule } = plans('momentum')
  const shared = { network, data, rule, hyperparameters: { ...NUMBERS, beta: 0.8 }, backend: 'float64', measures: measuresOfPlans([plan], network), steps: 9, batchSize: 12 }
  const [plain, probed] = [await train(shared), await train({ ...shared, fullGradientEvery: 3 })]
  expect(probed.parameters).toEqual(plain.parameters)
  for (const [id, { values }] of plain.columns) {
    expect(probed.columns.get(id)?.values).toEqual(values)
    const full = probed.columns.get(fullColumn(id))
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((k) => Number.isFinite(full?.values[k * (full?.width ?? 1)]))).toEqual([true, false, false, true, false, false, true, false, false])
  }
  expect(noiseSplit(plan, plain, () => ({ ...NUMBERS, beta: 0.8 }))).toBeUndefined()
  const found = noiseSplit(plan, probed, () => ({ ...NUMBERS, beta: 0.8 }))
  expect(found?.closure).toBeLessThan(found?.tolerance ?? 0)
  expect(found?.summary).toContain('minibatch noise')
})

it('closes for a matrix law with more entries and steps than a call takes arguments', async () => {
  const wide = buildNetwork({ input: 4, layers: [{ dense: { units: 200, bias: false } }, { dense: { units: 3, bias: false } }], loss: 'mean_square' })
  const [law] = derive({ title: 't', parameters: { W_in: ['h', 'd'], W_out: ['k', 'h'] }, symmetry: { family: 'linear', in: ['W_in'], out: ['W_out'] }, rule: { name: 'sgd' }, order: 0 })
  const pair = inferSymmetries(wide).find((s) => s.family === 'linear')
  if (law === undefined || pair === undefined) throw new Error('linear layers have a symmetry')
  const plan = planOf(law.laws, { ...pair, sets: { W_in: pair.sets['in'] ?? [], W_out: pair.sets['out'] ?? [] } })
  const recording = await train({
    network: wide, data, rule: programOf(law.laws.rule), hyperparameters: NUMBERS, backend: 'float64', measures: measuresOfPlans([plan], wide), steps: 6, batchSize: 12, fullGradientEvery: 1,
  })
  const found = noiseSplit(plan, recording, () => NUMBERS)
  expect(200 * 200 * (found?.step.length ?? 0)).toBeGreaterThan(2 ** 17)
  expect(found?.closure).toBeLessThan(found?.tolerance ?? 0)
})

it('the noise of earlier batches is told to stand in the states, for rules that have some', async () => {
  expect(plans('sgd').derivation.laws.noise).not.toHaveProperty('earlier')
  const { plan, rule, derivation } = plans('momentum')
  expect(derivation.laws.noise?.earlier).toEqual(['v'])
  const shared = { network, data, rule, hyperparameters: { ...NUMBERS, beta: 0.8 }, backend: 'float64', measures: measuresOfPlans([plan], network), steps: 4, fullGradientEvery: 1 }
  const noisy = noiseSplit(plan, await train({ ...shared, batchSize: 12 }), () => ({ ...NUMBERS, beta: 0.8 }))
  expect(noisy?.summary).toContain('what the noise of earlier batches has left in v counts where this state stands')
  // The momentum of the second step is that of the first batch: another batch, another momentum, though nothing but noise tells them apart.
  const other = noiseSplit(plan, await train({ ...shared, batchSize: 12, seed: 2 }), () => ({ ...NUMBERS, beta: 0.8 }))
  const momentum = (split: typeof noisy): number => split?.mechanisms.find((m) => m.mechanism === 'finite step')?.change[3]?.[1] ?? Number.NaN
  expect(Math.abs(momentum(noisy) / momentum(other) - 1)).toBeGreaterThan(1e-3)
})

it('a run that goes on where it was cut short has the same full gradients', async () => {
  const { plan, rule } = plans('sgd')
  const directory = mkdtempSync(join(tmpdir(), 'noether-noise-'))
  const shared = { network, data, rule, hyperparameters: NUMBERS, backend: 'float64', measures: measuresOfPlans([plan], network), steps: 12, batchSize: 12, fullGradientEvery: 4, checkpointEvery: 1 }
  const cut = { ...shared, directory, existing: 'resume' as const }
  const half = await train({ ...cut, signal: AbortSignal.abort() })
  expect(half.steps).toBe(0)
  const [resumed, whole] = [await train(cut), await train(shared)]
  rmSync(directory, { recursive: true })
  for (const [id, { values }] of whole.columns) expect(resumed.columns.get(id)?.values).toEqual(values)
})

it('the derivation states the noise, and that it vanishes where batch and full gradient agree', () => {
  const { derivation } = plans('sgd')
  expect(derivation.laws.noise?.text).toBe('eta^2*norm2(g_in) - eta^2*norm2(full_in) + eta^2*norm2(full_out) - eta^2*norm2(g_out)')
  expect(derivation.steps.filter((s) => s.why.includes('noise of a minibatch')).map((s) => s.verified.passed)).toEqual([true])
  expect(plans('adam').derivation.laws.noise).toBeUndefined()
})

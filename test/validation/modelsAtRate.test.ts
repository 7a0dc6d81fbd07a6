import { expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { programOf } from '../../src/rules/rule.js'
import { train } from '../../src/training/index.js'
import { modelsAtRate } from '../../src/validation/modelsAtRate.js'
import { orderRuns, ordersOf } from '../../src/validation/orders.js'
import { planOf } from '../../src/validation/plan.js'
import type { ModelsAtRate } from '../../src/validation/result.js'
import { clouds, spec } from '../training/setting.js'

const [law] = derive({ title: 't', symmetry: { family: 'rescale', in: ['in'], out: ['out'] }, rule: { name: 'sgd', lambda: 0 }, order: 1 })
const network = buildNetwork(spec)
const data = clouds(40)
const symmetry = inferSymmetries(network).find((s) => s.family === 'rescale')

async function atRate(eta: number): Promise<{ readonly found: ModelsAtRate | undefined; readonly planted: ModelsAtRate | undefined; readonly moved: number }> {
  if (law === undefined || symmetry === undefined) throw new Error('a network with ReLU has a rescale symmetry')
  const plan = planOf(law.laws, symmetry)
  const rule = programOf(law.laws.rule)
  const runs = await orderRuns({ network, data, rule, hyperparameters: { eta }, plans: [plan], onProgress: () => undefined, signal: undefined })
  const measures = ['in', 'out'].map((set) => ({ id: set, symmetry, set, left: 'theta', right: 'theta', mode: 'diagonal' as const }))
  const { columns, steps } = await train({ network, data, rule, hyperparameters: { eta }, steps: 122, batchSize: 'full', backend: 'float64', measures })
  const value = (set: string, k: number, i: number): number => columns.get(set)?.values[k * symmetry.count + i] ?? Number.NaN
  const last = steps - 2
  const moved = Array.from({ length: symmetry.count }, (_, i) => {
    const [q0, q] = [0, last].map((k) => value('in', k, i) - value('out', k, i))
    return Math.abs((q ?? 0) - (q0 ?? 0)) / (value('in', last, i) + value('out', last, i))
  })
  if (!runs.ok || runs.value.own === undefined) throw new Error('nothing stopped the reruns')
  const { run } = runs.value.own
  const fourth = ordersOf(plan, runs).rung
  const louder = new Map([...run.recording.columns].map(([id, { width, values }]) => [id, { width, values: id.endsWith('|g|g') ? values.map((x) => 100 * x) : values }]))
  const own = { ...runs.value.own, run: { ...run, recording: { ...run.recording, columns: louder } } }
  return { found: modelsAtRate(plan, runs, fourth), planted: modelsAtRate(plan, { ok: true, value: { ...runs.value, own } }, fourth), moved: Math.max(...moved) }
}

it('without decay the model of order 0 misses all that the charge moves, and order 1 most of it', async () => {
  const { found, moved } = await atRate(0.05)
  const [zeroth, first] = found?.models ?? []
  expect(zeroth?.model).toBe('modified vector field, order 0')
  expect((zeroth?.error ?? 0) / moved).toBeCloseTo(1, 1)
  expect(first?.error).toBeLessThan(0.1 * (zeroth?.error ?? 0))
  expect(found).toMatchObject({ eta: 0.05, improves: true })
  expect(found?.asymptoticFrom).toBeLessThanOrEqual(0.05)
  expect(found?.summary).toMatch(/^at the run's eta = 0.05 the models are off by .* % \(order 0\), .* seen from eta/)
})

it('a model of higher order that is further off is said to be no better', async () => {
  const { planted } = await atRate(0.05)
  expect(planted?.improves).toBe(false)
  expect(planted?.summary).toContain('order 1 is no better than order 0 there')
})

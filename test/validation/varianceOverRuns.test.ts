import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ONE, ZERO, frac, mul } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import { buildNetwork } from '../../src/network/index.js'
import { random } from '../../src/network/random.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { programOf } from '../../src/rules/execute.js'
import { loadData } from '../../src/training/index.js'
import { train } from '../../src/training/run.js'
import { type BatchLawOfPlan, batchLawOfPlan } from '../../src/validation/batchMean.js'
import { ensembleRungs } from '../../src/validation/ensembleRungs.js'
import { type MeanLawOfPlan, meanLawOfPlan, meanOverRuns, quantitiesOverRuns } from '../../src/validation/meanOverRuns.js'
import { type Plan, measuresOfPlans, planOf, vectorsIn, vectorsOfPlans } from '../../src/validation/plan.js'
import type { Quantity } from '../../src/validation/quantities.js'
import { runProblem } from '../../src/validation/run.js'
import { numbersAt, settingsOf, withTrainSchedules } from '../../src/validation/settings.js'
import { varianceRung } from '../../src/validation/varianceRung.js'

const problemOf = (rule: string, more: string, layers = '[{ dense: 6 }, relu, { dense: 10 }]') => parseProblem(`
title: noise
symmetry: { infer: true }
rule: ${rule}
network: { input: 64, layers: ${layers}, loss: cross_entropy, seed: 1 }
data: digits
train: { steps: 80, batch: 16, ${more} }`, 'noise.yaml')

type Law = MeanLawOfPlan | BatchLawOfPlan
type Judged = Readonly<Record<'mean' | 'variance', readonly string[]>>

/** The verdicts of mean and variance over an ensemble under laws that a test changes, those of the balance of relu's neurons first. */
async function judgedBy<L extends Law>(rule: string, more: string, runs: number, lawOf: (plan: Plan, network: ReturnType<typeof buildNetwork>) => { readonly ok: true; readonly value: L } | { readonly ok: false }): Promise<(changed: (law: L) => L) => Promise<Judged>> {
  const problem = withTrainSchedules(problemOf(rule, more))
  const network = buildNetwork(problem.network ?? { input: 64, layers: [] })
  const derived = deriveProblem(problem, true)
  const plans = derived.flatMap((law) => law.stated.instances.map((symmetry) => planOf(law.laws, symmetry, 'noisy')))
  const held = plans.flatMap((plan) => {
    const law = lawOf(plan, network)
    return law.ok ? [law.value] : []
  })
  expect(held).toHaveLength(plans.length)
  const [first] = derived
  if (first === undefined) throw new Error('the network has symmetries')
  const hyperparameters = settingsOf(problem, first.laws.rule)
  const program = programOf(first.laws.rule, new Map([...vectorsOfPlans(plans), ...vectorsIn(quantitiesOverRuns(held))]))
  const options = { network, data: loadData('digits'), rule: program, hyperparameters, steps: 80, batchSize: 16, seed: 5, backend: 'float64' } as const
  const recording = await train({ ...options, measures: measuresOfPlans(plans, network) })
  const at = numbersAt(hyperparameters, 80)
  return async (changed) => {
    const laws = held.map(changed)
    const means = await meanOverRuns(laws, options, runs, at)
    const rungs = laws.map((law, i) => {
      const mean = means?.[i]
      return mean === undefined ? undefined : ensembleRungs({ ok: true, value: law }, mean, recording, at)
    })
    return { mean: rungs.map((r) => r?.mean.rung.verdict ?? 'none'), variance: rungs.map((r) => r?.variance.verdict ?? 'none') }
  }
}

const times = (factor: Expr, q: Quantity): Quantity => ({ ...q, expression: mul(factor, q.expression) })

describe('the variance under injected noise', () => {
  const LANGEVIN = '{ update: { theta: "theta - eta*(g + lambda*theta) + sqrt(2*eta*T)*xi" } }'
  it.each([['constant', '0.05'], ['falling', '"0.05/(1 + k/50)"']])('is that of the derived law, and neither 1.5 times nor two thirds of it where it has many neurons: the rate is %s', async (_, eta) => {
    const judged = await judgedBy<MeanLawOfPlan>(LANGEVIN, `eta: ${eta}, lambda: 0.02, T: 0.0002`, 24, meanLawOfPlan)
    const scaled = (factor: Expr) => judged((law) => (law.variance.ok ? { ...law, variance: { ok: true, value: { ...law.variance.value, spread: times(factor, law.variance.value.spread) } } } : law))
    expect((await scaled(ONE)).variance).toEqual(['passed', 'passed', 'passed'])
    expect((await scaled(frac(3, 2))).variance).toEqual(['failed', 'failed', 'failed'])
    expect((await scaled(frac(2, 3))).variance.slice(0, 2)).toEqual(['failed', 'failed'])
  }, 120_000)
})

describe.each([
  ['sgd', '{ name: sgd }', 'eta: 0.1, lambda: 0.01'],
  ['momentum', '{ name: momentum }', 'eta: 0.05, beta: 0.6, lambda: 0.01'],
  ['a momentum that looks ahead', '{ state: { v: 0 }, update: { v: "beta*v - eta*g(theta + beta*v)", theta: theta + v } }', 'eta: 0.05, beta: 0.6'],
])('an ensemble of minibatch runs under %s', (_, rule, more) => {
  it('has mean and variance of the exact law with the covariance of the batches', async () => {
    const judged = await judgedBy<BatchLawOfPlan>(rule, more, 16, batchLawOfPlan)
    expect(await judged((law) => law)).toEqual({ mean: ['passed', 'passed', 'passed'], variance: ['passed', 'passed', 'passed'] })
    // The noise keeps off the charges of translations, whatever the law says of its size.
    for (const factor of [frac(3, 2), ZERO]) {
      const { mean } = await judged((law) => ({ ...law, rows: law.rows.map((row) => ({ ...row, noise: times(factor, row.noise) })) }))
      expect(mean[0]).toBe('failed')
    }
  }, 120_000)
})

describe('the rung of the variance', () => {
  const { normal } = random(11)
  const stretches = (factor: number, count: number) => Array.from({ length: count }, () => {
    const y = Float64Array.of(normal(), 3 * normal())
    return { noise: y, square: y.map((x) => x * x), variance: Float64Array.of(factor, 9 * factor), truncation: new Float64Array(2) }
  })
  const judged = (factor: number, count = 600) => varianceRung({ runs: 12, steps: 101, stretches: { ok: true, value: stretches(factor, count) } }, () => 0, 'a law')

  it('passes normal numbers of the variance that the law has, and fails those of 1.5 times and of two thirds of it', () => {
    expect(Array.from({ length: 200 }, () => judged(1).verdict)).not.toContain('failed')
    for (const factor of [1.5, 2 / 3]) expect(Array.from({ length: 50 }, () => judged(factor).verdict)).not.toContain('passed')
  })

  it('judges nothing by two stretches', () => {
    expect(judged(1, 2).verdict).toBe('skipped')
  })
})

describe('a minibatch run', () => {
  const out = mkdtempSync(join(tmpdir(), 'noether-batches-'))
  afterAll(() => rmSync(out, { recursive: true }))
  let runs = 0
  const run = (more: string, layers?: string, rule = '{ name: sgd }', decay = 'lambda: 0.01') => runProblem(problemOf(rule, `eta: 0.05, ${decay}, ${more}`, layers), { out: join(out, `${runs++}`), version: 'test', onBackend: () => undefined, onProgress: () => undefined })
  const names = (result: Awaited<ReturnType<typeof run>>) => result.laws.map(({ rungs }) => rungs.filter((r) => r.rung === 5).map((r) => `${r.name}: ${r.verdict}`))

  it('has an ensemble where it asks for one, and none else', async () => {
    const [asked, plain] = [await run('ensemble: 4'), await run('seed: 5')]
    expect(names(asked)).toEqual(Array.from({ length: 3 }, () => ['solution over the run: passed', 'mean over runs: passed', 'variance over runs: passed']))
    expect(names(plain)).toEqual(Array.from({ length: 3 }, () => ['solution over the run: passed']))
  }, 60_000)

  it('is refused an ensemble whose runs would all be the same', async () => {
    await expect(run('ensemble: 4, full_batch: true')).rejects.toMatchObject({ what: expect.stringContaining('would all be the same'), place: { file: 'noise.yaml' } })
  })

  it('says why there is none where a normalization mixes the samples of a batch', async () => {
    const { laws } = await run('ensemble: 4', '[{ dense: 6 }, { batchnorm: { epsilon: 0 } }, relu, { dense: 10 }]')
    expect(laws[0]?.rungs.at(-1)?.reason).toContain('batchnorm1 mixes the samples of a batch')
  }, 60_000)

  it('says why there is none where each batch reads its gradient at a point of its own', async () => {
    const { laws } = await run('ensemble: 4', undefined, '{ update: { theta: theta - eta*g(theta + rho*g) } }', 'rho: 0.1')
    expect(laws[0]?.rungs.at(-1)?.reason).toContain('a batch leads to the points at which it reads its gradients')
  }, 60_000)
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ONE, ZERO, frac, mul, sym } from '../../src/algebra/build.js'
import { substitute } from '../../src/algebra/calculus.js'
import type { Expr } from '../../src/algebra/expr.js'
import { buildNetwork } from '../../src/network/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { loadData } from '../../src/training/index.js'
import { programOf } from '../../src/rules/execute.js'
import { train } from '../../src/training/run.js'
import { meanLawOfPlan, meanOverRuns } from '../../src/validation/meanOverRuns.js'
import { meanOverlay } from '../../src/validation/meanRung.js'
import { measuresOfPlans, planOf, vectorsOfPlans } from '../../src/validation/plan.js'
import { runProblem } from '../../src/validation/run.js'
import { numbersAt, settingsOf } from '../../src/validation/settings.js'

const network = '{ input: 64, layers: [{ dense: 6 }, relu, { dense: 8 }, { batchnorm: { epsilon: 0 } }, relu, { dense: 10 }], loss: cross_entropy, seed: 1 }'
const problemOf = (rule: string, more: string) => parseProblem(`
title: noise
symmetry: { infer: true }
rule: ${rule}
order: 1
network: ${network}
data: digits
train: { steps: 60, batch: 32, seed: 4, ${more} }`)

const LANGEVIN = '{ update: { theta: "theta - eta*(g + lambda*theta) + sqrt(2*eta*T)*xi" } }'
const RULES = [
  ['Langevin dynamics', LANGEVIN, 'eta: 0.05, lambda: 0.02, T: 0.0002'],
  ['momentum with noise in its gradient', '{ state: { v: 0 }, update: { v: "beta*v + g + sqrt(T)*xi", theta: "theta - eta*v" } }', 'eta: 0.05, beta: 0.7, T: 0.01'],
  ['a rate that falls', LANGEVIN, 'eta: "0.05/(1 + k/50)", lambda: 0.02, T: 0.0002'],
] as const

describe.each(RULES)('an ensemble of runs of %s', (_, rule, more) => {
  it('has the mean of the exact law, and neither that at another temperature nor that without noise', async () => {
    const problem = problemOf(rule, more)
    const built = buildNetwork(problem.network ?? { input: 64, layers: [] })
    const derived = deriveProblem(problem, true)
    const plans = derived.flatMap((law) => law.stated.instances.map((symmetry) => planOf(law.laws, symmetry, 'noisy')))
    const held = plans.map((plan) => meanLawOfPlan(plan, built)).flatMap((law) => (law.ok ? [law.value] : []))
    expect(held).toHaveLength(plans.length)
    const [first] = derived
    if (first === undefined) throw new Error('the network has symmetries')
    const hyperparameters = settingsOf(problem, first.laws.rule)
    const options = { network: built, data: loadData('digits'), rule: programOf(first.laws.rule, vectorsOfPlans(plans)), hyperparameters, steps: 60, batchSize: 32, seed: 5, backend: 'float64' } as const
    const recording = await train({ ...options, measures: measuresOfPlans(plans, built) })
    const at = numbersAt(hyperparameters, 60)
    const judged = async (factor: Expr): Promise<readonly (readonly [string, string])[]> => {
      const warmer = new Map([[sym('T'), mul(factor, sym('T'))]])
      const wrong = held.map((law) => ({ ...law, rows: law.rows.map((row) => ({ ...row, drive: { ...row.drive, expression: substitute(row.drive.expression, warmer) } })) }))
      const means = await meanOverRuns(wrong, options, 9, at)
      return held.flatMap(({ plan }, i) => {
        const mean = means?.[i]
        return mean === undefined ? [] : [[plan.symmetry.family, meanOverlay(plan, recording, at, mean).rung.verdict] as const]
      })
    }
    expect(await judged(ONE)).toEqual(plans.map(({ symmetry }) => [symmetry.family, 'passed']))
    for (const factor of [frac(3, 2), ZERO]) {
      const found = await judged(factor)
      expect(found.filter(([family]) => family !== 'translation').map(([, verdict]) => verdict)).toEqual(['failed', 'failed', 'failed'])
    }
  }, 120_000)
})

describe('a run under injected noise', () => {
  const out = mkdtempSync(join(tmpdir(), 'noether-mean-'))
  afterAll(() => rmSync(out, { recursive: true }))
  const lawsOf = async (more: string) => (await runProblem(problemOf(LANGEVIN, `eta: 0.05, lambda: 0.02, T: 0.001, ${more}`), { out, version: 'test', onBackend: () => undefined, onProgress: () => undefined })).laws

  it('has the mean over runs for its fifth rung, and draws it with its law', async () => {
    for (const { rungs, curves } of await lawsOf('ensemble: 5')) {
      const fifth = rungs.find((r) => r.rung === 5)
      expect([fifth?.name, fifth?.verdict, curves.runs]).toEqual(['mean over runs', 'passed', 5])
      expect(fifth?.reason).toContain('the mean over 5 runs of 60 steps, against the exact law of the mean')
      expect([curves.theory.length, curves.band.length]).toEqual([curves.measured.length, curves.measured.length])
    }
  }, 60_000)

  it('says why there is none where train asks for none', async () => {
    const fifth = (await lawsOf('ensemble: 0')).flatMap(({ rungs }) => rungs.filter((r) => r.rung === 5))
    expect(new Set(fifth.map((r) => `${r.verdict}: ${r.reason}`))).toEqual(new Set(['skipped: the law of the mean takes an ensemble of runs, and train says ensemble: 0']))
  }, 60_000)
})

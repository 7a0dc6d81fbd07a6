import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ZERO, frac, mul } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import { derive } from '../../src/laws/derive.js'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { parseProblem } from '../../src/problem/index.js'
import { programOf } from '../../src/rules/rule.js'
import type { Recording } from '../../src/training/recording.js'
import { train } from '../../src/training/index.js'
import { overlay } from '../../src/validation/curves.js'
import { constraintRung, derivationRung, discreteRung } from '../../src/validation/ladder.js'
import { type Plan, measuresOfPlans, planOf } from '../../src/validation/plan.js'
import type { RunResult } from '../../src/validation/result.js'
import { runProblem } from '../../src/validation/run.js'
import { clouds, spec } from '../training/setting.js'

const NUMBERS = { eta: 0.05, lambda: 0.01, beta: 0.8 }
const at = (): typeof NUMBERS => NUMBERS
const STEPS = 40

interface Run {
  readonly plan: Plan
  readonly recording: Recording
}

/** A real run of a small network under momentum in minibatches, and the plan of its scale law. */
async function recorded(epsilon: number): Promise<Run> {
  const network = buildNetwork({ ...spec, layers: spec.layers.map((layer) => (typeof layer === 'object' && 'batchnorm' in layer ? { batchnorm: { epsilon } } : layer)) })
  const symmetry = inferSymmetries(network).find((s) => s.family === 'scale')
  const [law] = derive({ title: 'test', symmetry: { family: 'scale', on: ['w'] }, rule: { name: 'momentum' }, order: 1 })
  if (symmetry === undefined || law === undefined) throw new Error('weights in front of a normalization have a scale symmetry')
  const plan = planOf(law.laws, symmetry, 'noisy')
  const recording = await train({
    network, data: clouds(60), rule: programOf(law.laws.rule), hyperparameters: NUMBERS, steps: STEPS, batchSize: 20, backend: 'float64', measures: measuresOfPlans([plan], network),
  })
  return { plan, recording }
}

/** The recording with one number of one column changed. */
function planted({ recording }: Run, measure: string, neuron: number, step: number, change: (x: number) => number): Recording {
  const column = recording.columns.get(measure)
  if (column === undefined) throw new Error(`no column ${measure} among ${[...recording.columns.keys()].join(', ')}`)
  const values = column.values.slice()
  const index = step * column.width + neuron
  values[index] = change(values[index] ?? Number.NaN)
  return { ...recording, columns: new Map([...recording.columns, [measure, { ...column, values }]]) }
}

describe('the rungs on a recording', () => {
  let run: Run
  const measureOf = (left: string, right: string): string => `${run.plan.symmetry.name}|w|${left}|${right}`
  beforeAll(async () => {
    run = await recorded(0)
  })

  it('pass for a real run, at the rounding of its arithmetic', () => {
    for (const rung of [constraintRung, discreteRung]) {
      const found = rung(run.plan, run.recording, at)
      expect(found.verdict).toBe('passed')
      expect(found.measured).toBeLessThan(1e-12)
      expect(found.measured).toBeGreaterThan(0)
    }
  })

  it.each([[1, 7], [4, 23]])('a charge of neuron %i that jumps at step %i fails rung 3, which says where', (neuron, step) => {
    const jump = 1e-9
    const found = discreteRung(run.plan, planted(run, measureOf('theta', 'theta'), neuron, step, (x) => x * (1 + jump)), at)
    expect(found.verdict).toBe('failed')
    expect(found.detail).toContain(`neuron ${neuron}, step ${step}`)
    expect(Math.log10(found.measured / jump)).toBeCloseTo(0, 0)
  })

  it('a gradient of one neuron along its generator fails rung 2, which says where', () => {
    const found = constraintRung(run.plan, planted(run, measureOf('g', 'theta'), 2, 11, () => 1e-6), at)
    expect(found.verdict).toBe('failed')
    expect(found.detail).toContain('neuron 2, step 11')
  })

  it('a value that is no number is never passed', () => {
    for (const [measure, rung] of [[measureOf('theta', 'theta'), discreteRung], [measureOf('g', 'theta'), constraintRung]] as const) {
      const found = rung(run.plan, planted(run, measure, 0, 5, () => Number.NaN), at)
      expect(found.verdict).toBe('failed')
      expect(found.measured).toBeNaN()
    }
    expect(overlay(run.plan, run.recording, at).rung.verdict).toBe('passed')
    expect(overlay(run.plan, planted(run, measureOf('theta', 'theta'), 0, 5, () => Number.NaN), at).rung).toMatchObject({ verdict: 'failed', measured: Number.NaN })
  })

  it('a law with a wrong coefficient, a wrong drive or none is failed by rung 5, as its bar is not its own', () => {
    const { followed } = run.plan
    if (followed === undefined) throw new Error('momentum has a law with a measured drive')
    const { law, drive } = followed
    const judged = (changes: Partial<typeof followed>) => overlay({ ...run.plan, followed: { ...followed, ...changes } }, run.recording, at).rung
    const right = judged({})
    expect([right.verdict, right.tolerance]).toEqual(['passed', 1])
    for (const [j] of law.coefficients.entries())
      expect(judged({ law: { ...law, coefficients: law.coefficients.map((c, i) => (i === j ? mul(frac(11, 10), c) : c)) } }).verdict).toBe('failed')
    const times = (factor: Expr) => judged({ law: { ...law, drive: mul(factor, law.drive) }, drive: { ...drive, expression: mul(factor, drive.expression) } })
    expect([times(frac(11, 10)).verdict, times(ZERO).verdict]).toEqual(['failed', 'failed'])
    expect(right.reason).toContain('three times what the exact law of a step loses when it is cut off at order 1 in eta by itself')
  })

  it('an error bar as wide as the charge has moved refutes nothing: rung 5 is not passed, and says so', () => {
    const [law] = derive({ title: 'test', symmetry: { family: 'scale', on: ['w'] }, rule: { name: 'momentum', mu: '9/10' }, order: 0 })
    if (law === undefined) throw new Error('one law')
    const leading = planOf(law.laws, run.plan.symmetry, 'noisy')
    const judged = (recording = run.recording) => overlay(leading, recording, () => ({ ...NUMBERS, eta: 2 })).rung
    const wide = judged()
    expect(wide.verdict).toBe('skipped')
    expect(wide.reason).toMatch(/the error bar.* spans \S+ times what the charge was .*refutes nothing/)
    expect(judged(planted(run, measureOf('theta', 'theta'), 1, STEPS - 1, (x) => -1e6 * x)).verdict).toBe('failed')
  })

  it('a law with a wrong hyperparameter is failed by rung 3', () => {
    expect(discreteRung(run.plan, run.recording, () => ({ ...NUMBERS, beta: NUMBERS.beta + 1e-6 })).verdict).toBe('failed')
    expect(discreteRung(run.plan, run.recording, () => ({ ...NUMBERS, lambda: NUMBERS.lambda * 1.0001 })).verdict).toBe('failed')
  })

  it('a derivation with one unpassed step is failed by rung 1', () => {
    const [law] = derive({ title: 'test', symmetry: { family: 'scale', on: ['w'] }, rule: { name: 'sgd' }, order: 0 })
    if (law === undefined) throw new Error('one law')
    const { derivation } = law
    expect(derivationRung(derivation).verdict).toBe('passed')
    const steps = derivation.steps.map((s, i) => (i === 1 ? { ...s, verified: { ...s.verified, passed: false } } : s))
    expect(derivationRung({ ...derivation, steps })).toMatchObject({ verdict: 'failed', measured: 1 })
  })

  it('an epsilon of 1e-3 breaks the symmetry in proportion to it: rungs 2 and 3 fail', async () => {
    const [broken, more] = [await recorded(1e-3), await recorded(2e-3)]
    const [one, two] = [broken, more].map(({ plan, recording }) => constraintRung(plan, recording, at))
    expect([one?.verdict, two?.verdict]).toEqual(['failed', 'failed'])
    expect((two?.measured ?? 0) / (one?.measured ?? 1)).toBeGreaterThan(1.7)
    expect((two?.measured ?? 0) / (one?.measured ?? 1)).toBeLessThan(2.1)
    expect(discreteRung(broken.plan, broken.recording, at).verdict).toBe('failed')
  })
})

describe('the whole ladder on a small problem', () => {
  const out = mkdtempSync(join(tmpdir(), 'noether-ladder-'))
  afterAll(() => rmSync(out, { recursive: true }))

  const problemWith = (epsilon: number, eta: number) =>
    parseProblem(`
title: A small network
symmetry: { family: scale }
rule: { name: sgd }
order: 1
network: { input: 64, layers: [{ dense: 3 }, { batchnorm: { epsilon: ${epsilon} } }, relu, { dense: 10 }], loss: cross_entropy, seed: 1 }
data: digits
train: { steps: 30, batch: 32, seed: 1, eta: ${eta}, lambda: 0.001, backend: float64 }
`)

  const result = (epsilon: number, eta: number): Promise<RunResult> =>
    runProblem(problemWith(epsilon, eta), { out, version: 'test', onBackend: () => undefined, onProgress: () => undefined })

  it('passes every rung', async () => {
    const { laws, verdict } = await result(0, 0.1)
    expect(laws.flatMap((l) => l.rungs.map((r) => [r.rung, r.verdict]))).toEqual([1, 2, 3, 4, 5].map((n) => [n, 'passed']))
    expect(verdict).toBe('passed')
  })

  it('with the usual epsilon names the rung that failed and by how much, and the sweep shows it vanish with epsilon', async () => {
    const { laws: [law], breaking: [sweep], verdict } = await result(1e-3, 0.1)
    expect(verdict).toBe('failed')
    expect(law?.summary).toMatch(/rung 2 \(constraint\) failed: \d\.\d\de-\d+ against/)
    expect(law?.summary).toMatch(/the symmetry is broken by epsilon of batchnorm1, here 0\.001$/)
    const violation = (epsilon: number): number => sweep?.violation[sweep.value.indexOf(epsilon)] ?? Number.NaN
    expect(violation(1e-5) / violation(1e-6)).toBeCloseTo(10, 1)
    expect(violation(1e-8)).toBeLessThan(1e-6)
  })

  it('a rate that blows the loss up ends in one line with a remedy', async () => {
    await expect(result(0, 1e300)).rejects.toThrow(/eta|rate|loss/i)
  })
})

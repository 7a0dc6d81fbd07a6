import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { float64Network } from '../../src/network/float64.js'
import { type NetworkSpec, buildNetwork, initialParameters } from '../../src/network/index.js'
import { parseProblem } from '../../src/problem/index.js'
import { select } from '../../src/training/data/dataset.js'
import { targetMatrix } from '../../src/training/data/targets.js'
import { loadData } from '../../src/training/index.js'
import { inverseMetric } from '../../src/training/metric.js'
import { runProblem } from '../../src/validation/run.js'

const spec: NetworkSpec = { input: 4, layers: [{ dense: 3 }, 'relu', { dense: 2 }], loss: 'mean_square' }
const network = buildNetwork(spec)
const data = loadData({ teacher: { input: 4, layers: [{ dense: 2 }] }, samples: 30, test: 0 }, '.')
const theta = initialParameters(network)

/** The gradients of single samples by the evaluator that runs do not use. */
function gradientsOf(rows: number): readonly Float64Array[] {
  const evaluator = float64Network(network, 1)
  return Array.from({ length: rows }, (_, i) => {
    const { inputs, targets } = select(data.train, network.input, Int32Array.of(i))
    const out = new Float64Array(network.size)
    evaluator.lossAndGradient(theta, Float64Array.from(inputs), targetMatrix(targets, network.output), 1, out)
    return out
  })
}

describe('the inverse of the empirical Fisher information', () => {
  it.each([6, 40])('undoes the metric, which is a sum over samples: %i are asked for', (samples) => {
    const rows = Math.min(samples, data.train.rows)
    const [x, out, damping] = [Float64Array.from({ length: network.size }, (_, j) => Math.sin(j + 1)), new Float64Array(network.size), 0.03]
    inverseMetric(network, data.train, { kind: 'fisher', damping, samples })(theta)(x, out)
    const back = out.map((y) => damping * y)
    for (const g of gradientsOf(rows)) {
      const along = g.reduce((sum, gj, j) => sum + gj * (out[j] ?? 0), 0) / rows
      for (const [j, gj] of g.entries()) back[j] = (back[j] ?? 0) + along * gj
    }
    for (const [j, y] of back.entries()) expect(Math.abs(y - (x[j] ?? 0))).toBeLessThan(1e-11)
  })

  it('of its diagonal divides by the mean squares of the gradients', () => {
    const [x, out] = [new Float64Array(network.size).fill(1), new Float64Array(network.size)]
    inverseMetric(network, data.train, { kind: 'diagonal_fisher', damping: 0.5, samples: 10 })(theta)(x, out)
    const gradients = gradientsOf(10)
    for (const [j, y] of out.entries()) expect(y).toBeCloseTo(1 / (0.5 + gradients.reduce((sum, g) => sum + (g[j] ?? 0) ** 2, 0) / 10), 12)
  })

  it('is refused where a normalization mixes the samples', () => {
    const mixed = buildNetwork({ input: 4, layers: [{ dense: 3 }, 'batchnorm', { dense: 2 }], loss: 'mean_square' })
    expect(() => inverseMetric(mixed, data.train, { kind: 'fisher', damping: 1, samples: 4 })).toThrow('batchnorm1 mixes the samples')
  })
})

describe('a run of a rule with a metric', () => {
  const out = mkdtempSync(join(tmpdir(), 'noether-metric-'))
  afterAll(() => rmSync(out, { recursive: true }))
  let runs = 0
  const run = (rule: string, metric: string) =>
    runProblem(parseProblem(`title: metric
symmetry: { infer: true }
rule: ${rule}
network: { input: 4, layers: [{ dense: 3 }, relu, { dense: 2 }], loss: mean_square }
data: { teacher: { input: 4, layers: [{ dense: 2 }] }, samples: 60 }
train: { steps: 40, batch: 16, eta: 0.02, backend: float64${metric} }
`, 'metric.yaml'), { out: join(out, `${runs++}`), version: 'test', onBackend: () => undefined, onProgress: () => undefined })

  it.each([['natural', 'fisher'], ['natural', 'diagonal_fisher'], ['preconditioned', 'fisher']])('is held against its laws: %s, %s', async (name, kind) => {
    const { verdict, laws } = await run(`{ name: ${name}, lambda: 1/100 }`, `, metric: { kind: ${kind}, damping: 0.3, samples: 12 }`)
    expect(verdict).toBe('passed')
    for (const { rungs, budget } of laws) {
      expect(rungs.slice(0, 3).map((r) => r.verdict)).toEqual(['passed', 'passed', 'passed'])
      expect(budget?.mechanisms.map((m) => m.mechanism)).toContain('metric')
    }
    expect(laws.flatMap(({ orders }) => orders).length).toBeGreaterThan(0)
  }, 60_000)

  it('is refused without one, and a metric without such a rule, with place and remedy', async () => {
    await expect(run('{ name: natural }', '')).rejects.toMatchObject({ what: expect.stringContaining('takes a metric in numbers'), remedy: expect.stringContaining('metric: { kind: fisher'), place: { line: 3 } })
    await expect(run('{ name: sgd, lambda: 0 }', ', metric: { damping: 0.1 }')).rejects.toMatchObject({ what: 'the rule has no metric', place: { line: 6 } })
  })
})

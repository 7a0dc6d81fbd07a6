import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { buildNetwork, initialParameters, parameterNamed } from '../../src/network/index.js'
import { parseProblem } from '../../src/problem/index.js'
import { readRule, programOf } from '../../src/rules/rule.js'
import { loadData, train } from '../../src/training/index.js'
import type { RunResult } from '../../src/validation/result.js'
import { runProblem } from '../../src/validation/run.js'

const directory = mkdtempSync(join(tmpdir(), 'noether-stated-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let runs = 0
/** A run of a symmetry that is written down for a linear network with weights [5, 6] and [3, 5], in float64. */
async function run(symmetry: string, { parameters = '', activation = 'linear' } = {}): Promise<RunResult> {
  const text = `title: stated
${parameters}
symmetry: ${symmetry}
rule: { name: sgd }
network: { input: 6, layers: [{ dense: { units: 5, bias: false } }, ${activation}, { dense: { units: 3, bias: false } }], loss: mean_square }
data: { teacher: { input: 6, layers: [{ dense: 3 }] }, samples: 60 }
train: { steps: 60, batch: 20, eta: 0.02, lambda: 0.01, backend: float64 }
`
  return runProblem(parseProblem(text, 'stated.yaml'), { version: 'test', out: join(directory, `${runs++}`), onBackend: () => undefined, onProgress: () => undefined })
}

const rungs = ({ laws }: RunResult, rung: number) => laws.flatMap((law) => law.rungs.filter((r) => r.rung === rung))

describe('a symmetry with a matrix of constants that a problem states', () => {
  it.each([
    '{ family: linear, in: [W1], out: [W2] }',
    '{ generator: { W1: "M*W1", W2: "-W2*M" }, constants: { M: [5, 5] } }',
    '{ generator: { W1: "D*W1", W2: "-W2*D" }, constants: { D: [5, 5] }, diagonal: [D] }',
  ])('has the shapes of the network, and every entry of its law is measured: %s', async (symmetry) => {
    const result = await run(symmetry)
    for (const rung of [...rungs(result, 2), ...rungs(result, 3)].filter((r) => r.verdict !== 'skipped')) {
      expect(rung.verdict).toBe('passed')
      expect(rung.measured).toBeGreaterThan(0)
    }
    expect(rungs(result, 2).every((r) => r.verdict === 'passed')).toBe(true)
    expect(rungs(result, 3).some((r) => r.verdict === 'passed')).toBe(true)
  })

  it('is seen to be none by the entries that its trace does not show', async () => {
    // tr(g W1ᵀ) says nothing of the antisymmetric part, nor of any entry beside the diagonal.
    for (const symmetry of ['{ family: orthogonal, on: [W1] }', '{ generator: { W1: "W1*N" }, constants: { N: [6, 6] }, antisymmetric: [N] }'])
      await run(symmetry).then(
        (result) => expect(rungs(result, 2).map((r) => r.verdict)).toContain('failed'),
        (fault: unknown) => expect(String(fault)).toMatch(/is no symmetry of this network/),
      )
  })

  it('with a diagonal matrix holds for neurons that an activation keeps apart, and with a whole one does not', async () => {
    const [d, m] = ['diagonal: [D]', 'symmetric: [D]'].map((kind) => `{ generator: { W1: "D*W1", W2: "-W2*D" }, constants: { D: [5, 5] }, ${kind} }`)
    const apart = await run(d ?? '', { activation: 'relu' })
    expect(rungs(apart, 2).map((r) => r.verdict)).toEqual(['passed'])
    expect(rungs(apart, 3).map((r) => r.verdict)).toEqual(['passed'])
    await run(m ?? '', { activation: 'relu' }).then(
      (result) => expect(rungs(result, 2).map((r) => r.verdict)).toEqual(['failed']),
      (fault: unknown) => expect(String(fault)).toMatch(/is no symmetry of this network/),
    )
  })

  it.each([
    ['parameters: { W1: [6, 5], W2: [3, 5] }', 'stated.yaml:2:1[0-9]*: .*W1 is \\[6, 5\\] in parameters, \\[5, 6\\] in the network'],
    ['parameters: { W1: [h, d], W2: [h, d] }', 'W2 is \\[h, d\\] in parameters, \\[3, 5\\] in the network'],
  ])('declared otherwise than the network has its blocks is refused: %s', async (parameters, message) => {
    await expect(run('{ generator: { W1: W1, W2: -W2 } }', { parameters })).rejects.toThrow(new RegExp(message))
  })
})

describe('measures of rows and columns', () => {
  it('are the products of the rows and of the columns of two matrices, or their diagonals', async () => {
    const network = buildNetwork({ input: 3, layers: [{ dense: { units: 4, bias: false } }], loss: 'mean_square' })
    const symmetry = { name: 's', origin: '', family: 'stated', count: 1, sets: { W1: [{ parameter: 'W1' }] } }
    const cases = [['gram', 0], ['gram', 1], ['diagonal', 0], ['diagonal', 1]] as const
    const measures = cases.map(([mode, axis]) => ({ id: `${mode} ${axis}`, symmetry, set: 'W1', left: 'theta', right: 'theta', mode, axis }))
    const data = loadData({ teacher: { input: 3, layers: [{ dense: 4 }] }, samples: 10, test: 0 })
    const { columns } = await train({ network, data, rule: programOf(readRule({ name: 'sgd' })), hyperparameters: { eta: 0.1, lambda: 0 }, steps: 1, batchSize: 'full', backend: 'float64', measures })
    const { offset } = parameterNamed(network, 'W1')
    const w = (i: number, j: number): number => initialParameters(network)[offset + 3 * i + j] ?? NaN
    const products = (axis: 0 | 1): number[] => {
      const [n, m] = axis === 0 ? [4, 3] : [3, 4]
      const at = (a: number, b: number): number => (axis === 0 ? w(a, b) : w(b, a))
      return Array.from({ length: n * n }, (_, k) => Array.from({ length: m }, (__, s) => at(Math.floor(k / n), s) * at(k % n, s)).reduce((x, y) => x + y, 0))
    }
    for (const [mode, axis] of cases) {
      const n = axis === 0 ? 4 : 3
      const expected = products(axis).filter((_, k) => mode === 'gram' || Math.floor(k / n) === k % n)
      const measured = [...(columns.get(`${mode} ${axis}`)?.values ?? [])]
      expect(measured).toHaveLength(expected.length)
      measured.forEach((x, k) => expect(x).toBeCloseTo(expected[k] ?? NaN, 14))
    }
  })
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { renderResult } from '../../src/cli/format/result.js'
import { type Network, buildNetwork, initialParameters, parameterNamed } from '../../src/network/index.js'
import { parseProblem } from '../../src/problem/index.js'
import { readResult } from '../../src/report/store.js'
import { writeReport } from '../../src/report/write.js'
import { compileMeasures } from '../../src/training/index.js'
import type { RunResult } from '../../src/validation/result.js'
import { runProblem } from '../../src/validation/run.js'
import { recordingTerminal } from '../cli/support/terminal.js'

const directory = mkdtempSync(join(tmpdir(), 'noether-shift-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let runs = 0
const run = (text: string): Promise<RunResult> =>
  runProblem(parseProblem(text, join(directory, 'shift.yaml')), { version: 'test', out: join(directory, `${runs++}`), onBackend: () => undefined, onProgress: () => undefined })

const [eta, beta, lambda, steps] = [0.05, 0.9, 0.01, 60]
const LAYERS = '[{ dense: 6 }, { batchnorm: { epsilon: 0 } }, relu, { dense: 10 }]'
const problem = (symmetry: string, layers = LAYERS): string => `title: shift
symmetry: ${symmetry}
rule: { name: momentum }
network: { input: 64, layers: ${layers}, loss: cross_entropy }
data: digits
train: { steps: ${steps}, batch: 32, eta: ${eta}, beta: ${beta}, lambda: ${lambda}, backend: float64 }
`

/** The start of a parameter of the network. */
function start(network: Network, name: string): readonly number[] {
  const { offset, size } = parameterNamed(network, name)
  return [...initialParameters(network).subarray(offset, offset + size)]
}

/** What decay and momentum make of a number that has no gradient, by the rule itself. */
function decayed(q: number): readonly number[] {
  let [x, v] = [q, 0]
  return Array.from({ length: steps }, () => {
    const before = x
    v = beta * v + lambda * x
    x -= eta * v
    return before
  })
}

describe('a translation by a vector of constants', () => {
  it('is measured entry by entry, and every rung is climbed', async () => {
    const result = await run(problem('{ generator: { b1: c }, constants: { c: [6] } }'))
    const [law] = result.laws
    expect(law?.rungs.map((r) => r.verdict)).toEqual(['passed', 'passed', 'passed', 'passed', 'passed'])
    expect(law?.verdict).toBe('passed')
    const { curves } = law ?? {}
    const initial = start(buildNetwork(parseProblem(problem('{ infer: true }')).network ?? { input: 64, layers: [] }), 'b1')
    expect(curves?.measured).toHaveLength(6)
    for (const [i, q] of initial.entries())
      for (const [at, x] of decayed(q).entries()) expect(Math.abs((curves?.measured[i]?.[at] ?? Number.NaN) - x)).toBeLessThan(1e-12)
  })

  it('is refuted entry by entry where the network does not have it', async () => {
    const symmetry = '{ generator: { b1: c }, constants: { c: [6] } }'
    await run(problem(symmetry, '[{ dense: 6 }, relu, { dense: 10 }]')).then(
      (result) => expect(result.laws[0]?.rungs[1]?.verdict).toBe('failed'),
      (fault: unknown) => expect(String(fault)).toMatch(/is no symmetry of this network/),
    )
  })
})

describe('the entries of a matrix', () => {
  it('are recorded as they stand, and as products of two vectors', () => {
    const network = buildNetwork({ input: 2, layers: [{ dense: { units: 3, bias: false } }], loss: 'mean_square' })
    const symmetry = { name: 's', origin: '', family: 'custom', count: 1, sets: { W1: [{ parameter: 'W1' }] } } as const
    const of = { symmetry, set: 'W1', mode: 'entries' } as const
    const recorder = compileMeasures(network, [{ ...of, id: 'one', left: 'x' }, { ...of, id: 'two', left: 'x', right: 'y' }], new Set(['x', 'y']))
    const row = new Float64Array(recorder.width)
    const vectors: Readonly<Record<string, Float64Array>> = { x: Float64Array.of(1, 2, 3, 4, 5, 6), y: Float64Array.of(2, 3, 5, 7, 11, 13) }
    recorder.record((name) => vectors[name] ?? new Float64Array(0), row)
    expect([...row]).toEqual([1, 2, 3, 4, 5, 6, 2, 6, 15, 28, 55, 78])
  })
})

const ZEROS = Array.from({ length: 20 }, (_, i) => `0,0,${i % 2}`).join('\n')

/** Weights of inputs that are always zero are free; a diagonal constant is one that no run records. */
const UNMEASURED = `title: unmeasured
symmetry: { generator: { W1: D }, constants: { D: [2, 2] }, diagonal: [D] }
rule: { name: sgd }
network: { input: 2, layers: [{ dense: 2 }, relu, { dense: 2 }], loss: cross_entropy }
data: { csv: zeros.csv }
train: { steps: 10, batch: 4, eta: 0.1, lambda: 0.01, backend: float64 }
`

describe('a symmetric or antisymmetric matrix of constants', () => {
  it.each([['symmetric', 1], ['antisymmetric', -1]] as const)('sees an entry with its mirror image: %s', async (kind, sign) => {
    writeFileSync(join(directory, 'zeros.csv'), ZEROS)
    const text = UNMEASURED.replace('diagonal', kind)
    const [law] = (await run(text)).laws
    const [a = 0, b = 0, c = 0, d = 0] = start(buildNetwork(parseProblem(text).network ?? { input: 2, layers: [] }), 'W1')
    const expected = [a, b, c, d].map((x, i) => (x + sign * ([a, c, b, d][i] ?? 0)) / 2)
    expect(law?.curves.measured.map(([q]) => q)).toEqual(expected)
    expect(law?.rungs[2]?.verdict).toBe('passed')
  })
})

describe('a run that measures nothing its law speaks of', () => {
  it('has neither passed nor failed, in all that it writes', async () => {
    writeFileSync(join(directory, 'zeros.csv'), ZEROS)
    const result = await run(UNMEASURED)
    expect(result.laws[0]?.rungs.slice(1).map((r) => r.verdict)).toEqual(['skipped', 'skipped', 'skipped', 'skipped'])
    expect([result.verdict, result.laws[0]?.verdict]).toEqual(['not compared', 'not compared'])
    const terminal = renderResult(result, [], recordingTerminal())
    const written = await writeReport(result, directory)
    const pages = [written.tex, written.html].map((file) => readFileSync(file, 'utf8'))
    expect((await readResult(directory)).verdict).toBe('not compared')
    expect(terminal).toContain('verdict: not compared')
    for (const page of pages) expect(page).toMatch(/not compared/i)
    for (const page of [terminal, ...pages]) expect(page).not.toMatch(/verdict: passed|The law holds|held on this run/)
  })
})

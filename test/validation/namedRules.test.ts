import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseProblem } from '../../src/problem/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { RULES } from '../../src/rules/catalogue.js'
import { runProblem } from '../../src/validation/run.js'

const directory = mkdtempSync(join(tmpdir(), 'noether-rules-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Values for whatever a rule has; 0.1 for the rest. */
const VALUES: Readonly<Record<string, number>> = { eta: 0.01, lambda: 0.01, beta: 0.8, beta1: 0.8, beta2: 0.9, rho: 0.8, mu: 0.8, epsilon: 1e-3, T: 1e-3, t_0: 1 }
/** A metric of their own is what these rules are about; a run has none. */
const ABSTRACT: ReadonlySet<string> = new Set(['preconditioned', 'natural'])

/** What a rule has to be told to be run, and what its run then has for itself. */
const GIVEN: Readonly<Record<string, string>> = { mirror: ', h: "sum(cosh(theta))"', bregman: ', h: theta^2/2, p: 3' }
const STARTED: Readonly<Record<string, readonly string[]>> = { bregman: ['eta', 't_0'] }

const problem = (name: string, train: string) => parseProblem(`title: ${name}
symmetry: { infer: true }
rule: { name: ${name}${GIVEN[name] ?? ''} }
network: { input: 4, layers: [{ dense: 4 }, { power: 2 }, { dense: 2 }], loss: mean_square, gain: 1 }
data: { teacher: { input: 4, layers: [{ dense: 2 }] }, samples: 60 }
train: { steps: 40, full_batch: true, ${train} }
`, `${name}.yaml`)

describe('a run by name of', () => {
  it.each(Object.keys(RULES).filter((name) => !ABSTRACT.has(name)))('%s ends, and its laws hold', async (name) => {
    const [law] = deriveProblem(problem(name, 'eta: 0.01'), true)
    const train = [...(law?.laws.rule.hyperparameters ?? []), ...(STARTED[name] ?? [])].map((h) => `${h}: ${VALUES[h] ?? 0.1}`).join(', ')
    const result = await runProblem(problem(name, train), { version: 'test', out: join(directory, name), onBackend: () => undefined, onProgress: () => undefined })
    expect(result.verdict).toBe('passed')
    expect(result.laws.flatMap(({ rungs }) => rungs.filter(({ rung, verdict }) => rung <= 2 && verdict === 'passed')).length).toBe(2 * result.laws.length)
  })

  it.each([...ABSTRACT])('%s says what a run cannot do', async (name) => {
    await expect(runProblem(problem(name, 'eta: 0.01'), { version: 'test', out: join(directory, name), onBackend: () => undefined, onProgress: () => undefined })).rejects.toThrow(/Ginv\(g\) in an update/)
  })
})

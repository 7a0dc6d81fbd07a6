import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { buildNetwork, initialParameters } from '../../src/network/index.js'
import { parseProblem } from '../../src/problem/index.js'
import type { RunResult } from '../../src/validation/result.js'
import { runProblem } from '../../src/validation/run.js'

const directory = mkdtempSync(join(tmpdir(), 'noether-domain-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const run = (rule: string, initial: string, layers = '[{ dense: 6 }, relu, { dense: 10 }]'): Promise<RunResult> =>
  runProblem(parseProblem(`title: mirror
symmetry: { infer: true }
rule: ${rule}
network: { input: 64, layers: ${layers}, loss: cross_entropy${initial} }
data: digits
train: { steps: 60, batch: 64, eta: 0.02, backend: float64 }
`, 'mirror.yaml'), { version: 'test', out: join(directory, `${initial.length}-${layers.length}`), onBackend: () => undefined, onProgress: () => undefined })

const ENTROPY = '{ name: mirror, h: "theta*log(theta) - theta" }'

describe('mirror descent with the entropy', () => {
  it('is refused before training where parameters are negative, by block, with the remedy', async () => {
    await expect(run(ENTROPY, '')).rejects.toMatchObject({
      what: expect.stringMatching(/the potential theta\*log\(theta\) - theta has no gradient where the parameters begin: not at \d+ of the 384 in W1, \d of the 6 in b1/),
      remedy: expect.stringContaining('initial: positive'),
      place: { line: 3 },
    })
  })

  it('holds its laws on positive weights', async () => {
    const { verdict, laws } = await run(ENTROPY, ', initial: positive')
    expect(verdict).toBe('passed')
    for (const { rungs } of laws) expect(rungs.slice(0, 4).map((r) => r.verdict)).toEqual(['passed', 'passed', 'passed', 'passed'])
  })

  it('is refused where a block begins at zero, whatever its sign', async () => {
    const layers = '[{ dense: 6 }, batchnorm, relu, { dense: 10 }]'
    await expect(run(ENTROPY, ', initial: positive', layers)).rejects.toMatchObject({ what: expect.stringContaining('not at 6 of the 6 in beta1, such as 0') })
  })

  it('in a form that keeps the signs runs with both of them', async () => {
    expect((await run('{ update: { theta: "theta*exp(-eta*g)" } }', '')).verdict).toBe('passed')
  })
})

describe('positive initial parameters', () => {
  it('are the signed ones without their signs', () => {
    const spec = { input: 3, layers: [{ dense: 4 }] }
    const [signed, positive] = [initialParameters(buildNetwork(spec)), initialParameters(buildNetwork({ ...spec, initial: 'positive' }))]
    expect([...positive]).toEqual([...signed].map(Math.abs))
    expect(signed.some((x) => x < 0)).toBe(true)
  })
})

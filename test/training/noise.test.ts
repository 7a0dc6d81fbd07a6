import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildNetwork, inferSymmetries } from '../../src/network/index.js'
import { programOf, readRule } from '../../src/rules/rule.js'
import { type Measure, train } from '../../src/training/index.js'
import { normalNoise } from '../../src/training/noise.js'
import { smallRun, spec } from './setting.js'

const langevin = programOf(readRule({ update: { theta: 'theta - eta*g + sigma*xi1 + tau*xi2' } }))
const noisy = { rule: langevin, hyperparameters: { eta: 0.05, sigma: 0.01, tau: 0.003 } }
const network = buildNetwork(spec)
const symmetry = inferSymmetries(network).find((s) => s.family === 'rescale')
const product = (left: string, right: string): Measure => {
  if (symmetry === undefined) throw new Error('a symmetry')
  return { id: `${left} ${right}`, symmetry, set: 'in', left, right, mode: 'diagonal' }
}
const drawn = (seed: number, noise: number, k: number, n: number): Float64Array => {
  const out = new Float64Array(n)
  normalNoise(seed)(noise, k, out)
  return out
}

describe('injected noise in a run', () => {
  it('has the moments of a standard normal vector, and no correlation between components, steps, noises and seeds', () => {
    const n = 40000
    const x = drawn(1, 0, 0, n)
    const moment = (p: number): number => x.reduce((s, a) => s + a ** p, 0) / n
    // Standard errors of the means of x, x², x³, x⁴: √(1, 2, 15, 96)/√n.
    for (const [p, value, variance] of [[1, 0, 1], [2, 1, 2], [3, 0, 15], [4, 3, 96]] as const) expect(Math.abs(moment(p) - value)).toBeLessThan(4.5 * Math.sqrt(variance / n))
    for (const y of [drawn(1, 0, 1, n), drawn(1, 1, 0, n), drawn(2, 0, 0, n), Float64Array.of(...x.slice(1), 0)]) expect(Math.abs(x.reduce((s, a, i) => s + a * (y[i] ?? 0), 0) / n)).toBeLessThan(4.5 / Math.sqrt(n))
  })

  it('is added as the rule says: θ of a plain loop over the recorded batches', async () => {
    const steps = 5
    const still = await train(smallRun({ ...noisy, rule: programOf(readRule({ update: { theta: 'theta + sigma*xi1 + tau*xi2' } })), steps, backend: 'float64' }))
    const expected = Float64Array.from(still.initial)
    for (let k = 0; k < steps; k += 1) for (const [noise, size] of [[0, 0.01], [1, 0.003]] as const) for (const [i, x] of drawn(still.seed, noise, k, expected.length).entries()) expected[i] = (expected[i] ?? 0) + size * x
    for (const [i, x] of still.parameters.entries()) expect(x).toBeCloseTo(expected[i] ?? 0, 12)
  })

  it('gives the same bits again, others from another seed, and the same draws on every backend', async () => {
    const measures = [product('xi1', 'xi1'), product('xi1', 'xi2')]
    const runs = [await train(smallRun({ ...noisy, measures })), await train(smallRun({ ...noisy, measures })), await train(smallRun({ ...noisy, measures, backend: 'float64' })), await train(smallRun({ ...noisy, measures, seed: 9 }))]
    const [first, again, exact, other] = runs.map((run) => run.columns.get('xi1 xi1')?.values)
    expect(again).toEqual(first)
    expect(runs[1]?.parameters).toEqual(runs[0]?.parameters)
    expect(exact).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('goes on with the same bits from a checkpoint', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'noether-noise-'))
    try {
      const whole = await train(smallRun({ ...noisy, steps: 40 }))
      const stop = new AbortController()
      const part = await train(smallRun({ ...noisy, steps: 40, directory, signal: stop.signal, checkpointEvery: 7, onProgress: () => stop.abort() }))
      expect(part.partial || part.steps === 40).toBe(true)
      const resumed = await train(smallRun({ ...noisy, steps: 40, directory, existing: 'resume' }))
      expect(resumed.parameters).toEqual(whole.parameters)
      expect(resumed.loss).toEqual(whole.loss)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})

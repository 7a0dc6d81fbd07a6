import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseProblem } from '../../src/problem/index.js'
import { programOf, readRule } from '../../src/rules/rule.js'
import { compileRule } from '../../src/training/index.js'
import { runProblem } from '../../src/validation/run.js'

/** J₁(x) = (1/π) ∫₀^π cos(τ − x sin τ) dτ, by the trapezoidal rule, which converges geometrically here. */
function bessel(x: number): number {
  const n = 200
  const value = (i: number): number => Math.cos((Math.PI * i) / n - x * Math.sin((Math.PI * i) / n))
  return (value(0) / 2 + value(n) / 2 + Array.from({ length: n - 1 }, (_, i) => value(i + 1)).reduce((a, b) => a + b, 0)) / n
}

describe('a motion stated by its Lagrangian in steps', () => {
  it('goes along Nesterov’s flow on a quadratic, which is 2 J₁(ωt)/(ωt), with the first order of Euler’s method (Su, Boyd & Candès 2016, §3.1)', () => {
    const program = programOf(readRule({ name: 'bregman', p: 2, C: '1/4', h: 'theta^2/2' }))
    const omega = [1, 2]
    const missed = (eta: number): number => {
      const [theta, g] = [Float64Array.of(1, 1), new Float64Array(2)]
      const machine = compileRule(program, { eta, t_0: 0 }, theta, g)
      const steps = Math.round(3 / eta)
      for (let k = 0; k < steps; k += 1) {
        g.set(theta.map((x, i) => (omega[i] ?? 0) ** 2 * x))
        machine.step(k)
      }
      return Math.max(...omega.map((w, i) => Math.abs((theta[i] ?? 0) - (2 * bessel(3 * w)) / (3 * w))))
    }
    expect(missed(1e-3)).toBeLessThan(5e-3)
    expect(Math.log2(missed(1e-3) / missed(5e-4))).toBeCloseTo(1, 1)
  })

  it('of a curved potential keeps the energy of its Lagrangian falling, to the minimum of a loss', () => {
    // Ideal scaling: D_h(x*, y) + e^β (f − f*) does not increase; here e^α = 1, e^β = e^t, γ = t.
    const program = programOf(readRule({ name: 'bregman', alpha: '0', beta: 't', gamma: 't', h: 'cosh(theta)' }))
    const [theta, g] = [Float64Array.of(2), new Float64Array(1)]
    const machine = compileRule(program, { eta: 1e-3, t_0: 0 }, theta, g)
    const energies: number[] = []
    for (let k = 0; k < 4000; k += 1) {
      const [x = 0] = theta
      const y = x + (machine.vectors.get('ahead')?.[0] ?? Number.NaN)
      const divergence = Math.cosh(0.5) - Math.cosh(y) - Math.sinh(y) * (0.5 - y)
      if (k % 400 === 0) energies.push(divergence + Math.exp(k * 1e-3) * (x - 0.5) ** 2)
      g.set([2 * (x - 0.5)])
      machine.step(k)
    }
    for (const [i, before] of energies.slice(0, -1).entries()) expect(energies[i + 1]).toBeLessThan(before)
    expect(Math.abs((theta[0] ?? 0) - 0.5)).toBeLessThan(0.1)
  })

  it('is run on a network: its charges follow Noether’s identity with the order of the steps', async () => {
    const out = mkdtempSync(join(tmpdir(), 'motion-'))
    try {
      const problem = parseProblem(`
symmetry: { infer: true }
rule: { name: bregman, p: 3, C: 1/8, h: "cosh(2*theta)/4" }
network:
  input: 64
  layers: [{ dense: { units: 4, bias: false } }, { batchnorm: { epsilon: 0, gamma: false, beta: false } }, relu, { dense: { units: 10, bias: false } }]
  loss: cross_entropy
data: digits
train: { steps: 20, full_batch: true, eta: 0.02, t_0: 0.5, backend: float64 }
`)
      const quiet = { version: 'test', out, onBackend: () => undefined, onProgress: () => undefined }
      const { laws, verdict } = await runProblem(problem, quiet)
      expect(verdict).toBe('passed')
      expect(laws.map((law) => law.rungs.map((rung) => rung.verdict))).toEqual(laws.map(() => ['passed', 'passed', 'skipped', 'passed', 'skipped']))
      const [scale] = laws
      expect(scale?.orders.map((fit) => [fit.derived, Math.round(fit.observed * 10) / 10])).toEqual([[1, 1]])
      expect(scale?.rungs[2]?.reason).toContain('Euler steps of length eta, from rest at t_0')
      expect(scale?.curves.theory[0]?.every(Number.isFinite)).toBe(true)
    } finally {
      rmSync(out, { recursive: true, force: true })
    }
  })

  it('needs a potential that is known and a time to start at', async () => {
    expect(() => programOf(readRule({ name: 'bregman' }))).toThrow(/give the potential h/)
    const problem = parseProblem(`
symmetry: { infer: true }
rule: { name: bregman, p: 2, C: 1/4, h: theta^2/2 }
network: { input: 64, layers: [{ dense: 4 }, relu, { dense: 10 }] }
data: digits
train: { steps: 2, eta: 0.02 }
`)
    await expect(runProblem(problem, { version: 'test', out: tmpdir(), onBackend: () => undefined, onProgress: () => undefined })).rejects.toThrow(/a run needs a value for t_0/)
  })
})

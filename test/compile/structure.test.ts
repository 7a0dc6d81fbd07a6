import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { integrateProblem } from '../../src/compile/integrateFile.js'
import { CONFORMAL } from '../../src/compile/methods/conformal.js'
import { parseOde } from '../../src/compile/odeFile.js'
import { type System, compileSystem } from '../../src/compile/system.js'
import { InputError } from '../../src/errors.js'

const damped: System = { states: ['x', 'y', 'u', 'v'], parameters: ['c'], rhs: ['u', 'v', '-c*u - x^3 - y/2', '-c*v - y - x/2'].map((e) => readExpr(e)) }
const y0 = [1, 0.2, -0.3, 0.5]
const flow = (method: string, start: readonly number[], c: number, t1: number, step: number): readonly number[] =>
  compileSystem(damped, { method }).integrate({ y0: start, parameters: [c], t1, step, rtol: 1e-13, atol: 1e-15 }).final.y

/** Symplectic form Σ dq ∧ dv of two tangent vectors along the flow, by central differences. */
function area(method: string, c: number, t1: number, step: number): number {
  const h = 1e-5
  const moved = (d: readonly number[]): readonly number[] => {
    const [above, below] = [1, -1].map((s) => flow(method, y0.map((y, i) => y + s * h * (d[i] ?? 0)), c, t1, step))
    return (above ?? []).map((a, i) => (a - (below?.[i] ?? NaN)) / (2 * h))
  }
  const [a, b] = [moved([1, 0.3, 0, 0.2]), moved([0, 0.4, 1, -0.5])]
  const [a0 = 0, a1 = 0, a2 = 0, a3 = 0] = a
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0] = b
  return a0 * b2 - a2 * b0 + a1 * b3 - a3 * b1
}

describe.each(Object.entries(CONFORMAL))('%s', (method, { order }) => {
  it('has its order', () => {
    const exact = flow('vern9', y0, 0.4, 3, 0)
    const error = (step: number): number => Math.hypot(...flow(method, y0, 0.4, 3, step).map((v, i) => v - (exact[i] ?? NaN)))
    expect(Math.abs(Math.log2(error(0.05) / error(0.025)) - order)).toBeLessThan(0.3)
  })

  it('shrinks the symplectic form exactly as e^(−ct), with a coarse step', () => {
    const form = 1 * 1 + 0.3 * -0.5 - 0.2 * 0.4
    expect(Math.abs(area(method, 0.4, 2, 0.25) / (form * Math.exp(-0.8)) - 1)).toBeLessThan(1e-8)
    expect(Math.abs(area('rk4', 0.4, 2, 0.25) / (form * Math.exp(-0.8)) - 1)).toBeGreaterThan(1e-6)
  })

  it('keeps the energy of an undamped system over thousands of periods', () => {
    const energy = ([x = 0, y = 0, u = 0, v = 0]: readonly number[]): number => (u * u + v * v) / 2 + x ** 4 / 4 + y * y / 2 + x * y / 2
    expect(Math.abs(energy(flow(method, y0, 0, 10_000, 0.05)) - energy(y0))).toBeLessThan(5e-3)
  })

  it('refuses what is no damped Lagrangian system', () => {
    for (const rates of [['v', '-x - v^2'], ['x', '-v'], ['v', 'x*v']])
      expect(() => compileSystem({ states: ['x', 'v'], rhs: rates.map((e) => readExpr(e)) }, { method })).toThrow(InputError)
  })
})

describe('the exponential method', () => {
  const text = (rate: string): string => `states: { x: v, v: "${rate}" }\ninitial: { x: 1, v: 0 }\nparameters: { k: 4 }\nspan: [0, 10]\nat: [1, 10]\nmethod: exponential\n`

  it('is exact for a linear law', () => {
    const { states } = integrateProblem(parseOde(text('-k*x - 2*v + 3'), 'a'))
    const exact = (t: number): number => 0.75 + Math.exp(-t) * (0.25 * Math.cos(Math.sqrt(3) * t) + (0.25 / Math.sqrt(3)) * Math.sin(Math.sqrt(3) * t))
    expect(states['x']?.[0]).toBeCloseTo(exact(1), 14)
    expect(states['x']?.[1]).toBeCloseTo(exact(10), 14)
  })

  it('refuses a nonlinear or driven one', () => {
    for (const rate of ['-k*x^2', '-k*x + sin(t)']) expect(() => integrateProblem(parseOde(text(rate), 'a'))).toThrow(InputError)
  })
})

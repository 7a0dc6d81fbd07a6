import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { compileFunction } from '../../src/compile/function.js'
import { linearCoefficients, linearPropagator } from '../../src/compile/propagator.js'
import { type System, compileSystem } from '../../src/compile/system.js'
import { InputError } from '../../src/errors.js'

const system = (rates: Readonly<Record<string, string>>, more: Partial<System> = {}): System => ({
  states: Object.keys(rates), rhs: Object.values(rates).map((text) => readExpr(text)), ...more,
})
const OSCILLATOR = system({ x: 'v', v: '-w^2*x' }, { parameters: ['w'] })
const at = (values: readonly Float64Array[], i: number, k: number): number => values[i]?.[k] ?? NaN

describe.each(['wasm', 'js'] as const)('integration in %s', (target) => {
  it('follows an oscillator at the requested times, forward and backward', () => {
    const compiled = compileSystem(OSCILLATOR, { target })
    for (const t1 of [10, -10]) {
      const times = [0, 0.1, 0.5, 0.51, 1].map((s) => s * t1)
      const { t, y, status } = compiled.integrate({ y0: [1, 0], parameters: [2], t1, at: times, rtol: 1e-11, atol: 1e-13 })
      expect(status).toBe('completed')
      expect([...t]).toEqual(times)
      for (const [k, time] of t.entries()) {
        expect(Math.abs(at(y, 0, k) - Math.cos(2 * time))).toBeLessThan(1e-9)
        expect(Math.abs(at(y, 1, k) + 2 * Math.sin(2 * time))).toBeLessThan(2e-9)
      }
    }
  })

  it('is of order 4 with the classical method, at steps and between them', () => {
    const compiled = compileSystem(OSCILLATOR, { target, method: 'rk4' })
    const error = (step: number): number => {
      const { t, y } = compiled.integrate({ y0: [1, 0], parameters: [1], t1: 2, at: [0.513, 1.377, 2], step })
      return Math.max(...[...t].map((time, k) => Math.abs(at(y, 0, k) - Math.cos(time))))
    }
    expect(Math.log2(error(0.02) / error(0.01))).toBeCloseTo(4, 0)
  })

  it('reduces the error in proportion to the tolerance', () => {
    const compiled = compileSystem(system({ x: 'cos(t)*x' }), { target })
    const errors = [1e-5, 1e-7, 1e-9].map((rtol) =>
      Math.abs(at(compiled.integrate({ y0: [1], t1: 6, rtol, atol: rtol * 1e-3 }).y, 0, 0) / Math.exp(Math.sin(6)) - 1))
    for (const [i, rtol] of [1e-5, 1e-7, 1e-9].entries()) expect(errors[i]).toBeLessThan(20 * rtol)
    expect(errors[2]).toBeLessThan((errors[0] ?? 0) / 100)
  })
})

describe('ways of keeping vectors', () => {
  it('gives one trajectory for a system unrolled in registers, in memory and in loops', () => {
    const chain = (n: number): System => system(Object.fromEntries(Array.from({ length: n }, (_, i) =>
      [`x${i}`, `${i === 0 ? '0' : `x${i - 1}`} - 2*x${i} + ${i === n - 1 ? '0' : `x${i + 1}`}`])))
    for (const n of [12, 23, 60]) {
      const { y } = compileSystem(chain(n)).integrate({ y0: Array.from({ length: n }, (_, i) => Math.sin(((i + 1) * Math.PI) / (n + 1))), t1: 1, rtol: 1e-11 })
      const rate = 2 * Math.cos(Math.PI / (n + 1)) - 2
      for (let i = 0; i < n; i += 1) expect(Math.abs(at(y, i, 0) / (Math.exp(rate) * Math.sin(((i + 1) * Math.PI) / (n + 1))) - 1)).toBeLessThan(1e-9)
    }
  })
})

describe('driven systems', () => {
  const law = (shape: 'constant' | 'linear'): System => system({ q: 'a*(u - q)', p: 'q - p' }, { parameters: ['a'], signals: { names: ['u'], shape } })
  const samples = Array.from({ length: 41 }, (_, j) => Math.sin(j * j) + 0.3)

  it.each(['constant', 'linear'] as const)('agree with the exact propagator of a piecewise %s drive', (shape) => {
    const compiled = compileSystem(law(shape))
    const values = shape === 'constant' ? samples.slice(0, 40) : samples
    const times = Array.from({ length: 41 }, (_, j) => 0.25 * j)
    const { y } = compiled.integrate({ y0: [1, -1], parameters: [0.7], t1: 10, at: times, rtol: 1e-12, atol: 1e-14, signals: { origin: 0, spacing: 0.25, values: [values] } })
    const exact = linearPropagator({ matrix: [[-0.7, 0], [1, -1]], input: [[0.7], [0]] }, 0.25, shape).run([1, -1], [values])
    for (let j = 0; j <= 40; j += 1) for (const i of [0, 1]) expect(Math.abs(at(y, i, j) - at(exact, i, j))).toBeLessThan(1e-11)
  })

  it('start and end inside an interval', () => {
    const { y } = compileSystem(law('constant')).integrate({ y0: [2, 0], parameters: [1], t0: 0.3, t1: 0.4, signals: { origin: 0, spacing: 1, values: [[5]] }, rtol: 1e-12 })
    expect(at(y, 0, 0)).toBeCloseTo(5 - 3 * Math.exp(-0.1), 11)
  })

  it('refuse to run beyond their record', () => {
    const run = (): unknown => compileSystem(law('constant')).integrate({ y0: [2, 0], parameters: [1], t1: 3, signals: { origin: 0, spacing: 1, values: [[5, 6]] } })
    expect(run).toThrow(InputError)
  })
})

describe('the linear propagator', () => {
  it('is exact for any drive and any (also singular) matrix: two half steps make a step', () => {
    const entry = fc.double({ min: -3, max: 3, noNaN: true })
    fc.assert(fc.property(fc.array(entry, { minLength: 6, maxLength: 6 }), fc.boolean(), ([a = 0, b = 0, c = 0, d = 0, u = 0, v = 0], singular) => {
      const law = { matrix: [[a, b], singular ? [2 * a, 2 * b] : [c, d]], input: [[1], [0.5]], offset: [0.1, -0.2] }
      const whole = linearPropagator(law, 0.5, 'linear').run([1, 2], [[u, v]])
      const halves = linearPropagator(law, 0.25, 'linear').run([1, 2], [[u, (u + v) / 2, v]])
      for (const i of [0, 1]) expect(Math.abs(at(whole, i, 1) - at(halves, i, 2))).toBeLessThan(1e-12 * (1 + Math.abs(at(whole, i, 1))))
    }))
  })

  it('reads its coefficients off a law and refuses a nonlinear one', () => {
    const { matrix, input, offset } = linearCoefficients([readExpr('-2*lambda*q + eta*G + 3')], ['q'], ['G'])
    expect([matrix[0]?.[0], input[0]?.[0], offset[0]]).toEqual([readExpr('-2*lambda'), readExpr('eta'), readExpr('3')])
    expect(() => linearCoefficients([readExpr('q*G')], ['q'], ['G'])).toThrow(InputError)
  })
})

describe('failure is told with its place and keeps what was computed', () => {
  it('blow-up in finite time', () => {
    const r = compileSystem(system({ x: 'x^2' })).integrate({ y0: [1], t1: 2, at: [0.5, 0.9, 1.5] })
    expect(r.status).toBe('stepUnderflow')
    expect(r.failure?.t).toBeCloseTo(1, 6)
    expect(r.failure?.message).toMatch(/t = 0\.99/)
    expect([...r.t]).toEqual([0.5, 0.9])
    expect(at(r.y, 0, 0)).toBeCloseTo(2, 7)
  })

  it('a singular right-hand side, at the start and on the way', () => {
    expect(compileSystem(system({ x: '1/x' })).integrate({ y0: [0], t1: 1 }).status).toBe('notFinite')
    const r = compileSystem(system({ x: '-sqrt(x) - 1' })).integrate({ y0: [1], t1: 3 })
    expect(r.status).toBe('notFinite')
    expect(r.failure?.t).toBeLessThan(1)
    expect(r.final.y[0]).toBeGreaterThanOrEqual(0)
  })

  it('a limit on steps, a fixed step that overflows, and options that make no sense', () => {
    const r = compileSystem(OSCILLATOR).integrate({ y0: [1, 0], parameters: [1], t1: 1e6, maxSteps: 100, at: [0.1, 1e6] })
    expect(r.status).toBe('stepLimit')
    expect(r.t.length).toBe(1)
    expect(compileSystem(system({ x: 'x^3' }), { method: 'rk4' }).integrate({ y0: [2], t1: 5, step: 0.1 }).status).toBe('notFinite')
    const bad = (o: object): unknown => compileSystem(OSCILLATOR).integrate({ y0: [1, 0], parameters: [1], t1: 1, ...o })
    for (const o of [{ y0: [1] }, { parameters: [] }, { t1: NaN }, { rtol: -1 }, { rtol: 1e-17, atol: 0 }, { at: [2] }, { at: [0.5, 0.2] }, { maxSteps: 0 }])
      expect(() => bad(o)).toThrow(InputError)
    expect(() => compileSystem(system({ x: 'x + z' }))).toThrow(/z has no value/)
  })
})

describe('compiled functions', () => {
  it('evaluate like the expressions they come from, in both targets', () => {
    const text = 'exp(-2*lambda*t)*x^3/(1+x^2) + abs(sin(t))^(3/2) - min(x, t)*sign(x) + cosh(t)/3 + x^(-2) + (t+2)^(1/3)'
    const inputs = ['x', 't', 'lambda']
    const [fast, plain] = (['wasm', 'js'] as const).map((target) => compileFunction([readExpr(text)], inputs, { target }))
    const value = fc.double({ min: 0.01, max: 5, noNaN: true })
    fc.assert(fc.property(value, value, value, (x, t, lambda) => {
      const exact = Math.exp(-2 * lambda * t) * x ** 3 / (1 + x * x) + Math.abs(Math.sin(t)) ** 1.5 - Math.min(x, t) + Math.cosh(t) / 3 + x ** -2 + Math.cbrt(t + 2)
      for (const f of [fast, plain]) expect(Math.abs((f?.at([x, t, lambda])[0] ?? NaN) - exact)).toBeLessThan(1e-13 * (1 + Math.abs(exact) + x ** -2))
    }))
  })

  it('run over arrays and broadcast numbers', () => {
    const f = compileFunction([readExpr('x+y'), readExpr('x*y')], ['x', 'y'])
    expect(f.over([[1, 2, 3], 10]).map((c) => [...c])).toEqual([[11, 12, 13], [10, 20, 30]])
    expect(() => f.over([[1, 2], [1]])).toThrow(InputError)
  })
})

import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { compileEnsemble } from '../../src/compile/ensemble.js'
import type { IntegrationOptions } from '../../src/compile/options.js'
import { type Integration, type System, compileSystem } from '../../src/compile/system.js'
import { PROBLEMS } from './problems.js'

const system = (rates: Readonly<Record<string, string>>, parameters: readonly string[] = []): System =>
  ({ states: Object.keys(rates), parameters, rhs: Object.values(rates).map((r) => readExpr(r)) })
const run = (s: System, method: string, options: IntegrationOptions): Integration => compileSystem(s, { method }).integrate(options)
const METHODS = ['dopri5', 'tsit5', 'dop853', 'vern9', 'rodas5p', 'auto'] as const
const steps = ({ statistics: { accepted, rejected } }: Integration): number => accepted + rejected

describe.each(METHODS)('%s on a jump that drives the solution back', (method) => {
  it.each([
    [{ x: '-x/abs(x)' }, [1], 1, ['x = 0', 'sqrt(w^2 + x^2)']],
    [{ x: '-sign(x - 0.5)' }, [1], 0.5, ['1 - 2*x = 0', 'tanh((1 - 2*x)/w)']],
    [{ x: '-x/sqrt(x^2)' }, [1], 1, ['x = 0']],
    [{ x: 'v', v: '-3*sign(v) + sin(x)/2' }, [0, 1], 0.33, ['v = 0', 'tanh(v/w)']],
    // Normalised descent: no switch is named, but it jumps where it arrives.
    [{ x: '-x/sqrt(x^2 + y^2)', y: '-y/sqrt(x^2 + y^2)' }, [3, 4], 5, []],
  ] as const)('%o ends early, says where and what to do, and keeps what was computed', (rates, y0, place, words) => {
    const found = run(system(rates), method, { y0, t1: 10, at: [0.1, 0.2, 9], rtol: 1e-9, atol: 1e-9 })
    expect(found.status).toBe('chattering')
    expect(steps(found)).toBeLessThan(200_000)
    expect(Math.abs(found.final.t - place)).toBeLessThan(0.02)
    for (const word of ['jumps', 'terminal event', ` at t = ${found.final.t}, y = (`, ...words]) expect(found.failure?.message).toContain(word)
    expect(found.hint).toBeUndefined()
    expect([...found.t]).toEqual([0.1, 0.2])
  })

  // Most of these steps begin and end on the same side: at 10⁻¹¹ no jump was seen by the methods of order 5.
  it.each([1e-9, 1e-11, 1e-13])('is recognized at tolerances of %f too, drives besides', (rtol) => {
    for (const rate of ['-sign(x)', '-2*sign(x) + cos(t)', '-sign(x) - x/9 + sin(9*t)/2', '-3*x/abs(x) + sin(t) + cos(3*t)']) {
      const found = run(system({ x: rate }), method, { y0: [1], t1: 10, rtol, atol: rtol })
      expect(found.status).toBe('chattering')
      expect(steps(found)).toBeLessThan(200_000)
    }
  })

  it('the event that it proposes ends it there', () => {
    const sliding = system({ x: '-sign(x - 0.5)' })
    const events = [{ name: 'arrived', zero: readExpr('1 - 2*x'), direction: 'any', terminal: true } as const]
    const found = run({ ...sliding, events }, method, { y0: [1], t1: 10, rtol: 1e-9, atol: 1e-9 })
    expect(found.status).toBe('event')
    expect(found.final.t).toBeCloseTo(0.5, 6)
  })
})

describe('no false alarm', () => {
  it.each(['dopri5', 'tsit5', 'vern9', 'taylor', 'rodas5p'])('of %s for jumps that are crossed, many times', (method) => {
    const found = run(system({ x: 'v', v: '-sign(x)' }), method, { y0: [1, 0], t1: 400, rtol: 1e-8, atol: 1e-8 })
    expect(found.status).toBe('completed')
    // Parabolas between the jumps: a period of 4√2.
    const phase = 400 % (4 * Math.SQRT2)
    const exact = phase < Math.SQRT2 ? 1 - phase ** 2 / 2 : phase < 3 * Math.SQRT2 ? -1 + (phase - 2 * Math.SQRT2) ** 2 / 2 : 1 - (4 * Math.SQRT2 - phase) ** 2 / 2
    expect(Math.abs((found.final.y[0] ?? NaN) - exact)).toBeLessThan(1e-7)
  })

  it.each(['dopri5', 'vern9'])('of %s for a stiff equation with a bend, which has its own hint', (method) => {
    const found = run(system({ x: '-10^6*(x - abs(sin(40*t)))' }), method, { y0: [0], t1: 10, rtol: 1e-6, atol: 1e-8, maxSteps: 100_000 })
    expect([found.status, found.hint === undefined]).toEqual(['stepLimit', false])
  })

  it('for sliding that the steps allowed suffice for', () => {
    const found = run(system({ x: '-sign(x - 0.5)' }), 'dopri5', { y0: [1], t1: 2, rtol: 1e-6, atol: 1e-6 })
    expect(found.status).toBe('completed')
    expect(steps(found)).toBeGreaterThan(1000)
    expect(found.final.y[0]).toBeCloseTo(0.5, 3)
  })

  it('for a steep but smooth rate', () => {
    const found = run(system({ x: '-tanh(10^12*x) - min(x, 2)/9' }), 'dopri5', { y0: [1], t1: 2, rtol: 1e-9, atol: 1e-9, maxSteps: 50_000 })
    expect(found.status).toBe('stepLimit')
  })

  it.each(['dopri5', 'vern9', 'taylor'])('of %s for close encounters', (method) => {
    const { arenstorf: { system: s, y0, t1 } } = PROBLEMS
    expect(run(s, method, { y0, t1: 2 * t1, rtol: 1e-11, atol: 1e-11, maxSteps: 4000 }).status).toBe('completed')
    const fall = system({ x: 'v', v: '-x/(x^2 + 10^-14)^(3/2)' })
    expect(run(fall, method, { y0: [1, 0], t1: 10, rtol: 1e-10, atol: 1e-10, maxSteps: 20_000 }).status).toBe('completed')
  })

  it('of the automatic choice for van der Pol with μ = 10^6', () => {
    const found = run(system({ x: 'v', v: '10^6*((1 - x^2)*v - x) + abs(x) - sqrt(x^2)' }), 'auto', { y0: [2, -0.6], t1: 2, rtol: 1e-6, atol: 1e-9 })
    expect([found.status, found.method]).toEqual(['completed', 'rodas5p'])
  })
})

describe('whole parts', () => {
  /** y' = floor(t) − y and z' = mod(t, 2) − z from whole time to whole time. */
  const exact = (end: number): readonly number[] => {
    let [y, z] = [1, 0]
    for (let t = 0; t < end; t += 1) {
      const [next, u] = [Math.min(t + 1, end), t % 2]
      y = t + (y - t) * Math.exp(t - next)
      z = u + next - t - 1 + (z - u + 1) * Math.exp(t - next)
    }
    return [y, z]
  }

  it.each([...METHODS, 'taylor'])('%s goes over their jumps in the tolerance', (method) => {
    const found = run(system({ y: 'floor(t) - y', z: 'mod(t, 2) - z' }), method, { y0: [1, 0], t1: 4.5, at: [2.5, 4.5], rtol: 1e-10, atol: 1e-10 })
    for (const [k, t] of [2.5, 4.5].entries()) for (const [i, value] of exact(t).entries()) expect(Math.abs((found.y[i]?.[k] ?? NaN) - value)).toBeLessThan(1e-7)
  })

  it('where a solution is driven back to one, what to do is said', () => {
    const found = run(system({ x: '1/2 - floor(x)' }), 'dopri5', { y0: [0], t1: 4, rtol: 1e-9, atol: 1e-9 })
    expect(found.status).toBe('chattering')
    expect(found.failure?.message).toContain('floor(1/2 + x) - 1/2 - tanh((floor(1/2 + x) - x)/w)/2 for floor(x)')
  })
})

describe('the Taylor method where a switch turns', () => {
  const options = { y0: [1], t1: 3, at: [1, 2, 3], rtol: 1e-11, atol: 1e-11 }

  it.each(['sign(sin(3*t)) - x', 'abs(sin(3*t)) - x', 'max(cos(2*t), x/2) - x', 'min(x, 1/2)*cos(5*t) + sqrt((t - 1.3)^2)', 'floor(2*t + 0.3) - x', 'mod(x + 2*t, 0.7)'])(
    '%s: agrees with step control, on both forms of its recurrences', (rate) => {
      const exact = run(system({ x: rate }), 'dop853', { ...options, rtol: 1e-13, atol: 1e-13 })
      const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x${i}`, rate.replaceAll(/\bx\b/g, `x${i}`)]))
      const alone = run(system({ x: rate }), 'taylor', options)
      const looped = run(system(many), 'taylor', { ...options, y0: Array<number>(40).fill(1) })
      for (const found of [alone, looped])
        for (const k of [0, 1, 2]) expect(Math.abs((found.y[0]?.[k] ?? NaN) - (exact.y[0]?.[k] ?? NaN))).toBeLessThan(1e-10)
    })

  it('starts on a jump as the equation goes on', () => {
    expect(run(system({ x: '2 + sign(x)' }), 'taylor', { y0: [0], t1: 1 }).final.y[0]).toBeCloseTo(3, 12)
    expect(run(system({ x: 'sign(x) - 2' }), 'taylor', { y0: [0], t1: 1 }).final.y[0]).toBeCloseTo(-3, 12)
  })

  it('does not go over a jump that drives it back', () => {
    const [onto, beside] = ['0.5', '1/3'].map((c) => run(system({ x: `-sign(x - ${c}) + cos(t)/7` }), 'taylor', { y0: [1], t1: 3 }))
    for (const found of [onto, beside]) expect([found?.status, (found?.final.t ?? 0) < 1]).toEqual(['chattering', true])
  })
})

it('two trajectories in a vector: one chatters, and the other comes to its end', async () => {
  const ensemble = compileEnsemble(system({ x: '-sign(x - c) - x/9' }, ['c']), { method: 'dopri5', workers: 1 })
  const found = await ensemble.integrate([0.5, -20, 0.25, -30].map((c) => ({ y0: [1], parameters: [c], t1: 1, rtol: 1e-9, atol: 1e-9 })))
  await ensemble.close()
  expect(found.map((r) => r.status)).toEqual(['chattering', 'completed', 'chattering', 'completed'])
  expect(found[1]?.final.y[0]).toBeCloseTo(10 * Math.exp(-1 / 9) - 9, 8)
})

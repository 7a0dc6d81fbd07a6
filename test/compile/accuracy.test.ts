import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { CONFORMAL } from '../../src/compile/methods/conformal.js'
import { METHODS } from '../../src/compile/methods/choose.js'
import { TABLEAUS } from '../../src/compile/methods/index.js'
import { RODAS5P } from '../../src/compile/methods/rodas5p.js'
import { compileSystem } from '../../src/compile/system.js'
import { preciseEnd, preciseKicked, preciseLorenz, preciseVanDerPol } from './multiprecision.js'
import { PROBLEMS, type TestProblem } from './problems.js'

function error({ system, y0, t1, solution }: TestProblem, method: string, rtol: number, atol = rtol * 1e-2): number {
  const { status, final } = compileSystem(system, { method, rtol }).integrate({ y0, t1, rtol, atol })
  expect(status).toBe('completed')
  return Math.max(...solution.map((s, i) => Math.abs((final.y[i] ?? NaN) - s) / Math.max(1e-3, Math.abs(s))))
}

describe('published solutions are met', () => {
  it.each(['dopri5', 'tsit5', 'dop853', 'vern9', 'taylor'])('by %s: Brusselator, Pleiades and Arenstorf', (method) => {
    expect(error(PROBLEMS.brusselator, method, 1e-12)).toBeLessThan(1e-10)
    expect(error(PROBLEMS.pleiades, method, 1e-11)).toBeLessThan(2e-8)
    expect(error(PROBLEMS.arenstorf, method, 1e-12)).toBeLessThan(2e-5)
  })

  it('by Rodas5P: van der Pol, Robertson, HIRES', () => {
    expect(error(PROBLEMS.vanDerPol, 'rodas5p', 1e-9)).toBeLessThan(1e-6)
    expect(error(PROBLEMS.hires, 'rodas5p', 1e-9)).toBeLessThan(1e-6)
    const { final } = compileSystem(PROBLEMS.robertson.system, { method: 'rodas5p' })
      .integrate({ y0: [1, 0, 0], t1: 1e11, rtol: 1e-10, atol: [1e-14, 1e-18, 1e-14] })
    for (const [i, s] of PROBLEMS.robertson.solution.entries()) expect(Math.abs((final.y[i] ?? NaN) / s - 1)).toBeLessThan(1e-5)
  })

  it('by the automatic choice, which turns to the stiff method where it must', () => {
    const { system, y0, t1 } = PROBLEMS.vanDerPol
    expect(compileSystem(system, { method: 'auto' }).integrate({ y0, t1, rtol: 1e-7, atol: 1e-9 }).method).toBe('rodas5p')
    const smooth = PROBLEMS.pleiades
    expect(compileSystem(smooth.system, { method: 'auto' }).integrate({ y0: smooth.y0, t1: smooth.t1, rtol: 1e-7, atol: 1e-9 }).method).toBe('dop853')
  })

  it('explicit methods hint at stiffness', () => {
    const { system, y0 } = PROBLEMS.vanDerPol
    for (const method of ['dopri5', 'tsit5', 'dop853']) expect(compileSystem(system, { method }).integrate({ y0, t1: 5, rtol: 1e-5, atol: 1e-7 }).hint).toMatch(/stiff/)
    expect(compileSystem(PROBLEMS.pleiades.system).integrate({ y0: PROBLEMS.pleiades.y0, t1: 3, rtol: 1e-8 }).hint).toBeUndefined()
  })
})

describe('the problem of Prothero and Robinson, y = cos t whatever the stiffness', () => {
  it.each([1e2, 1e4, 1e6, 1e8])('with the rate %d is as accurate between the steps of Rodas5P as at their ends, and so are its events', (rate) => {
    const stiff = (zero?: string) => ({
      states: ['y'], rhs: [readExpr(`${rate}*(cos(t) - y)*(2 + y) - sin(t)`)],
      events: zero === undefined ? [] : [{ name: zero, zero: readExpr(zero), direction: 'any' as const, terminal: false }],
    })
    const options = { y0: [1], t1: 10, rtol: 1e-9, atol: 1e-9 }
    for (const target of ['wasm', 'js'] as const) {
      const at = Array.from({ length: 1001 }, (_, k) => k / 100)
      const { y: [found = []], t } = compileSystem(stiff(), { method: 'rodas5p', target }).integrate({ ...options, at })
      expect(found).toHaveLength(at.length)
      for (const [k, v] of found.entries()) expect(Math.abs(v - Math.cos(t[k] ?? NaN))).toBeLessThan(5e-9)
      const { events } = compileSystem(stiff('y - 1/2'), { method: 'rodas5p', target }).integrate(options)
      expect(events).toHaveLength(3)
      for (const [k, e] of events.entries()) expect(Math.abs(e.t - ([1, 5, 7][k] ?? NaN) * Math.PI / 3)).toBeLessThan(1e-8)
    }
  })
})

it.each(['dop853', 'vern9', 'taylor'])('%s: dense output is as accurate as the steps at the tightest tolerance, forward and back', (method) => {
  const circle = { states: ['x', 'v'], rhs: [readExpr('v'), readExpr('-x')] }
  for (const target of ['wasm', 'js'] as const)
    for (const sign of [1, -1]) {
      const at = Array.from({ length: 401 }, (_, k) => (sign * k) / 40)
      const { y } = compileSystem(circle, { method, rtol: 1e-14, target }).integrate({ y0: [0, 1], t1: sign * 10, at, rtol: 1e-14, atol: 1e-14 })
      for (const [k, t] of at.entries()) expect(Math.abs((y[0]?.[k] ?? NaN) - Math.sin(t))).toBeLessThan(2e-14)
    }
})

const LORENZ = { states: ['x', 'y', 'z'], rhs: ['10*(y - x)', 'x*(28 - z) - y', 'x*y - 8*z/3'].map((e) => readExpr(e)) }

describe('solutions in 75 digits', () => {
  it('are right where the solution is known: the exponential and a rotation', () => {
    const [e, c, s] = preciseEnd(
      [[{ coefficient: [1, 1], states: [0] }], [{ coefficient: [-1, 1], states: [2] }], [{ coefficient: [1, 1], states: [1] }]],
      [[1, 1], [1, 1], [0, 1]], 3)
    for (const [found, exact] of [[e, Math.exp(3)], [c, Math.cos(3)], [s, Math.sin(3)]] as const)
      expect(Math.abs((found ?? NaN) / exact - 1)).toBeLessThan(4e-16)
  })

  const vanDerPol = { states: ['x', 'v'], rhs: ['v', '5*(1 - x^2)*v - x'].map((e) => readExpr(e)) }
  const cases = [[LORENZ, [1, 1, 1], 5, preciseLorenz(5)], [vanDerPol, [2, 0], 20, preciseVanDerPol(5, 20)]] as const
  it.each(['dopri5', 'tsit5', 'dop853', 'vern9', 'taylor', 'rodas5p'])('are met by %s: Lorenz to t = 5, van der Pol with μ = 5 to t = 20', (method) => {
    const tolerance = method === 'rodas5p' ? 1e-11 : 1e-13
    for (const [system, y0, t1, exact] of cases) {
      const { status, final } = compileSystem(system, { method, rtol: tolerance }).integrate({ y0, t1, rtol: tolerance, atol: tolerance })
      expect(status).toBe('completed')
      for (const [i, v] of exact.entries()) expect(Math.abs((final.y[i] ?? NaN) - v)).toBeLessThan(1e4 * tolerance)
    }
  })
})

describe('the observed order', () => {
  const kicked = { states: ['x', 'v'], rhs: [readExpr('v'), readExpr('-x - x^3/4 + cos(2*t)/2')] }
  const BETWEEN = 100 / 128
  const exact = [preciseKicked(BETWEEN)[0] ?? NaN, preciseKicked(2)[0] ?? NaN] as const
  const at = (values: readonly Float64Array[], k: number): number => values[0]?.[k] ?? NaN
  const ends = (method: string, step: number): readonly [number, number] => {
    const { y } = compileSystem(kicked, { method }).integrate({ y0: [1, 0.3], t1: 2, at: [BETWEEN, 2], rtol: 1e9, atol: 1e9, step, largestStep: step })
    return [Math.abs(at(y, 0) - exact[0]), Math.abs(at(y, 1) - exact[1])]
  }

  it.each(METHODS.filter((m) => m !== 'taylor'))('of %s is the stated one', (method) => {
    const tableau = TABLEAUS[method]
    const splitting = CONFORMAL[method]
    const implicit = splitting === undefined ? [RODAS5P.order, RODAS5P.interpolantOrder] : [splitting.order, Math.min(splitting.order, 3)]
    const [order = NaN, between = NaN] = tableau === undefined ? implicit : [tableau.order, tableau.interpolant.order]
    const steps = order === 9 ? [0.4, 0.2] : order === 8 ? [0.25, 0.125] : order === 1 ? [0.002, 0.001] : [0.1, 0.05]
    const [coarse, fine] = steps.map((step) => ends(method, step))
    expect(Math.log2((coarse?.[1] ?? NaN) / (fine?.[1] ?? NaN))).toBeGreaterThan(order - 0.5)
    expect(Math.log2((coarse?.[0] ?? NaN) / (fine?.[0] ?? NaN))).toBeGreaterThan(between - 0.5)
  })

  it('of the Taylor method follows the tolerance: the error stays near roundoff at the tightest', () => {
    const orbit = { states: ['x', 'y', 'u', 'v'], rhs: ['u', 'v', '-x/(x^2+y^2)^(3/2)', '-y/(x^2+y^2)^(3/2)'].map((e) => readExpr(e)) }
    const eccentricity = 0.5
    const y0 = [1 - eccentricity, 0, 0, Math.sqrt((1 + eccentricity) / (1 - eccentricity))]
    const { final } = compileSystem(orbit, { method: 'taylor', rtol: 1e-16 }).integrate({ y0, t1: 200 * Math.PI, rtol: 1e-16, atol: 1e-16 })
    const [x = 0, y = 0, u = 0, v = 0] = final.y
    const energy = (u * u + v * v) / 2 - 1 / Math.hypot(x, y)
    expect(Math.abs(energy + 0.5)).toBeLessThan(2e-14)
    expect(Math.hypot(x - (1 - eccentricity), y)).toBeLessThan(2e-11)
  })
})

describe('tolerance proportionality', () => {
  it.each(['dopri5', 'tsit5', 'dop853', 'vern9', 'rodas5p', 'taylor'])('of %s: a hundredth of the tolerance gives a smaller error, of its size', (method) => {
    const run = (m: string, rtol: number): readonly number[] => compileSystem(LORENZ, { method: m, rtol }).integrate({ y0: [1, 1, 1], t1: 2, rtol, atol: rtol }).final.y
    const exact = preciseLorenz(2)
    const errors = [1e-5, 1e-7, 1e-9].map((rtol) => Math.hypot(...run(method, rtol).map((v, i) => v - (exact[i] ?? NaN))))
    for (const [i, rtol] of [1e-5, 1e-7, 1e-9].entries()) expect(errors[i]).toBeLessThan(3e3 * rtol)
    expect(errors[1]).toBeLessThan((errors[0] ?? 0) / 3)
    expect(errors[2]).toBeLessThan((errors[1] ?? 0) / 3)
  })
})

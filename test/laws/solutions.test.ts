import { describe, expect, it } from 'vitest'
import { assert, integer, property } from 'fast-check'
import { atom, ZERO } from '../../src/algebra/build.js'
import { substitute } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import type { Expr } from '../../src/algebra/expr.js'
import { toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'
import { linearPropagator } from '../../src/compile/propagator.js'
import type { LinearLaw } from '../../src/laws/flow.js'
import { solveLaw } from '../../src/laws/solve.js'
import { regularWithSchedules } from '../../src/laws/solutions/scheduled.js'
import { solveSystem } from '../../src/laws/solutions/linearSystem.js'

const law = (coefficients: readonly string[], drive: string): LinearLaw => ({
  charge: readExpr('q'), factor: readExpr('1'), coefficients: coefficients.map((c) => readExpr(c)), drive: readExpr(drive), drives: [],
})

/** Classical Runge–Kutta on the law with a drive that is a function of s: an oracle that knows nothing of closed forms. */
function simulate(coefficients: readonly string[], drive: string, initial: readonly number[], values: Record<string, number>, until: number): number {
  const order = initial.length
  const rate = (t: number, y: readonly number[]): number[] => {
    const c = coefficients.map((text) => evaluateNumber(readExpr(text), { ...values, t }))
    const force = evaluateNumber(readExpr(drive), { ...values, s: t })
    const top = (force - y.reduce((sum, q, j) => sum + (c[j] ?? 0) * q, 0)) / (c[order] ?? 1)
    return [...y.slice(1), top]
  }
  const steps = 300
  const h = until / steps
  let y = [...initial]
  const along = (k: readonly number[], by: number): number[] => y.map((q, i) => q + by * (k[i] ?? 0))
  for (let n = 0; n < steps; n += 1) {
    const k1 = rate(n * h, y)
    const k2 = rate((n + 0.5) * h, along(k1, h / 2))
    const k3 = rate((n + 0.5) * h, along(k2, h / 2))
    const k4 = rate((n + 1) * h, along(k3, h))
    y = y.map((q, i) => q + (h / 6) * ((k1[i] ?? 0) + 2 * (k2[i] ?? 0) + 2 * (k3[i] ?? 0) + (k4[i] ?? 0)))
  }
  return y[0] ?? Number.NaN
}

const momentum = ['2*lambda', '1-beta', 'eta*(1+beta)/2']

describe('closed forms of laws', () => {
  it('the driven oscillator of momentum moves as a simulation does, in each regime', () => {
    const regimes = solveLaw(law(momentum, 'cos(3*s)'))
    expect(regimes.map((r) => [r.name, r.verified])).toEqual([['underdamped', true], ['critically damped', true], ['overdamped', true]])
    const settings = { underdamped: { eta: 0.5, beta: 0.5, lambda: 0.6 }, overdamped: { eta: 0.1, beta: 0.5, lambda: 0.1 }, 'critically damped': { eta: 0.5, beta: 0.5, lambda: 0.25 / 3 } }
    for (const [name, values] of Object.entries(settings)) {
      const regime = regimes.find((r) => r.name === name)
      const sign = Math.sign(Math.round(1e9 * evaluateNumber(regime?.discriminant ?? ZERO, values)))
      expect({ '<': -1, '=': 0, '>': 1 }[regime?.relation ?? '=']).toBe(sign)
      const closed = evaluateNumber(regime?.solution ?? ZERO, { ...values, t: 1.5, q_0: 2, dq_0: -1 })
      expect(closed).toBeCloseTo(simulate(momentum, 'cos(3*s)', [2, -1], values, 1.5), 8)
    }
  })

  it('rates that do not come into a law are left out, however many: without any there is nothing to solve', () => {
    expect(solveLaw(law(['lambda', '0', '0'], 'D'))).toEqual([])
    expect(solveLaw(law(['lambda', '2', '0', '0'], 'D')).map((r) => toText(r.free))).toEqual(solveLaw(law(['lambda', '2'], 'D')).map((r) => toText(r.free)))
    const schedules = new Map([['lambda', readExpr('lambda_0/(1 + t)')]])
    expect(regularWithSchedules(law(['0', '0'], 'D'), schedules).ok).toBe(true)
    expect(regularWithSchedules(law(['lambda', '1/t', '0'], 'D'), schedules).ok).toBe(false)
  })

  it('an oscillator has one regime, without a condition, where its discriminant is a number times a square', () => {
    for (const [coefficients, name] of [[['1', 'eta/2', 'eta^2/6'], 'underdamped'], [['1', '2*eta', 'eta^2'], 'critically damped'], [['1', '3*eta', 'eta^2'], 'overdamped']] as const) {
      const regimes = solveLaw(law(coefficients, 'cos(3*s)'))
      expect(regimes.map((r) => [r.name, r.discriminant, r.verified])).toEqual([[name, undefined, true]])
      const closed = evaluateNumber(regimes[0]?.solution ?? ZERO, { eta: 0.7, t: 1.5, q_0: 2, dq_0: -1 })
      expect(closed).toBeCloseTo(simulate(coefficients, 'cos(3*s)', [2, -1], { eta: 0.7 }, 1.5), 8)
    }
  })

  it('the text stands for itself, the abbreviated form needs what stands beside it, and both are one function', () => {
    for (const regime of solveLaw(law(momentum, 'exp(-s)'))) {
      const values = Object.fromEntries(regime.readable.where)
      const at = { eta: 0.4, beta: 0.3, lambda: 0.9, t: 0.7, q_0: 1.2, dq_0: 0.4 }
      if (evaluateNumber(regime.discriminant ?? ZERO, at) > 0 !== (regime.relation === '>')) continue
      expect(evaluateNumber(substitute(regime.readable.solution, values), at)).toBeCloseTo(evaluateNumber(regime.solution, at), 9)
      expect(toText(regime.readable.solution).length).toBeLessThan(160)
    }
  })

  it('schedules are solved by quadrature, closed where the integral is', () => {
    for (const lambda of ['lambda/(1+t)', 'lambda*exp(-t^2)', 'lambda*cos(t)^2']) {
      const coefficients = [`2*(${lambda})`, '1+t/3']
      const [regime] = solveLaw(law(coefficients, 'cos(s)'))
      expect(regime?.verified).toBe(true)
      expect(evaluateNumber(regime?.solution ?? ZERO, { lambda: 0.7, t: 1.2, q_0: 1.5 })).toBeCloseTo(simulate(coefficients, 'cos(s)', [1.5], { lambda: 0.7 }, 1.2), 6)
    }
    expect(solveLaw(law(['t', '1', '1'], '0'))).toEqual([])
  })

  it('a damping whose closed form is far longer than its integral is shown as the integral, and both are one function', () => {
    const shown = (damping: string) => {
      const [regime] = solveLaw(law([damping, '1'], 'cos(s)'))
      return { regime, where: Object.fromEntries(regime?.readable.where ?? []) }
    }
    const { regime, where } = shown('2*lambda*min(t/c,1)*(1 + cos(pi*t/T))/2 + lambda^2*(min(t/c,1)*(1 + cos(pi*t/T)))^2/4')
    expect(Object.entries(where).map(([name, value]) => [name, value.kind])).toEqual([['A', 'integral']])
    for (const t of [0.4, 1.1]) {
      const values = { lambda: 0.7, c: 0.6, T: 3, t, q_0: 1.5 }
      expect(1.5 * Math.exp(-evaluateNumber(where.A ?? ZERO, values))).toBeCloseTo(evaluateNumber(regime?.free ?? ZERO, values), 9)
    }
    expect(toText(shown('lambda*cos(t)^2').where.A ?? ZERO)).not.toContain('integral')
  })

  it('a damping that is a measured contraction is integrated over the run, never taken out of the integral', () => {
    const damping = atom({ key: 'measured', text: () => 'x', latex: () => 'x' })
    const measured = { ...law(['0', '2'], 'cos(s)'), coefficients: [damping, readExpr('2')] }
    const [regime, ...others] = solveLaw(measured)
    expect([others, regime?.verified]).toEqual([[], true])
    // The contraction moves as cos does: every integral of it is known.
    const text = toText(regime?.solution ?? ZERO).replaceAll('integral(x/2,s,0,t)', 'sin(t)/2').replaceAll('integral(x/2,s1,0,s)', 'sin(s)/2')
    expect(text).not.toContain('x/2')
    expect(evaluateNumber(readExpr(text), { t: 1.2, q_0: 1.5 })).toBeCloseTo(simulate(['cos(t)', '2'], 'cos(s)', [1.5], {}, 1.2), 6)
    expect(solveLaw({ ...measured, coefficients: [damping, readExpr('1'), readExpr('1')] })).toEqual([])
  })

  it('numbers select the one regime that holds', () => {
    assert(property(integer({ min: 1, max: 9 }), integer({ min: 1, max: 9 }), integer({ min: 1, max: 9 }), (k, c, m) => {
      const [only, ...others] = solveLaw(law([`${k}`, `${c}`, `${m}`], 'sin(s)'))
      expect(others).toEqual([])
      const closed = evaluateNumber(only?.solution ?? ZERO, { t: 0.9, q_0: 1, dq_0: 0.5 })
      expect(closed).toBeCloseTo(simulate([`${k}`, `${c}`, `${m}`], 'sin(s)', [1, 0.5], {}, 0.9), 8)
    }), { numRuns: 8 })
  })

  it('without weight decay the velocity relaxes and the charge comes to rest', () => {
    const [regime] = solveLaw(law(['0', '1-beta', 'eta'], '0'))
    const far = evaluateNumber(regime?.solution ?? ZERO, { beta: 0.5, eta: 0.1, t: 200, q_0: 1, dq_0: 3 })
    expect(far).toBeCloseTo(1 + (3 * 0.1) / 0.5, 10)
  })
})

describe('coupled laws', () => {
  const values = { a: 0.3, b: -1.2, c: 0.8, d: -0.4 }
  const at = (rows: readonly (readonly Expr[])[], t: number, of: Record<string, number>): number[] => rows.flatMap((row) => row.map((x) => evaluateNumber(x, { ...of, t })))

  it('two laws in three regimes agree with the numeric matrix exponential', () => {
    const matrix = [['a', 'b'], ['c', 'd']].map((row) => row.map((x) => readExpr(x)))
    const regimes = solveSystem(matrix, [ZERO, readExpr('D')]) ?? []
    expect(regimes.map((r) => r.verified)).toEqual([true, true, true])
    for (const [b, c] of [[-1.2, 0.8], [1.2, 0.8], [0.49 / -3.2, 0.8]] as const) {
      const of = { ...values, b, c }
      const discriminant = Math.round(1e9 * evaluateNumber(regimes[0]?.discriminant ?? ZERO, of))
      const regime = regimes.find((r) => r.relation === (discriminant < 0 ? '<' : discriminant > 0 ? '>' : '='))
      const numeric = linearPropagator({ matrix: [[of.a, b], [c, of.d]], input: [[0], [0]] }, 1.3).transition.flat()
      at(regime?.propagator ?? [], 1.3, of).forEach((x, i) => expect(x).toBeCloseTo(numeric[i] ?? Number.NaN, 8))
    }
  })

  it('a chain of three laws, equal rates included', () => {
    const matrix = [['-a', '1', '0'], ['0', '-a', 'b'], ['0', '0', '-c']].map((row) => row.map((x) => readExpr(x)))
    const [regime] = solveSystem(matrix, [ZERO, ZERO, ZERO]) ?? []
    expect(regime?.verified).toBe(true)
    const numeric = linearPropagator({ matrix: [[-0.3, 1, 0], [0, -0.3, -1.2], [0, 0, -0.8]], input: [[0], [0], [0]] }, 2).transition.flat()
    at(regime?.propagator ?? [], 2, values).forEach((x, i) => expect(x).toBeCloseTo(numeric[i] ?? Number.NaN, 8))
  })

  it('rates that are sums have names, their coefficients do not', () => {
    const matrix = [['-a-b', 'a+b-c*d'], ['0', '-c*d']].map((row) => row.map((x) => readExpr(x)))
    const [regime] = solveSystem(matrix, [ZERO, ZERO])
    expect(regime?.rates.map(([name, value]) => [name, toText(value)])).toEqual([['r1', '-a - b']])
    expect(regime?.solution.map(toText)[0]).toBe('q1_0*exp(r1*t) - q2_0*(exp(r1*t) - exp(-c*d*t))')
    expect(regime?.verified).toBe(true)
    // A drive may speak of an r1 of its own.
    expect(solveSystem(matrix, [readExpr('r1'), ZERO])[0]?.rates.map(([name]) => name)).toEqual(['r2'])
  })

  it('a law that contractions drive keeps them under the integral', () => {
    const drive = atom({ key: 'probe', text: () => 'norm2(g)', latex: () => 'g' })
    const [regime] = solveSystem([[readExpr('-lambda')]], [drive]) ?? []
    expect(regime?.solution.map(toText)).toEqual(['q1_0*exp(-lambda*t) + integral(exp(lambda*(s - t))*norm2(g),s,0,t)'])
  })
})

describe('abbreviations of a solution', () => {
  it('have names that the law does not use itself, and stand for what they abbreviate', () => {
    for (const regime of solveLaw(law(['lambda', 'gamma*m', 'm'], '0'))) {
      const names = regime.readable.where.map(([name]) => name)
      expect(names).not.toContain('gamma')
      expect(names).not.toContain('m')
      const put = substitute(regime.readable.solution, Object.fromEntries(regime.readable.where))
      const values = { gamma: regime.relation === '<' ? 0.4 : 5, m: 1.5, lambda: 0.7, t: 0.9, q_0: 1.1, dq_0: -0.3 }
      expect(evaluateNumber(put, values)).toBeCloseTo(evaluateNumber(regime.solution, values), 12)
    }
  })
})

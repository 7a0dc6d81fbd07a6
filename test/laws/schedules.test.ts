import { describe, expect, it } from 'vitest'
import { subexpressions, substitute } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import type { Expr } from '../../src/algebra/expr.js'
import { antiderivative, integrateDefinite } from '../../src/algebra/integrate.js'
import { num, sym } from '../../src/algebra/build.js'
import { readExpr } from '../../src/algebra/read.js'
import { derive } from '../../src/laws/derive.js'
import type { LinearLaw } from '../../src/laws/flow.js'
import { solveLaw } from '../../src/laws/solve.js'
import { solveInTime } from '../../src/validation/predict.js'

const integrals = (e: Expr): number => [...subexpressions(e)].filter((x) => x.kind === 'integral').length

/** Composite Simpson, between the kinks a caller names. */
function simpson(f: (x: number) => number, knots: readonly number[]): number {
  const n = 2000
  return knots.slice(1).reduce((sum, to, piece) => {
    const from = knots[piece] ?? 0
    const h = (to - from) / n
    const inner = Array.from({ length: n - 1 }, (_, j) => (j % 2 === 0 ? 4 : 2) * f(from + (j + 1) * h)).reduce((a, b) => a + b, 0)
    return sum + (h / 3) * (f(from + 1e-12) + inner + f(to - 1e-12))
  }, 0)
}

describe('integrals of schedules', () => {
  const closed: readonly (readonly [string, readonly number[]])[] = [
    ['(t+1)^3/(t+11*a)^3', [0, 3]],
    ['t^2/((t+a)^2*(t+b))', [0, 3]],
    ['t^4/(t+a)', [0, 3]],
    ['min(1,t/2)', [0, 2, 3]],
    ['min(1,t/2)^2*exp(-t)', [0, 2, 3]],
    ['min(1,t/2)*(1+cos(b*t))/2', [0, 2, 3]],
    ['(1+sign(t-1))*(3-sign(t-2))*t', [0, 1, 2, 3]],
    ['max(1/10,1-t/2)*abs(t-1)', [0, 1, 9 / 5, 3]],
  ]
  it.each(closed)('of %s close, across every kink and jump', (text, knots) => {
    const values = { a: 0.7, b: 1.9 }
    const made = integrateDefinite(readExpr(text), 't', num(0), num(3))
    expect(integrals(made)).toBe(0)
    expect(evaluateNumber(made, values)).toBeCloseTo(simpson((t) => evaluateNumber(readExpr(text), { ...values, t }), knots), 7)
    expect(antiderivative(readExpr(text), 't')).toBeDefined()
  })
})

/** log |θ_n|²/|θ_0|² of a rule without gradients: nothing but the update itself, in floating point. */
function shrinking(eta: (k: number) => number, lambda: (k: number) => number, steps: number): number {
  return Array.from({ length: steps }, (_, k) => 2 * Math.log1p(-eta(k) * lambda(k))).reduce((a, b) => a + b, 0)
}

describe('closed forms under schedules', () => {
  const schedules: readonly (readonly [string, string, number])[] = [
    ['eta0/(1+k*eta0)', '1/3', 2],
    ['eta0*exp(-k*eta0/2)', '1/2', 2],
    ['eta0*(1+cos(pi*k*eta0/3))/2', '1/2', 2],
    ['eta0*sqrt(1-k*eta0/3)', '1/2', 1],
    ['eta0', '1/(2+k*eta0)', 2],
    ['eta0*min(1,1/2+k*eta0/2)', '1/2', 1],
    ['eta0*min(1,k*eta0)', '1/2', 1],
  ]
  it.each(schedules)('eta = %s, lambda = %s: the damping of every order is as accurate as its law', (eta, lambda, highest) => {
    for (let order = 0; order <= highest; order += 1) {
      const [found] = derive({ title: 't', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule: { name: 'sgd', eta, lambda }, order })
      const solved = found?.laws.solved
      expect(solved?.law.order).toBe(order)
      const [regime] = solved?.regimes ?? []
      expect(regime?.verified).toBe(true)
      const free = regime?.free ?? num(0)
      expect(integrals(free)).toBe(0)
      const error = [40, 80].map((n) => {
        const e = { eta0: 1.5 / n }
        const at = (text: string) => (k: number): number => evaluateNumber(readExpr(text), { ...e, k })
        const exact = shrinking(at(eta), at(lambda), n)
        const unit = at(eta)(0) === 0 ? 1 : at(eta)(0) / e.eta0
        return Math.abs(Math.log(evaluateNumber(free, { ...e, eta: e.eta0 * unit, q_0: 1, t: 1.5 * unit })) - exact)
      })
      expect(Math.log2((error[0] ?? 0) / (error[1] ?? 1))).toBeGreaterThan(order + 0.75)
    }
  })

  it('a jump leaves the law of order 0 only, and the derivation says why', () => {
    const [found] = derive({ title: 't', symmetry: { family: 'scale', on: ['w'] }, rule: { name: 'sgd', eta: 'eta0*(3+sign(300-k))/4' }, order: 1 })
    expect(found?.laws.solved?.law.order).toBe(0)
    expect(found?.derivation.laws.solution.note).toContain('jumps')
    const values = { eta: 0.001, eta0: 0.001, lambda: 0.5, q_0: 1, t: 0.6 }
    const exact = shrinking((k) => (k < 300 ? 0.001 : k === 300 ? 0.00075 : 0.0005), () => 0.5, 600)
    expect(Math.abs(Math.log(evaluateNumber(found?.laws.solved?.regimes[0]?.free ?? num(0), values)) - exact)).toBeLessThan(0.5 * values.eta)
  })

  it('where no solution of the homogeneous law is known, the derivation says that there is no closed form', () => {
    const law: LinearLaw = { charge: sym('q'), factor: num(1), coefficients: ['1', 't', '1+t^2'].map((c) => readExpr(c)), drive: num(0), drives: [] }
    expect(solveLaw(law)).toEqual([])
    const [found] = derive({ title: 't', symmetry: { family: 'scale', on: ['w'] }, rule: { update: { theta: 'theta - eta*k*g' } }, order: 1 })
    expect(found?.derivation.laws.solution.text).toBe('')
    expect(found?.derivation.laws.missing?.solution).toContain('no law of the flow')
  })
})

/** Classical Runge–Kutta for a₂q̈ + a₁q̇ + a₀q = drive. */
function runge(law: LinearLaw, [q0, p0]: readonly [number, number], until: number): number {
  const rate = (t: number, q: number, p: number): readonly [number, number] => {
    const [a0 = 0, a1 = 0, a2 = 1, drive = 0] = [...law.coefficients, law.drive].map((c) => evaluateNumber(c, { t }))
    return [p, (drive - a0 * q - a1 * p) / a2]
  }
  const n = 400
  const h = until / n
  let [q, p] = [q0, p0]
  for (let k = 0; k < n; k += 1) {
    const [a, b] = rate(k * h, q, p)
    const [c, d] = rate((k + 0.5) * h, q + (h / 2) * a, p + (h / 2) * b)
    const [e, f] = rate((k + 0.5) * h, q + (h / 2) * c, p + (h / 2) * d)
    const [g, i] = rate((k + 1) * h, q + h * e, p + h * f)
    q += (h / 6) * (a + 2 * c + 2 * e + g)
    p += (h / 6) * (b + 2 * d + 2 * f + i)
  }
  return q
}

const timed = (coefficients: readonly string[], drive: string): LinearLaw => ({ charge: sym('q'), factor: num(1), coefficients: coefficients.map((c) => readExpr(c)), drive: readExpr(drive), drives: [] })

describe('laws of second order with schedules', () => {
  const reducible: readonly (readonly [readonly string[], string])[] = [
    [['0', '1+t', '1/2'], 'cos(t)'],
    [['-1', '1+t', '1'], 'exp(-t)'],
    [['1', '1+t', '1'], '0'],
  ]
  it.each(reducible)('reduce where a solution is known: %s', (coefficients, drive) => {
    const law = timed(coefficients, drive)
    const [regime] = solveLaw(law)
    expect(regime?.verified).toBe(true)
    expect(evaluateNumber(regime?.solution ?? num(0), { t: 1.2, q_0: 1.3, dq_0: -0.4 })).toBeCloseTo(runge(law, [1.3, -0.4], 1.2), 6)
  })

  it('are integrated to second order in the step where none is', () => {
    const law = timed(['1', 't', '1+t^2'], 'cos(t)')
    const exact = runge(law, [1, 0.5], 2)
    const error = [50, 100].map((n) => {
      const drive = Float64Array.from({ length: n + 1 }, (_, k) => Math.cos(((k + 0.5) * 2) / n))
      const path = solveInTime(law, (k) => ({ t: ((k + 0.5) * 2) / n }), 2 / n, () => [1, 0.5], [{ series: { members: 1, steps: n + 1, values: drive }, shape: 'constant' }], 1, n + 1)
      return Math.abs((path[n] ?? 0) - exact)
    })
    expect(error[1]).toBeLessThan(1e-3)
    expect(Math.log2((error[0] ?? 0) / (error[1] ?? 1))).toBeCloseTo(2, 0)
  })

  it('a drive with a schedule is taken at the time of the impulse', () => {
    const law = timed(['1', '2', '1'], 'exp(-t)*t')
    const [regime] = solveLaw(law)
    expect(evaluateNumber(regime?.solution ?? num(0), { t: 1.1, q_0: 1, dq_0: 0 })).toBeCloseTo(runge(law, [1, 0], 1.1), 8)
    expect(evaluateNumber(substitute(regime?.solution ?? num(0), { t: num(0) }), { q_0: 1, dq_0: 0 })).toBe(1)
  })
})

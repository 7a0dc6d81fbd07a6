import { describe, expect, it } from 'vitest'
import { derivativeOf, sym } from '../../src/algebra/build.js'
import { substitute } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import type { Expr } from '../../src/algebra/expr.js'
import { readExpr } from '../../src/algebra/read.js'
import { vectorText } from '../../src/jets/notation.js'
import { GRADIENT, GRADIENT_ATOM, coefficientOf, gradientForm } from '../../src/jets/vector.js'
import { fieldToOrder } from '../../src/laws/engine.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { sumSeries } from '../../src/rules/series.js'

const HESSIAN = [[2, 0.5], [0.5, 0.7]] as const
const times = (x: readonly number[]): number[] => HESSIAN.map((row) => row.reduce((sum, h, i) => sum + h * (x[i] ?? 0), 0))
const START = [1, -0.8]
const [CURVED] = gradientForm(GRADIENT).terms

const heavyBall = (a: number): RuleStatement => ({ name: 'momentum', beta: `1 - (k+1)^(-${a})`, lambda: 0 })
const conditionsOf = (rule: RuleStatement): readonly string[] => {
  const found = modifiedField(readRule(rule), 1)
  if (!found.ok) throw new Error(found.reason)
  return found.value.conditions
}

/** θ after `steps` steps of heavy ball on the quadratic. */
function heavyBallRun(a: number, eta: number, steps: number): readonly number[] {
  let [theta, v] = [START, [0, 0]]
  for (let k = 0; k < steps; k += 1) {
    const g = times(theta)
    v = v.map((x, i) => (1 - (k + 1) ** -a) * x + (g[i] ?? 0))
    theta = theta.map((x, i) => x - eta * (v[i] ?? 0))
  }
  return theta
}

/** dθ/dt of the derived field at t = kη, with the schedule's values put in. */
function fieldOf(a: number, eta: number, order: number): (k: number, theta: readonly number[]) => number[] {
  const found = modifiedField(readRule(heavyBall(a)), order)
  if (!found.ok || CURVED === undefined) throw new Error('no field')
  const field = fieldToOrder(found.value, order)
  const [ofGradient, ofCurvature] = [GRADIENT_ATOM, CURVED.atom].map((atom) => coefficientOf(field, atom))
  const rate = derivativeOf(sym('beta'), 't')
  return (k, theta) => {
    const at = (e: Expr | undefined): number => (e === undefined ? Number.NaN : evaluateNumber(substitute(e, new Map([[rate, sym('rate')]])), { eta, beta: 1 - (k + 1) ** -a, rate: (a * (k + 1) ** (-a - 1)) / eta }))
    const [c, d, g] = [at(ofGradient), at(ofCurvature), times(theta)]
    return times(g).map((hg, i) => c * (g[i] ?? 0) + d * hg)
  }
}

/** The flow from the start, by Runge–Kutta of order four in √k. */
function flowOf(field: ReturnType<typeof fieldOf>, eta: number, steps: number): readonly number[] {
  const parts = 400
  let [theta, k] = [START, 0]
  for (let s = 1; s <= parts; s += 1) {
    const h = steps * (s / parts) ** 2 - k
    const at = (fraction: number, slope: readonly number[]): number[] => field(k + fraction * h, theta.map((x, i) => x + fraction * h * eta * (slope[i] ?? 0)))
    const first = at(0, [])
    const second = at(1 / 2, first)
    const third = at(1 / 2, second)
    const fourth = at(1, third)
    theta = theta.map((x, i) => x + ((h * eta) / 6) * ((first[i] ?? 0) + 2 * (second[i] ?? 0) + 2 * (third[i] ?? 0) + (fourth[i] ?? 0)))
    k += h
  }
  return theta
}

describe('a memory that gets longer from step to step', () => {
  // θ moves in k ~ η^(−1/(1+a)) steps, of which v remembers k^a: the ratio of the two is η^((1−a)/(1+a)).
  it.each([[1 / 2, 0], [3 / 4, 0], [1 / 2, 1], [3 / 4, 1]])('1 - k^(-%f): the flow of order %i misses by the power order + 1 of the ratio of memory to motion', (a, order) => {
    const missed = (eta: number): number => {
      const steps = Math.round(eta ** (-1 / (1 + a)))
      const [theta, flow] = [heavyBallRun(a, eta, steps), flowOf(fieldOf(a, eta, order), eta, steps)]
      return Math.hypot(...theta.map((x, i) => x - (flow[i] ?? 0)))
    }
    const observed = Math.log10(missed(1e-5) / missed(1e-6)) / ((1 - a) / (1 + a))
    expect(Math.abs(observed - (order + 1))).toBeLessThan(0.2)
  })

  it('is told as a condition of the flow, and a memory that stays bounded is not', () => {
    expect(conditionsOf(heavyBall(1 / 2))).toContainEqual(expect.stringContaining('the steps that v remembers grow'))
    expect(conditionsOf({ name: 'momentum', beta: '1 - 1/log(k+3)' })).toContainEqual(expect.stringContaining('the steps that v remembers grow'))
    expect(conditionsOf({ name: 'momentum', beta: '9/10 - 1/(k+2)' })).not.toContainEqual(expect.stringContaining('grow'))
  })

  it('that grows as fast as k makes the state a mean over all steps, which moves along with theta', () => {
    for (const rho of ['1 - 1/(k+1)', 'k/(k+2)']) {
      const found = modifiedField(readRule({ name: 'rmsprop', rho }), 0)
      expect(found.ok && [...found.value.fields.keys()]).toEqual(['theta', 's'])
    }
  })

  it('that grows faster, or beside a bias correction, has no flow', () => {
    for (const rule of [{ name: 'adam', beta2: '1 - 1/(k+1)' }, { name: 'adam', beta2: '1 - 1/(k+1)^2' }])
      for (const found of [modifiedField(readRule(rule), 0), modifiedFlow(readRule(rule), 0)]) expect(found).toMatchObject({ ok: false, reason: expect.stringContaining('grows as fast as the step number') })
  })
})

describe('a memory that grows in steps', () => {
  it('is told to grow as one that grows smoothly', () => {
    const growing = (beta: string): readonly string[] => conditionsOf({ name: 'momentum', beta, lambda: 0 }).filter((c) => c.includes('grow'))
    expect(growing('1 - (1 + floor(k/10))^(-1/2)')).toHaveLength(1)
    expect(growing('1 - (1 + k/10)^(-1/2)')).toHaveLength(1)
    expect(growing('1 - 1/(2 + mod(k, 10))')).toHaveLength(0)
  })
})

describe('a memory that gets longer only as the learning rate falls', () => {
  const statement: RuleStatement = { state: { s: 'theta' }, eta: 'eta_0/(1 + k/K)', update: { s: 's + eta*(rho*g - kappa*s)', theta: 'theta - eta*g - eta*mu*(theta - s)' } }
  const [h, rho, kappa, mu] = [1.3, 0.4, 0.3, 0.7]

  /** The rates of θ and s on f = hθ²/2 at a time, with σ(t) = 1/(1 + t). */
  function ratesOf(eta: number, order: number): (t: number, at: readonly number[]) => number[] {
    const found = modifiedField(readRule(statement), order)
    if (!found.ok) throw new Error(found.reason)
    const fields = [...found.value.fields.values()].map((series) => readExpr(vectorText(sumSeries(series.slice(0, order + 1))).replaceAll('H(', 'h*(').replaceAll('diff(sigma,t)', 'rate')))
    return (t, [theta = 0, s = 0]) => fields.map((e) => evaluateNumber(e, { theta, s, g: h * theta, h, rho, kappa, mu, eta, sigma: 1 / (1 + t), rate: -1 / (1 + t) ** 2 }))
  }

  const missed = (eta: number, order: number): number => {
    const [until, parts] = [2, 200]
    let [theta, s] = [1, -0.5]
    for (let k = 0; k < Math.round(until / eta); k += 1) {
      const rate = eta / (1 + k * eta)
      const old = s
      s += rate * (rho * h * theta - kappa * old)
      theta -= rate * (h * theta + mu * (theta - s))
    }
    const rates = ratesOf(eta, order)
    const l = until / parts
    let at = [1, -0.5]
    for (let i = 0; i < parts; i += 1) {
      const from = (c: number, slope: readonly number[]): number[] => rates((i + c) * l, at.map((x, j) => x + c * l * (slope[j] ?? 0)))
      const [k1, k2] = [from(0, []), from(1 / 2, from(0, []))]
      const k3 = from(1 / 2, k2)
      const k4 = from(1, k3)
      at = at.map((x, j) => x + (l / 6) * ((k1[j] ?? 0) + 2 * (k2[j] ?? 0) + 2 * (k3[j] ?? 0) + (k4[j] ?? 0)))
    }
    return Math.hypot(theta - (at[0] ?? 0), s - (at[1] ?? 0))
  }

  it.each([0, 1])('moves as slowly as theta: the flow of order %i misses by the power order + 1 of the learning rate', (order) => {
    expect(Math.log2(missed(1 / 200, order) / missed(1 / 400, order))).toBeCloseTo(order + 1, 1)
  })
})

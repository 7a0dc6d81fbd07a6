import { describe, expect, it } from 'vitest'
import { vectorText } from '../../src/jets/notation.js'
import { summedByPowersOfEta } from '../../src/jets/simplify.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'

const accumulating = (theta: string, s = 's + g^2', more: Partial<RuleStatement> = {}): RuleStatement => ({ state: { s: '1' }, update: { s, theta }, ...more })
const ADAGRAD = accumulating('theta - eta*g/sqrt(s)')
const WITH_EPSILON = accumulating('theta - eta*g/(sqrt(s) + eps)')
const WITH_MOMENTUM = { state: { s: '1', v: '0' }, update: { v: 'beta*v + g', s: 's + g^2', theta: 'theta - eta*v/sqrt(s)' } }

const fieldOf = (statement: RuleStatement, order: number) => {
  const found = modifiedField(readRule(statement), order)
  if (!found.ok) throw new Error(found.reason)
  const { fields, scaling, clock, kinks } = found.value
  const powers = scaling?.states.map(({ state, power }) => `${state} ${power.num}/${power.den}`)
  return { texts: Object.fromEntries([...fields].map(([name, x]) => [name, vectorText(summedByPowersOfEta(x))])), powers, clock, unit: scaling?.unit, kinks }
}

describe('a state that accumulates is kept in the flow, in units that balance it against theta', () => {
  it.each([
    ['the sum of squares of AdaGrad', ADAGRAD, ['s 2/1'], 'k*eta^2', 2],
    ['one to which a number is added before it divides', WITH_EPSILON, ['s 2/1'], 'k*eta^2', 1],
    ['the sum of squares of norms', accumulating('theta - eta*g/sqrt(s)', 's + norm2(g)'), ['s 2/1'], 'k*eta^2', 2],
    ['a sum that feeds on itself', accumulating('theta - eta*g/s', 's + g^2/s'), ['s 1/1'], 'k*eta^2', 2],
    ['a root of a higher power', accumulating('theta - eta*g/s^(2/3)'), ['s 3/1'], 'k*eta^3', 3],
    ['a sum under a root within a function that vanishes with its argument', accumulating('theta - eta*tanh(g/sqrt(s))'), ['s 2/1'], 'k*eta^2', 1],
    ['beside a momentum of gradients, which keeps its size', WITH_MOMENTUM, ['s 2/1'], 'k*eta^2', 2],
    ['beside a momentum of steps, which shrinks as they do', { state: { s: '1', v: '0' }, update: { s: 's + g^2', v: 'beta*v + g/sqrt(s)', theta: 'theta - eta*v' } }, ['s 2/1', 'v -1/1'], 'k*eta^2', 2],
  ] as const)('%s', (_, statement, powers, clock, unit) => {
    expect(fieldOf(statement, 0)).toMatchObject({ powers, clock, unit, kinks: [] })
  })

  it('the flow of AdaGrad to second order', () => {
    expect(fieldOf(ADAGRAD, 2).texts).toEqual({
      theta: 'eta^2*g^3/(4*s_eta^(3/2)) - g/sqrt(s_eta) - eta^2*H(g/sqrt(s_eta))/(2*sqrt(s_eta))',
      s_eta: 'g^2 + eta^2*H(g/sqrt(s_eta))*g',
    })
  })

  it('a number beside the root counts one power of eta earlier', () => {
    expect(fieldOf(WITH_EPSILON, 1).texts).toEqual({ theta: 'eps*eta*g/s_eta - g/sqrt(s_eta)', s_eta: 'g^2' })
  })

  it('theta alone has no equation of motion', () => {
    expect(modifiedFlow(readRule(ADAGRAD), 1)).toMatchObject({ ok: false, reason: expect.stringContaining('kept in the flow') as string })
  })

  it('one that never reaches theta is left aside', () => {
    const { texts } = fieldOf({ state: { s: '1', z: '0' }, update: { s: 's + g^2', z: 'z + abs(g)', theta: 'theta - eta*g/sqrt(s)' } }, 0)
    expect(Object.keys(texts)).toEqual(['theta', 's_eta'])
  })

  it.each([
    ['steps that add up as a logarithm', accumulating('theta - eta*g/s', 's + abs(g)'), 'no power of eta balances'],
    ['a state that leaks, and settles before theta moves', accumulating('theta - eta*g/sqrt(s)', '(1 - eta*c)*s + g^2'), 'no power of eta balances'],
    ['a time in a root of eta', accumulating('theta - eta*g/s^(1/3)'), 'roots of eta are not derived'],
    ['roots of eta in the units that balance', accumulating('(1 - eta*lambda)*theta - eta*g/sqrt(s)'), 'in the units that balance it against theta roots of eta are left'],
    ['a step that is an equation', accumulating('theta - eta*g(theta_next)/sqrt(s)', 's + g(theta_next)^2'), 'the step is an equation'],
    ['a schedule', accumulating('theta - eta*c*g/sqrt(s)', 's + g^2', { c: '1/sqrt(1 + k/1000)' }), 'changes with the step number'],
  ])('refused with the reason: %s', (_, statement, reason) => {
    expect(modifiedField(readRule(statement), 1)).toMatchObject({ ok: false, reason: expect.stringContaining(reason) as string })
  })
})

type Pair = readonly [number, number]
const pairs = (f: (i: 0 | 1) => number): Pair => [f(0), f(1)]

/** f = x²/2 + x²y²/4 + y⁴/8 + 3x/10 − y/5. */
const gradient = ([x, y]: Pair): Pair => [x + (x * y * y) / 2 + 0.3, (x * x * y) / 2 + y ** 3 / 2 - 0.2]
const hessian = ([x, y]: Pair, [a, b]: Pair): Pair => [(1 + (y * y) / 2) * a + x * y * b, x * y * a + ((x * x) / 2 + (3 * y * y) / 2) * b]

interface Point {
  readonly theta: Pair
  readonly s: Pair
}
type Rate = (at: Point, eta: number) => Point

/** The printed flow of AdaGrad, term by term. */
const adagrad = (order: 0 | 2): Rate => ({ theta, s }, eta) => {
  const g = gradient(theta)
  const [along, second] = [pairs((i) => g[i] / Math.sqrt(s[i])), order === 2 ? eta ** 2 : 0]
  const curved = hessian(theta, along)
  return { theta: pairs((i) => second * g[i] ** 3 / (4 * s[i] ** 1.5) - along[i] - (second * curved[i]) / (2 * Math.sqrt(s[i]))), s: pairs((i) => g[i] ** 2 + second * curved[i] * g[i]) }
}
const EPSILON = 0.4
const withEpsilon = (order: 0 | 1): Rate => ({ theta, s }, eta) => {
  const g = gradient(theta)
  return { theta: pairs((i) => (order * EPSILON * eta * g[i]) / s[i] - g[i] / Math.sqrt(s[i])), s: pairs((i) => g[i] ** 2) }
}

const START: Point = { theta: [0.9, -0.7], s: [0.5, 0.8] }
const TIME = 0.5

/** θ at the end of the flow, by the classical Runge–Kutta method. */
function alongFlow(rate: Rate, eta: number, steps = 400): Pair {
  let now = START
  const h = TIME / steps
  const moved = (by: Point, c: number): Point => ({ theta: pairs((i) => now.theta[i] + c * by.theta[i]), s: pairs((i) => now.s[i] + c * by.s[i]) })
  for (let n = 0; n < steps; n += 1) {
    const k1 = rate(now, eta)
    const k2 = rate(moved(k1, h / 2), eta)
    const k3 = rate(moved(k2, h / 2), eta)
    const k4 = rate(moved(k3, h), eta)
    const sum = (part: keyof Point): Pair => pairs((i) => now[part][i] + (h / 6) * (k1[part][i] + 2 * k2[part][i] + 2 * k3[part][i] + k4[part][i]))
    now = { theta: sum('theta'), s: sum('s') }
  }
  return now.theta
}

/** θ at the same time by the rule itself, from s = s_eta/η². */
function alongRule(eta: number, epsilon: number): Pair {
  let [theta, s] = [START.theta, pairs((i) => START.s[i] / eta ** 2)]
  for (let k = 0; k < Math.round(TIME / eta ** 2); k += 1) {
    const [at, before, g] = [theta, s, gradient(theta)]
    s = pairs((i) => before[i] + g[i] ** 2)
    const after = s
    theta = pairs((i) => at[i] - (eta * g[i]) / (Math.sqrt(after[i]) + epsilon))
  }
  return theta
}

const observed = (rate: Rate, epsilon: number): number => {
  const [coarse = 0, fine = 1] = [2 ** -4, 2 ** -5].map((eta) => {
    const [a, b] = [alongFlow(rate, eta), alongRule(eta, epsilon)]
    return Math.hypot(a[0] - b[0], a[1] - b[1])
  })
  return Math.log2(coarse / fine)
}

describe('the flow that keeps the sum of squares, integrated by plain loops, against the rule over the same time k*eta^2', () => {
  it('comes closer by the second power of eta at order 0, by the fourth at order 2', () => {
    expect(observed(adagrad(0), 0)).toBeCloseTo(2, 1)
    expect(observed(adagrad(2), 0)).toBeCloseTo(4, 1)
  })

  it('with a number beside the root by the first power and the second', () => {
    expect(observed(withEpsilon(0), EPSILON)).toBeCloseTo(1, 1)
    expect(observed(withEpsilon(1), EPSILON)).toBeCloseTo(2, 1)
  })
})

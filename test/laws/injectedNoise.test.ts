import { describe, expect, it } from 'vitest'
import { type Derivation, type LawStatement, derive } from '../../src/laws/index.js'
import { gradientFormOf, scaleInvariant } from '../jets/support/losses.js'
import { type Setting, scalarOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

type Row = readonly number[]

/** Three components with a scale symmetry and two others. */
const gradient = (theta: Row): Row => gradientFormOf(scaleInvariant({ from: 0, to: 3 }, 11), theta)([])
const MASKS = { w: [true, true, true, false, false], a: [false, false, false, true, true] }
const [THETA, V]: readonly Row[] = [[0.9, 1.4, 0.6, 1.2, 0.8], [0.3, -0.2, 0.5, 0.1, -0.7]]
const NUMBERS = { eta: 0.07, lambda: 0.3, T: 0.4, sigma: 0.25, tau: 0.6, beta: 0.8, gamma: 0.9, c: 0.5, epsilon: 0.3, d: 3, m: 2 }

const derived = (rule: LawStatement['rule'], symmetry: LawStatement['symmetry'] = { family: 'scale', on: ['w'] }, parameters: LawStatement['parameters'] = { w: ['d'], a: ['m'] }): Derivation => {
  const [found] = derive({ title: '', symmetry, rule, order: 1, parameters })
  if (found === undefined) throw new Error('one law')
  return found.derivation
}
const implied = ({ laws }: Derivation, name: string): readonly string[] => (laws.solution.implications ?? []).filter((x) => x.name === name && x.verified.passed).map((x) => x.text)
const MEAN = 'mean after one step over injected noise'
const STEADY = 'steady state of the mean over injected noise'

const at = (theta: Row, vectors: Readonly<Record<string, Row>>, numbers: Readonly<Record<string, number>> = NUMBERS): Setting<number> =>
  ({ ring: DOUBLES, scalars: numbers, vectors: { theta, ...vectors }, masks: MASKS, maps: {}, gradientForm: () => gradient(theta) })

/** All vectors of signs: their mean is zero and their covariance the identity, so over them what is quadratic has its mean over normal noise. */
const SIGNS: readonly Row[] = Array.from({ length: 32 }, (_, bits) => Array.from({ length: 5 }, (_, i) => ((bits >> i) & 1 ? 1 : -1)))
const zip = (by: (...x: readonly number[]) => number, ...rows: readonly Row[]): Row => Array.from({ length: 5 }, (_, i) => by(...rows.map((row) => row[i] ?? Number.NaN)))
const norm = (x: Row): number => Math.sqrt(x.reduce((s, a) => s + a * a, 0))

/** Rules with the same step written down again in numbers: the new θ and v. */
interface Case {
  readonly name: string
  readonly rule: LawStatement['rule']
  readonly step: (x: Row, v: Row, g: Row, xi: Row, other: Row) => readonly [Row, Row]
}
const { eta, lambda, T, sigma, tau, beta, gamma, c, epsilon } = NUMBERS
const CASES: readonly Case[] = [
  { name: 'Langevin dynamics', rule: { update: { theta: 'theta - eta*(g + lambda*theta) + sqrt(2*eta*T)*xi' } }, step: (x, v, g, xi) => [zip((a, b, n) => a - eta * (b + lambda * a) + Math.sqrt(2 * eta * T) * n, x, g, xi), v] },
  { name: 'noise of two sizes and two draws', rule: { update: { theta: 'theta - eta*g + sigma*P_w(xi1) + sqrt(eta)*tau*xi2' } }, step: (x, v, g, xi, other) => [zip((a, b, n, o, w) => a - eta * b + sigma * w * n + Math.sqrt(eta) * tau * o, x, g, xi, other, [1, 1, 1, 0, 0]), v] },
  { name: 'momentum with noise', rule: { state: { v: '0' }, update: { v: 'beta*v - eta*(g + lambda*theta) + sqrt(2*(1-beta)*eta*T)*xi', theta: 'theta + v' } }, step(x, v, g, xi) {
    const next = zip((a, b, n, u) => beta * u - eta * (b + lambda * a) + Math.sqrt(2 * (1 - beta) * eta * T) * n, x, g, xi, v)
    return [zip((a, u) => a + u, x, next), next]
  } },
  { name: 'underdamped Langevin dynamics', rule: { state: { v: '0' }, update: { v: '(1 - eta*gamma)*v - eta*g + sqrt(2*gamma*T*eta)*xi', theta: 'theta + eta*v' } }, step(x, v, g, xi) {
    const next = zip((b, n, u) => (1 - eta * gamma) * u - eta * b + Math.sqrt(2 * gamma * T * eta) * n, g, xi, v)
    return [zip((a, u) => a + eta * u, x, next), next]
  } },
  { name: 'clipped descent with noise', rule: { update: { theta: 'theta - eta*(min(1, c/sqrt(norm2(g)))*g + sigma*xi)' } }, step: (x, v, g, xi) => [zip((a, b, n) => a - eta * (Math.min(1, c / norm(g)) * b + sigma * n), x, g, xi), v] },
  { name: 'noise that grows with the gradient', rule: { update: { theta: 'theta - eta*g + sigma*sqrt(norm2(g))*xi' } }, step: (x, v, g, xi) => [zip((a, b, n) => a - eta * b + sigma * norm(g) * n, x, g, xi), v] },
  { name: 'noise of a size for each component', rule: { update: { theta: 'theta - eta*g + sqrt(2*eta*T)*xi/sqrt(abs(g) + epsilon)' } }, step: (x, v, g, xi) => [zip((a, b, n) => a - eta * b + (Math.sqrt(2 * eta * T) * n) / Math.sqrt(Math.abs(b) + epsilon), x, g, xi), v] },
]

const sidesOf = (equation: string): readonly [string, string] => {
  const [left, right] = equation.split(' = ')
  if (left === undefined || right === undefined) throw new Error(`no equation: ${equation}`)
  return [left, right]
}

describe('the exact law of the mean under injected noise', () => {
  it.each(CASES)('$name: every printed row is what all signs of the noise give on average', ({ rule, step }) => {
    const rows = implied(derived(rule), MEAN)
    expect(rows).toHaveLength(rule.state === undefined ? 1 : 3)
    const [theta = [], v = []] = [THETA, V]
    for (const [left, right] of rows.map(sidesOf)) {
      const after = SIGNS.flatMap((xi) => (rule.update?.['theta']?.includes('xi2') === true ? SIGNS : [xi]).map((other) => {
        const [x, u] = step(theta, v, gradient(theta), xi, other)
        return scalarOfText(left, at(theta, { theta_next: x, v_next: u, v }))
      }))
      const mean = after.reduce((sum, y) => sum + y, 0) / after.length
      expect(scalarOfText(right, at(theta, { v }))).toBeCloseTo(mean, 12)
    }
  })

  it('holds |w|² where the Ornstein–Uhlenbeck process in steps has it: d·2T/(h(2 − ηh)) for a force −hθ, d·T/h for the flow', () => {
    const law = derived({ update: { theta: 'theta - eta*(g + lambda*theta) + sqrt(2*eta*T)*xi' } })
    const [, steady] = sidesOf(implied(law, STEADY)[0] ?? '')
    let variance = 0
    for (let k = 0; k < 5000; k += 1) variance = (1 - eta * lambda) ** 2 * variance + 2 * eta * T
    const still: Setting<number> = { ...at(THETA ?? [], {}), gradientForm: () => [0, 0, 0, 0, 0] }
    expect(scalarOfText(steady, still)).toBeCloseTo(3 * variance, 10)
    expect(3 * variance).toBeCloseTo((3 * 2 * T) / (lambda * (2 - eta * lambda)), 10)
    expect(law.laws.solution.steadyState?.text).toBe('T*d/lambda')
    expect(law.laws.solution.text).toBe('T*d/lambda - (T*d/lambda - q_0)*exp(-2*lambda*t)')
  })

  it('names matrices of noise twice where the law is one of matrices', () => {
    const law = derived({ update: { theta: 'theta - eta*g + sqrt(2*eta*T)*xi' } }, { family: 'linear', in: ['U'], out: ['V'] }, { U: ['h', 'd'], V: ['m', 'h'] })
    expect(law.laws.flow[0]?.equation.text).toBe('diff(q,t) = 2*T*(xi_U*transpose(xi_U) - transpose(xi_V)*xi_V)')
  })
})

describe('the law of the mean along the flow', () => {
  it.each(CASES.filter(({ rule }) => rule.state === undefined && rule.update?.['theta']?.includes('sqrt(2*eta') === true))('$name: it is the exact law of the mean as eta vanishes', ({ rule }) => {
    const { laws, rule: told } = derived(rule)
    const [flow, ...others] = laws.flow
    expect([flow?.order, others]).toEqual([0, []])
    const [, mean] = sidesOf(implied(derived(rule), MEAN)[0] ?? '')
    const small = { ...NUMBERS, eta: 1e-7 }
    const q = scalarOfText(flow?.charge.text ?? '', at(THETA ?? [], {}))
    const rate = (scalarOfText(mean, at(THETA ?? [], {}, small)) - q) / 1e-7
    const [left, right] = sidesOf(flow?.equation.text ?? '')
    const decay = scalarOfText(left.replace('diff(q,t)', '0*q').replaceAll('q', `(${q})`), at(THETA ?? [], {}))
    expect(scalarOfText(right, at(THETA ?? [], {})) - decay).toBeCloseTo(rate, 5)
    expect(told.conditions?.join()).toMatch(/those of the rule without noise/)
  })

  it('keeps the order that its noise leaves: Itô’s term of noise of the size of a gradient’s stands beside the first order', () => {
    const { laws } = derived({ update: { theta: 'theta - eta*(g + sigma*xi)' } })
    expect(laws.flow.map((f) => [f.model, f.order, f.equation.text])).toEqual([
      ['modified vector field', 0, 'diff(q,t) = 0'],
      ['modified vector field', 1, 'diff(q,t) = eta*norm2(g_w) + d*eta*sigma^2'],
    ])
    expect(implied(derived({ update: { theta: 'theta - eta*(g + sigma*xi)' } }), 'law of the mean under minibatch noise')).toEqual(['diff(q,t) = eta*norm2(g_w) + eta*norm2(noise_w) + d*eta*sigma^2'])
  })

  it('is of second order in time, as without noise, where the noise comes by a velocity', () => {
    const { laws, rule } = derived({ state: { v: '0' }, update: { v: '(1 - eta*gamma)*v - eta*(g + lambda*theta) + sqrt(2*gamma*T*eta)*xi', theta: 'theta + eta*v' } })
    expect(laws.flow.at(-1)?.equation.text).toBe('diff(q,t,2) + gamma*diff(q,t) + 2*lambda*q = 2*norm2(dtheta_w)')
    expect(rule.flows.find((f) => f.model.endsWith('with noise'))?.equation.text).toBe('dv = sqrt(2)*sqrt(T*gamma)*xi - g - gamma*v - lambda*theta')
  })

  it('spreads a sum of parameters, and no charge of a velocity', () => {
    const law = derived({ update: { theta: 'theta - eta*(g + lambda*theta) + sqrt(2*eta*T)*xi' } }, { family: 'translation', on: ['w'] })
    expect(implied(law, 'law of the variance under injected noise')).toEqual(['diff(V,t) + 2*V*lambda = 2*T*d'])
  })

  it.each([
    ['theta - eta*g + sigma*xi', /moves theta by a finite amount in one step/],
    ['theta - eta*g(theta + sigma*xi)', /in another way than added/],
    ['theta - eta*g + sqrt(eta)*sin(xi)', /in another way than added/],
    ['theta - eta*g + eta^(1/3)*xi', /no expansion in powers of eta/],
  ])('is refused for %s, with the reason', (theta, reason) => {
    const { rule, laws } = derived({ update: { theta } })
    expect(rule.withoutFlow?.[0]?.reason).toMatch(reason)
    expect([laws.flow, laws.discrete?.drives.length !== 0]).toEqual([[], true])
  })

  it('is refused for a symmetry of time', () => {
    expect(() => derived({ update: { theta: 'theta - eta*g + sqrt(2*eta*T)*xi' } }, { family: 'time' })).toThrow(/injected noise does not stop with the motion/)
  })
})

describe('the charge budget', () => {
  it('has injected noise for a mechanism, its square included', () => {
    const budget = derived({ update: { theta: 'theta - eta*(g + lambda*theta) + sigma*xi' } }).laws.budget ?? []
    expect(budget.map((b) => [b.mechanism, b.statement.text])).toEqual([
      ['weight decay', '-2*eta*lambda*norm2(theta_w)'],
      ['finite step', 'eta^2*norm2(g_w) + eta^2*lambda^2*norm2(theta_w)'],
      ['injected noise', '2*sigma*(1 - eta*lambda)*dot(theta_w, xi_w) - 2*eta*sigma*dot(g_w, xi_w) + sigma^2*norm2(xi_w)'],
    ])
  })
})

describe('the name xi', () => {
  it('is that of a state or a number where these have it', () => {
    expect(derived({ state: { xi: '0' }, update: { xi: 'beta*xi + g', theta: 'theta - eta*xi' } }).rule.notation).toBeUndefined()
    expect(derived({ update: { theta: 'theta - eta*g*xi' }, xi: 'b' }).rule.notation).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { toText } from '../../src/algebra/print.js'
import { type DerivedLaw, derive } from '../../src/laws/derive.js'
import type { RuleStatement } from '../../src/rules/rule.js'
import { type Loss, gradientFormOf } from '../jets/support/losses.js'
import { type Setting, scalarOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

type Row = readonly number[]

const W = 3
const C: Row = [0.7, -0.4, 1.1]
const D: Row = [0.6, 0.9]
const dot = (x: Row, y: Row): number => x.reduce((sum, e, i) => sum + e * (y[i] ?? 0), 0)
const split = (theta: Row): readonly [Row, Row] => [theta.slice(0, W), theta.slice(W)]

/**
 * The gradient of sin(|w|² + |a|²) + (1 + |w|² + |a|²)(c·w)²/|w|² + (d·a)²/|a|², whose loss does not change along (|a|²w, −|w|²a): the directions of both and the sum
 * of the squares stay.
 */
function gradient(theta: Row): Row {
  const [w, a] = split(theta)
  const [ww, aa, cw, da] = [dot(w, w), dot(a, a), dot(C, w), dot(D, a)]
  const common = 2 * (Math.cos(ww + aa) + (cw * cw) / ww)
  return [
    ...w.map((e, i) => common * e + (1 + ww + aa) * ((2 * cw * (C[i] ?? 0)) / ww - (2 * cw * cw * e) / (ww * ww))),
    ...a.map((e, i) => common * e + (2 * da * (D[i] ?? 0)) / aa - (2 * da * da * e) / (aa * aa)),
  ]
}

const START: Row = [0.8, -0.5, 0.3, 0.7, -0.6]
const LAMBDA = 0.3
const charge = (theta: Row): number => {
  const [w, a] = split(theta)
  return dot(w, w) / dot(a, a)
}

const generator = { w: 'norm2(a)*w', a: '-norm2(w)*a' }
function lawOf(rule: RuleStatement, given: Record<string, string> = generator): DerivedLaw {
  const [found] = derive({ title: 'test', parameters: { w: ['d'], a: ['h'] }, symmetry: { generator: given }, rule, order: 1 })
  if (found === undefined) throw new Error('the generator has a law')
  return found
}

const settingOf = (theta: Row, eta: number, vectors: Readonly<Record<string, Row>> = {}): Setting<number> => ({
  ring: DOUBLES, scalars: { eta, lambda: LAMBDA, beta: 0.6 }, vectors: { theta, ...vectors }, maps: {},
  masks: { w: theta.map((_, i) => i < W), a: theta.map((_, i) => i >= W) }, gradientForm: () => gradient(theta),
})

const plus = (x: Row, c: number, y: Row): Row => x.map((e, i) => e + c * (y[i] ?? 0))
const field = (theta: Row): Row => plus(gradient(theta), LAMBDA, theta).map((e) => -e)

function followed(theta: Row, time: number, steps: number): Row {
  const h = time / steps
  let now = theta
  for (let n = 0; n < steps; n += 1) {
    const k1 = field(now)
    const k2 = field(plus(now, h / 2, k1))
    const k3 = field(plus(now, h / 2, k2))
    const k4 = field(plus(now, h, k3))
    now = now.map((e, i) => e + (h / 6) * ((k1[i] ?? 0) + 2 * (k2[i] ?? 0) + 2 * (k3[i] ?? 0) + (k4[i] ?? 0)))
  }
  return now
}

describe('a generator whose one-form has an integrating factor', () => {
  it('conserves the quotient of the squares along gradient flow, weight decay or not', () => {
    const { derivation } = lawOf({ name: 'sgd' })
    expect(derivation.laws.flow[0]?.charge.text).toBe('norm2(theta_w)/norm2(theta_a)')
    expect(derivation.laws.flow[0]?.equation.text).toBe('diff(q,t) = 0')
    const end = followed(START, 0.5, 4000)
    expect(Math.abs(charge(end) - charge(START))).toBeLessThan(1e-10)
    expect(Math.hypot(...plus(end, -1, START))).toBeGreaterThan(0.3)
  })

  it('is moved by a step of gradient descent as the law of first order says, to second order', () => {
    const { derivation } = lawOf({ name: 'sgd' })
    const [, drive = ''] = /^diff\(q,t\) = (.*)$/.exec(derivation.laws.flow.find((f) => f.order === 1 && f.model === 'modified vector field')?.equation.text ?? '') ?? []
    const defect = (eta: number): number => charge(plus(START, eta, field(START))) - charge(START) - eta * scalarOfText(drive, settingOf(START, eta))
    expect(Math.log2(Math.abs(defect(1e-3) / defect(5e-4)))).toBeCloseTo(3, 1)
  })

  it('has an exact step, and a budget that adds up to it', () => {
    const { derivation } = lawOf({ name: 'momentum' })
    const recursion = derivation.laws.discrete?.recursion.text ?? ''
    let [theta, v]: Row[] = [START, START.map(() => 0)]
    for (let n = 0; n < 20; n += 1) {
      const now = settingOf(theta ?? START, 0.02, { v: v ?? [] })
      const next = plus(plus(gradient(theta ?? START), LAMBDA, theta ?? START), 0.6, v ?? [])
      const moved = plus(theta ?? START, -0.02, next)
      expect(scalarOfText(recursion, now)).toBeCloseTo(charge(moved), 12)
      const change = (derivation.laws.budget ?? []).reduce((sum, { statement }) => sum + scalarOfText(statement.text, now), 0)
      expect(change).toBeCloseTo(charge(moved) - charge(theta ?? START), 12)
      theta = moved
      v = next
    }
  })

  it('takes the rates of the blocks into its exponents, and what decay leaves of it is told as a multiple of it', () => {
    const { derivation } = lawOf({ name: 'sgd', eta: { w: 'eta', a: '3*eta' } })
    const text = derivation.laws.flow.find((f) => f.order === 1 && f.model === 'modified vector field')?.equation.text ?? ''
    const [, drive = ''] = /^diff\(q,t\) - 6\*eta\*lambda\^2\*q = (.*)$/.exec(text) ?? []
    const own = (theta: Row): number => {
      const [w, a] = split(theta)
      return dot(w, w) ** 3 / dot(a, a)
    }
    const rates = START.map((_, i) => (i < W ? 1 : 3))
    const defect = (eta: number): number => {
      const moved = START.map((e, i) => e + eta * (rates[i] ?? 0) * (field(START)[i] ?? 0))
      return own(moved) - own(START) - eta * (6 * eta * LAMBDA ** 2 * own(START) + scalarOfText(drive, settingOf(START, eta)))
    }
    expect(Math.log2(Math.abs(defect(1e-3) / defect(5e-4)))).toBeCloseTo(3, 1)
  })

  it('has a symbol in its exponents where one block alone has a momentum: the steps of the rule move the charge as the law says, to second order', () => {
    const rule: RuleStatement = { state: { v: '1' }, update: { v: 'nu*v + (1 - mu)*v - mu*g', w: 'w + eta*g', a: 'a - eta*v' } }
    const { derivation } = lawOf(rule)
    const law = derivation.laws.flow.find((f) => f.order === 1 && f.model === 'modified vector field')
    expect(law?.charge.text).toBe('norm2(theta_a)^(nu/mu - 1)*norm2(theta_w)')
    const [, drive = ''] = /^diff\(q,t\) = (.*)$/.exec(law?.equation.text ?? '') ?? []
    const [mu, nu] = [0.8, 0.4]
    const setting = (theta: Row, eta: number): Setting<number> => ({ ...settingOf(theta, eta), scalars: { eta, mu, nu }, gradientForm: ([x]) => (x === undefined ? gradient(theta) : bent(theta, x)) })
    /** H x by central differences. */
    const bent = (theta: Row, x: Row): Row => plus(gradient(plus(theta, 1e-5, x)), -1, gradient(plus(theta, -1e-5, x))).map((e) => e / 2e-5)
    const own = (theta: Row): number => scalarOfText(law?.charge.text ?? '', setting(theta, 0))
    const defect = (eta: number): number => {
      let [theta, v]: readonly [Row, Row] = [START, START.map(() => 1)]
      for (let n = 0; n < 0.08 / eta; n += 1) [theta, v] = stepped(theta, v, eta)
      const [next] = stepped(theta, v, eta)
      return own(next) - own(theta) - (eta / 2) * (scalarOfText(drive, setting(theta, eta)) + scalarOfText(drive, setting(next, eta)))
    }
    const stepped = (theta: Row, v: Row, eta: number): readonly [Row, Row] => {
      const g = gradient(theta)
      const after = v.map((e, i) => (nu + 1 - mu) * e - mu * (g[i] ?? 0))
      return [theta.map((e, i) => e + eta * (i < W ? (g[i] ?? 0) : -(after[i] ?? 0))), after]
    }
    expect(Math.log2(Math.abs(defect(5e-4) / defect(2.5e-4)))).toBeCloseTo(3, 1)
  })

  it.each([
    [{ w: 'norm2(a)*w', a: '-3*norm2(w)*a' }, 'norm2(theta_w)/norm2(theta_a)^3', 'diff(q,t) - 4*lambda*q = 0'],
    [{ w: 'norm2(a)*w + w', a: '-norm2(w)*a' }, 'norm2(theta_w)/(1 + norm2(theta_a))', 'diff(q,t) = -2*lambda*norm2(theta_w)/(1 + norm2(theta_a))^2'],
    [{ w: 'norm2(a)*w', a: '-p*norm2(w)*a' }, 'norm2(theta_w)/norm2(theta_a)^p', 'diff(q,t) + 2*lambda*q*(1 - p) = 0'],
  ])('%j has the charge %s, and its step of derivation', (given, expected, equation) => {
    const { derivation } = lawOf({ name: 'sgd' }, given)
    expect([derivation.laws.flow[0]?.charge.text, derivation.laws.flow[0]?.equation.text]).toEqual([expected, equation])
    const step = derivation.steps.find((s) => s.why.includes('integrating factor'))
    expect([step?.after.text, step?.verified.passed]).toEqual([expected, true])
  })
})

describe('blocks that are single numbers', () => {
  /** Invariant along (y*z, -2*x*z, x*y), which leaves 2x² + y² and x² − z² as they are. */
  const loss: Loss = (ring, theta) => {
    const [x, y, z] = [0, 1, 2].map((i) => ring.mul(theta[i] ?? ring.of(0), theta[i] ?? ring.of(0)))
    if (x === undefined || y === undefined || z === undefined) throw new Error('three numbers')
    const [p, q] = [ring.add(ring.add(x, x), y), ring.add(x, ring.mul(ring.of(-1), z))]
    return ring.add(ring.call('sin', [ring.add(p, ring.of(0.3))]), ring.call('sin', [ring.mul(p, q)]))
  }

  it('have laws in their products, each written once: the printed rate is that of the charge along the flow', () => {
    const symmetry = { generator: { x: 'y*z', y: '-2*x*z', z: 'x*y' } }
    const [found] = derive({ title: 'test', parameters: { x: [], y: [], z: [] }, symmetry, rule: { name: 'sgd', lambda: 0 }, order: 1 })
    const law = found?.derivation.laws.flow.find((f) => f.model === 'modified vector field' && f.order === 1)
    expect(law?.charge.text).toBe('dot(one_x, theta)*dot(one_z, theta)/dot(one_y, theta)^2')
    expect(law?.equation.text.match(/trace/g)).toHaveLength(3)
    const [theta, eta] = [[0.7, -0.6, 0.9], 0.2]
    const form = gradientFormOf(loss, theta)
    const g = form([])
    const bent = form([g])
    const rate = g.map((e, i) => -e - (eta / 2) * (bent[i] ?? 0))
    const [[x = 0, y = 0, z = 0], [dx = 0, dy = 0, dz = 0]] = [theta, rate]
    const expected = (dx * z + x * dz) / y ** 2 - (2 * x * z * dy) / y ** 3
    const [, right = ''] = law?.equation.text.split(' = ') ?? []
    const inNumbers = right.replaceAll(/trace\(([^)]*)\)/g, '($1)').replaceAll(/dot\(one_(\w), theta\)/g, '$1')
    const scalars = { eta, x, y, z, g_x: g[0] ?? 0, g_y: g[1] ?? 0, g_z: g[2] ?? 0 }
    expect(scalarOfText(inNumbers, { ring: DOUBLES, scalars, vectors: {}, masks: {}, maps: {}, gradientForm: form })).toBeCloseTo(expected, 10)
  })
})

describe('a number that turns into a vector along another', () => {
  it('keeps the norm of both, so that its angular momentum decays by itself: what vanishes identically is no row of its law', () => {
    const symmetry = { generator: { x: '-dot(u,a)', u: 'x*a', a: '0' } }
    const rule: RuleStatement = { state: { v: '0' }, update: { v: 'beta*v + g + lambda*theta', theta: '(1 - eta*gamma)*theta - eta*v' } }
    const [found] = derive({ title: 'test', parameters: { x: [], u: ['d'], a: ['d'] }, symmetry, rule, order: 0 })
    expect(found?.derivation.symmetry.generator.text).toBe('x: -transpose(u)*a; u: a*x')
    const { discrete } = found?.derivation.laws ?? {}
    // The product of theta and the generator, by which decay would move the charge, is zero.
    expect(discrete?.closure).toHaveLength(1)
    const [row] = found?.laws.discrete?.rows ?? []
    expect(row?.coefficients.map(toText)).toEqual(['beta*(1 - eta*gamma)^2'])
    expect(found?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
  })
})


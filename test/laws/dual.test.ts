import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { compileRule } from '../../src/training/program.js'
import { programOf, readRule } from '../../src/rules/rule.js'
import { type LawStatement, derive } from '../../src/laws/index.js'

const law = (symmetry: LawStatement['symmetry'], h: string, more: Readonly<Record<string, unknown>> = {}, order = 1) => {
  const [found] = derive({ title: '', parameters: { w: ['d'], a: ['d'] }, symmetry, rule: { name: 'mirror', h, ...more }, order })
  if (found === undefined) throw new Error('no law')
  return found.derivation
}
const TRANSLATION = { family: 'translation', on: ['w'] }
const SCALE = { family: 'scale', on: ['w'] }

const HYPENTROPY = 'theta*log((theta + sqrt(theta^2 + 1/4))*2) - sqrt(theta^2 + 1/4)'
const POTENTIALS: readonly (readonly [name: string, h: string, start: readonly number[]])[] = [
  ['entropy', 'theta*log(theta) - theta', [0.7, 1.9, 0.4]],
  ['barrier', '-log(theta)', [0.7, 1.9, 0.4]],
  ['cosh', 'sum(cosh(theta))', [0.7, -1.9, 0.4]],
  ['hypentropy', HYPENTROPY, [0.7, -1.9, 0.4]],
  ['power', 'abs(theta)^(5/2)/3', [0.7, -1.9, 0.4]],
  ['Fermi', 'theta*log(theta) + (1 - theta)*log(1 - theta)', [0.7, 0.2, 0.4]],
]

/** Steps of the rule's own program on a loss given by its gradient, recorded before and after. */
function steps(h: string, start: readonly number[], gradient: (x: Float64Array) => readonly number[], count: number, eta: number, lambda = 0): readonly Float64Array[] {
  const [theta, g] = [Float64Array.from(start), new Float64Array(start.length)]
  const machine = compileRule(programOf(readRule({ name: 'mirror', h, lambda: 'lambda' })), { eta, lambda }, theta, g)
  const path = [Float64Array.from(theta)]
  for (let k = 0; k < count; k += 1) {
    g.set(gradient(theta))
    machine.step(k)
    path.push(Float64Array.from(theta))
  }
  return path
}

const potentialAt = (h: string): ((x: number) => number) => {
  const e = readExpr(h.replace(/^sum\((.*)\)$/, '$1'))
  return (theta) => evaluateNumber(e, { theta })
}
/** h' by differences of h, which knows nothing of the engine's derivatives. */
const slopeAt = (h: string): ((x: number) => number) => {
  const f = potentialAt(h)
  return (x) => {
    const d = 1e-4
    return (8 * (f(x + d) - f(x - d)) - (f(x + 2 * d) - f(x - 2 * d))) / (12 * d)
  }
}

describe('mirror descent in its dual variables', () => {
  it.each(POTENTIALS)('%s: a translation conserves the sum of grad h exactly, at every step of a run', (_, h, start) => {
    // f(x) = sin(x0 − x1) + cos(x1 − x2) is invariant under translations.
    const gradient = (x: Float64Array): readonly number[] => {
      const [a, b] = [Math.cos((x[0] ?? 0) - (x[1] ?? 0)), -Math.sin((x[1] ?? 0) - (x[2] ?? 0))]
      return [a, b - a, -b]
    }
    const slope = slopeAt(h)
    const charges = steps(h, start, gradient, 6, 0.05).map((x) => x.reduce((sum, xi) => sum + slope(xi), 0))
    for (const c of charges) expect(Math.abs(c - (charges[0] ?? 0))).toBeLessThan(1e-9)
    const d = law(TRANSLATION, h)
    expect(d.laws.discrete?.recursion.text).toBe(d.laws.discrete?.charge.text)
    expect(d.laws.flow.map((f) => f.equation.text.endsWith('= 0'))).toEqual([true, true, true])
  })

  it('has no number in its charge that no step moves', () => {
    expect(law(TRANSLATION, 'theta*log(theta)').laws.discrete?.charge.text).toBe('dot(one_w, log(theta))')
  })

  it.each(POTENTIALS)('%s: a scaling gains the Bregman divergence of the step, less the decay', (_, h, start) => {
    // f depends on the ratios x1/x0 and x2/x0 only.
    const gradient = (x: Float64Array): readonly number[] => {
      const [x0 = 1, x1 = 1, x2 = 1] = x
      const [p, q] = [Math.cos(x1 / x0), -Math.sin(x2 / x0)]
      return [-(p * x1 + q * x2) / x0 ** 2, p / x0, q / x0]
    }
    const [f, slope, eta, lambda] = [potentialAt(h), slopeAt(h), 0.02, 0.3]
    const path = steps(h, start, gradient, 4, eta, lambda)
    const charge = (x: Float64Array): number => x.reduce((sum, xi) => sum + xi * slope(xi) - f(xi), 0)
    for (const [k, x] of path.slice(0, -1).entries()) {
      const next = path[k + 1] ?? x
      const divergence = x.reduce((sum, xi, i) => sum + f(xi) - f(next[i] ?? 0) - slope(next[i] ?? 0) * (xi - (next[i] ?? 0)), 0)
      const decay = eta * lambda * x.reduce((sum, xi) => sum + xi * xi, 0)
      expect(Math.abs(charge(next) - charge(x) - divergence + decay)).toBeLessThan(1e-9)
      expect(divergence).toBeGreaterThan(0)
    }
    const { discrete } = law(SCALE, h, { lambda: 'lambda' }).laws
    expect(discrete?.drives.map((drive) => drive.text)).toEqual(['norm2(theta_w)', 'dot(one_w, divergence)'])
  })

  it('the charge of a scaling is the Legendre transform: the sum of weights under exponentiated gradient', () => {
    const d = law(SCALE, 'theta*log(theta) - theta')
    expect(d.laws.discrete?.charge.text).toBe('dot(one_w, theta)')
    expect(d.laws.flow.map((f) => f.equation.text)).toEqual([
      'diff(q,t) = 0',
      'diff(q,t) = eta*dot(one_w, g^2*theta)/2',
      'eta*diff(q,t,2)/2 + diff(q,t) = eta*dot(one_w, dtheta^2/theta)/2',
    ])
  })

  it('with half the square it is gradient descent and its laws', () => {
    const [mirror, descent] = [law(SCALE, 'norm2(theta)/2', { lambda: 'lambda' }), derive({ title: '', parameters: { w: ['d'], a: ['d'] }, symmetry: SCALE, rule: { name: 'sgd' }, order: 1 })[0]?.derivation]
    expect(mirror.laws.flow).toEqual(descent?.laws.flow)
    expect(mirror.laws.discrete).toEqual(descent?.laws.discrete)
  })

  it('a rotation has no charge of theta under another metric: told is what fails to vanish, and what moves the charge', () => {
    const [found] = derive({ title: '', parameters: { W: ['h', 'd'] }, symmetry: { family: 'orthogonal', on: ['W'] }, rule: { name: 'mirror', h: 'cosh(theta)' }, order: 1 })
    const step = found?.derivation.steps.find((s) => s.section === 'Dual variables')
    expect(step?.why).toContain('not self-adjoint')
    expect(step?.after.text).not.toBe('0')
    expect(found?.derivation.laws.discrete?.definitions.map((one) => one.name)).toEqual(['step', 'dual_next', 'sinh(theta_next)'])
  })

  it('a diagonal constant scales components by themselves, so its charge is closed', () => {
    const symmetry = { generator: { W: 'D*W', V: '-V*D' }, constants: { D: ['h', 'h'] }, diagonal: ['D'] }
    const [found] = derive({ title: '', parameters: { W: ['h', 'd'], V: ['k', 'h'] }, symmetry, rule: { name: 'mirror' }, order: 1 })
    expect(found?.laws.dual?.closed).toBe(true)
    expect(found?.laws.flows[0]?.law.drives).toEqual([])
  })

  // theta = (x, y), f = sin(x − y): the modified field of first order against one step, by Runge–Kutta.
  it('its modified field of first order has a one-step defect of third order', () => {
    const force = (x: readonly number[]): readonly number[] => [Math.cos((x[0] ?? 0) - (x[1] ?? 0)), -Math.cos((x[0] ?? 0) - (x[1] ?? 0))]
    const hessian = (x: readonly number[], v: readonly number[]): readonly number[] => {
      const s = -Math.sin((x[0] ?? 0) - (x[1] ?? 0)) * ((v[0] ?? 0) - (v[1] ?? 0))
      return [s, -s]
    }
    expect(law(TRANSLATION, 'cosh(theta)').rule.flows[1]?.equation.text).toBe('dtheta = -g/cosh(theta) - eta*H(g/cosh(theta))/(2*cosh(theta))')
    const defect = (eta: number): number => {
      const field = (x: readonly number[]): readonly number[] => {
        const weighted = force(x).map((g, i) => g / Math.cosh(x[i] ?? 0))
        return weighted.map((v, i) => -v - (eta / 2) * ((hessian(x, weighted)[i] ?? 0) / Math.cosh(x[i] ?? 0)))
      }
      const start = [0.8, -0.5]
      const plus = (x: readonly number[], c: number, v: readonly number[]): readonly number[] => x.map((xi, i) => xi + c * (v[i] ?? 0))
      let x: readonly number[] = start
      for (let n = 0; n < 8; n += 1) {
        const h = eta / 8
        const [a, b] = [field(x), field(plus(x, h / 2, field(x)))]
        const c = field(plus(x, h / 2, b))
        const d = field(plus(x, h, c))
        x = x.map((xi, i) => xi + (h / 6) * ((a[i] ?? 0) + 2 * (b[i] ?? 0) + 2 * (c[i] ?? 0) + (d[i] ?? 0)))
      }
      const after = steps('cosh(theta)', start, (y) => force([...y]), 1, eta)[1] ?? []
      return Math.hypot(...x.map((xi, i) => xi - (after[i] ?? 0)))
    }
    expect(Math.log2(defect(0.04) / defect(0.02))).toBeGreaterThan(2.9)
  })
})

describe('mirror descent with a learning rate by block', () => {
  const SHARED = { family: 'translation', on: ['w', 'a'] }
  it('has the rates in its force, and its dual variables with the rate one', () => {
    const { rule, laws, steps: checked } = law(SHARED, 'cosh(theta)', { eta: { w: 'eta_w', a: 'eta_a' }, lambda: 0 })
    const flow = rule.flows.find((f) => f.model === 'modified flow')
    expect(flow?.equation.text).toBe('eta_a*g_a/eta_w + g_w + cosh(theta)*dtheta + eta*cosh(theta)*ddtheta/2 + eta*sinh(theta)*dtheta^2/2 = 0')
    expect(laws.flow.find((f) => f.model === 'modified vector field')?.equation.text).toBe('diff(q,t) = -eta_a*dot(one_a, g)/eta_w - dot(one_w, g)')
    expect(checked.every((step) => step.verified.passed)).toBe(true)
  })
})

describe('a potential that is none', () => {
  it.each([
    ['3*theta', /no curvature/],
    ['-cosh(theta)', /concave/],
    ['sqrt(sum(theta^2))', /a sum inside another function/],
    ['b', /does not depend on theta/],
  ])('%s is refused', (h, message) => {
    expect(() => readRule({ name: 'mirror', h })).toThrow(message)
  })

  it('has one parameter for all blocks and steps', () => {
    expect(() => readRule({ name: 'mirror', h: 'cosh(b*theta)', b: '1 + k' })).toThrow(/differs between blocks or steps/)
  })

  it('a run that leaves its domain says so', () => {
    expect(() => steps('-theta^(1/2)', [0.5], () => [-3], 4, 1)).toThrow(/the mirror map/)
  })
})

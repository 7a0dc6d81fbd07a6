import { describe, expect, it } from 'vitest'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { readExpr } from '../../src/algebra/read.js'
import { derive } from '../../src/laws/derive.js'
import type { RuleStatement } from '../../src/rules/rule.js'

const derivationOf = (rule: RuleStatement, order = 1, symmetry: Parameters<typeof derive>[0]['symmetry'] = { family: 'scale', on: ['w'] }) => {
  const [derived] = derive({ title: '', symmetry, rule, order })
  if (derived === undefined) throw new Error('no law')
  return derived
}

/** The loss (θ − 2)²/2 of one parameter. */
const slope = (x: number): number => x - 2

describe('the Lagrangian of mirror descent', () => {
  it('is that of gradient descent where h is half the square, for a potential and for the rule itself', () => {
    const plain = 'eta*exp(2*t/eta)*norm2(dtheta)/4 - exp(2*t/eta)*f'
    const polynomial = derivationOf({ name: 'mirror', h: 'theta^2/2 + epsilon*theta^4/12', lambda: 0 }).derivation.lagrangian
    expect(polynomial).toMatchObject({ exists: true, verified: true, approximate: true })
    const terms = polynomial.text.replaceAll(' - ', ' + -').split(' + ')
    expect(terms.filter((term) => !term.includes('epsilon')).join(' + ').replaceAll(' + -', ' - ')).toBe(plain)
    expect(derivationOf({ name: 'sgd', lambda: 0 }).derivation.lagrangian.text).toBe(plain)
  })

  it.each([['theta*log(theta) - theta', (x: number): number => Math.log(x), Math.exp], ['exp(theta)', Math.exp, Math.log], ['cosh(theta)', Math.sinh, Math.asinh],
    ['-log(theta)', (x: number): number => -1 / x, (y: number): number => -1 / y],
    ['abs(theta)^3/3', (x: number): number => Math.abs(x) * x, (y: number): number => Math.sign(y) * Math.sqrt(Math.abs(y))],
    ['sum(theta*asinh(theta/c) - sqrt(theta^2 + c^2))', (x: number): number => Math.asinh(x / 2), (y: number): number => 2 * Math.sinh(y)],
    ['abs(theta)^p/p', (x: number): number => Math.sign(x) * Math.abs(x) ** 1.7, (y: number): number => Math.sign(y) * Math.abs(y) ** (1 / 1.7)]] as const)(
    'for h = %s: mirror descent makes the action of its steps stationary, to the order that is claimed',
    (h, forward, back) => {
      const { derivation } = derivationOf({ name: 'mirror', h, lambda: 0 })
      const text = derivation.lagrangian.text
      const lagrangian = readExpr(text.replaceAll(/dot\(1, /g, '1*(').replaceAll(/\bdtheta\b/g, 'u').replaceAll(/\btheta\b/g, 'x').replaceAll(/\bf\b/g, '(x - 2)^2/2'))
      // d/dt ∂ℒ/∂u − ∂ℒ/∂x on the path that interpolates the steps, by differences; divided by the multiplier.
      const missed = (eta: number): number => {
        const path = [1]
        for (let k = 0; k < 4; k += 1) path.push(back(forward(path[k] ?? 0) - eta * slope(path[k] ?? 0)))
        const [a = 0, b = 0, c = 0, d = 0, e = 0] = path
        const at = { x: c, u: (8 * (d - b) - (e - a)) / (12 * eta), w: (-a + 16 * b - 30 * c + 16 * d - e) / (12 * eta * eta) }
        const value = (x: number, u: number, t: number): number => evaluateNumber(lagrangian, { x, u, t, eta, p: 2.7, c: 2 })
        const s = 1e-3
        const momentum = (x: number, u: number, t: number): number => (value(x, u + s, t) - value(x, u - s, t)) / (2 * s)
        const r = 1e-4
        const along = (sign: number): number => momentum(at.x + sign * r * at.u, at.u + sign * r * at.w, sign * r * eta)
        const rate = (along(1) - along(-1)) / (2 * r)
        const explicit = (momentum(at.x, at.u, r * eta) - momentum(at.x, at.u, -r * eta)) / (2 * r * eta)
        const total = rate - (momentum(at.x, at.u, r * eta) - momentum(at.x, at.u, -r * eta)) / (2 * r) + explicit
        return Math.abs(total - (value(at.x + s, at.u, 0) - value(at.x - s, at.u, 0)) / (2 * s))
      }
      const [coarse, fine] = [missed(0.04), missed(0.02)]
      expect(Math.log2(coarse / fine)).toBeGreaterThan(1.7)
    },
  )

  it('of the hypentropy conserves the sum of sqrt(theta² + c²) under a scaling, and its kinetic symmetry breaking is no longer than it has to be', () => {
    const { derivation } = derivationOf({ name: 'mirror', h: 'theta*asinh(theta/c) - sqrt(theta^2 + c^2)', lambda: 0 })
    expect(derivation.laws.discrete?.charge.text).toBe('dot(one_w, sqrt(c^2 + theta^2))')
    expect(derivation.ksb.text.length).toBeLessThan(2500)
  })

  it('gives Noether’s identity with a kinetic symmetry breaking that vanishes where it should: never for scalings', () => {
    const { derivation } = derivationOf({ name: 'mirror', h: 'cosh(theta)', lambda: 'lambda' })
    expect(derivation.ksb.vanishes).toBe(false)
    expect(derivation.steps.filter((s) => s.section === 'Lagrangian' || s.section === 'Noether').map((s) => s.verified.passed)).toEqual([true, true, true])
    expect(derivation.lagrangian.reason).toContain('Helmholtz condition 2 fails')
  })

  it('the flow of order zero has its Rayleigh form, and higher orders have that of order one', () => {
    const zeroth = derivationOf({ name: 'mirror', h: 'cosh(theta)', lambda: 0 }, 0).derivation
    expect([zeroth.lagrangian.exists, zeroth.rayleigh?.lagrangian.text, zeroth.rayleigh?.dissipation.text]).toEqual([false, '-f', 'dot(dtheta, cosh(theta)*dtheta)/2'])
    expect(derivationOf({ name: 'mirror', h: 'cosh(theta)', lambda: 0 }, 2).derivation.lagrangian.approximate).toBe(true)
  })

  it('schedules of the rate stand in front of the force', () => {
    const { lagrangian } = derivationOf({ name: 'mirror', h: 'exp(theta)', lambda: 0, eta: '1/(10+k)' }).derivation
    expect(lagrangian.text).toContain('sigma*exp(2*t/eta)*f')
    expect(lagrangian.verified).toBe(true)
  })
})

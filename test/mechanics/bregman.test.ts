import { describe, expect, it } from 'vitest'
import { call, mul, num, sym } from '../../src/algebra/build.js'
import { expand } from '../../src/algebra/expand.js'
import { readExpr } from '../../src/algebra/read.js'
import { checkVanishes } from '../../src/jets/check.js'
import { SymmetryRules } from '../../src/jets/constraint.js'
import { writeScalar } from '../../src/jets/notation.js'
import { projector } from '../../src/jets/operator.js'
import type { Space } from '../../src/jets/space.js'
import { THETA, apply, isZeroVector } from '../../src/jets/vector.js'
import { type Scaling, bregmanMechanics, idealScaling, lyapunovRate, polynomialScaling } from '../../src/mechanics/bregman.js'
import { noetherIdentity } from '../../src/mechanics/noether.js'
import { actionSlope, predictedSlope, wave } from './support/action.js'
import { type NumericModel, type Numbers, inner } from './support/numericJets.js'

const unknown: Scaling = { alpha: sym('alpha'), beta: sym('beta'), gamma: sym('gamma'), schedules: new Set(['alpha', 'beta', 'gamma']) }
const space: Space = { blocks: { w: ['d'] }, constants: {}, fields: {} }
const text = (e: Parameters<typeof writeScalar>[0]): string => writeScalar(e).text

describe('a Bregman Lagrangian', () => {
  it('of unknown scalings has the motion D2h(y) dy/dt + (gamma˙ − e^alpha)(Dh(y) − Dh) + e^(alpha+beta) g', () => {
    const { residual, mismatch, force } = bregmanMechanics(unknown)
    expect(isZeroVector(residual)).toBe(true)
    expect([text(mismatch), text(force)]).toEqual(['diff(gamma,t) - exp(alpha)', 'exp(alpha + beta)'])
  })

  it('has the two ideal scaling conditions as what is left over', () => {
    expect(idealScaling(unknown).map((c) => `${text(c.expression)} ${c.relation} 0`)).toEqual(['diff(gamma,t) - exp(alpha) = 0', 'diff(beta,t) - exp(alpha) <= 0'])
    expect(text(lyapunovRate(unknown).residual)).toBe('0')
  })

  it('of the polynomial scaling satisfies both with equality, of a wrong one does not', () => {
    expect(idealScaling(polynomialScaling(sym('p'), sym('C'))).map((c) => text(c.expression))).toEqual(['0', '0'])
    const wrong = { ...polynomialScaling(num(2), sym('C')), gamma: mul(num(3), call('log', sym('t'))) }
    expect(idealScaling(wrong).map((c) => text(c.expression))[0]).not.toBe('0')
  })

  const entropic: Omit<NumericModel, 'path'> = {
    scalars: { C: 0.4 },
    fields: {
      f: [{ weight: 0.9, direction: [0.7, -0.4], phase: 0.3 }, { weight: -0.5, direction: [0.1, 0.6], phase: 1.1 }],
      h: [0, 1].map((i) => ({ weight: 1, direction: [i === 0 ? 1 : 0, i === 1 ? 1 : 0], phase: 0, profile: entropy })),
    },
  }

  it.each([2, 3])('with the entropy and polynomial scaling p = %i: finite differences of its action are the closed motion d/dt grad h(y) = −e^(alpha+beta) g', (p) => {
    const { mechanics } = bregmanMechanics(polynomialScaling(num(p), sym('C')))
    const path = wave([0.2, 0.15], [0.9, 0.6], [1.4, 1.6])
    // Written out by hand: e^γ (∇²h(y) ẏ + e^{α+β} ∇f), y = θ + (t/p) θ̇, ẏ = (1 + 1/p) θ̇ + (t/p) θ̈.
    const motion = (t: number, [q, v, a]: readonly [Numbers, Numbers, Numbers]): Numbers => {
      const gradient = q.map((_, i) => (entropic.fields.f ?? []).reduce((sum, { weight, direction, phase }) => sum + weight * Math.cos(inner(direction, q) + phase) * (direction[i] ?? 0), 0))
      return q.map((qi, i) => {
        const [vi, ai] = [v[i] ?? 0, a[i] ?? 0]
        const rate = ((1 + 1 / p) * vi + (t / p) * ai) / (qi + (t / p) * vi)
        return t ** p * (rate + (p / t) * t ** p * 0.4 * (gradient[i] ?? 0))
      })
    }
    for (const direction of [[1, 0], [0.4, -0.7]]) {
      const slope = actionSlope(mechanics.lagrangian, path, direction, entropic)
      const predicted = predictedSlope(motion, path, direction)
      expect(Math.abs(slope - predicted) / Math.abs(predicted)).toBeLessThan(1e-6)
    }
  })

  it('obeys Noether’s identity: its kinetic symmetry breaking is the change of the divergence', () => {
    const generator = apply(projector('w'), THETA)
    const { mechanics } = bregmanMechanics(polynomialScaling(num(2), sym('C')))
    const identity = noetherIdentity(mechanics, { generator }, new SymmetryRules([generator]))
    expect(text(identity.potential)).toBe('0')
    expect(text(identity.kinetic)).not.toBe('0')
    expect(checkVanishes(expand(identity.residual), space, [generator]).passed).toBe(true)
    expect(checkVanishes(expand(mul(readExpr('2'), identity.charge)), space, [generator]).passed).toBe(false)
  })
})

/** Derivatives of s log s. */
function entropy(s: number, derivative: number): number {
  const values = [s * Math.log(s), Math.log(s) + 1, 1 / s, -1 / s ** 2]
  return values[derivative] ?? Number.NaN
}

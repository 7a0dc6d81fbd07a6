import { describe, expect, it } from 'vitest'
import { num } from '../../src/algebra/build.js'
import { SymmetryRules } from '../../src/jets/constraint.js'
import { projector } from '../../src/jets/operator.js'
import { THETA, apply } from '../../src/jets/vector.js'
import { bregmanMechanics, polynomialScaling } from '../../src/mechanics/bregman.js'
import { noetherIdentity } from '../../src/mechanics/noether.js'
import { type Numbers, type Ridge, axpy, numericScalar } from './support/numericJets.js'

/** f = (θ₀² + 2θ₀θ₁)/|θ|², which no scaling of θ changes. */
function gradient([a = 0, b = 0]: Numbers): Numbers {
  const [above, below] = [a * a + 2 * a * b, a * a + b * b]
  return [(2 * a + 2 * b) / below - (2 * a * above) / below ** 2, (2 * a) / below - (2 * b * above) / below ** 2]
}

/** Derivatives of s log s. */
const entropy = (s: number, derivative: number): number => [s * Math.log(s), Math.log(s) + 1, 1 / s, -1 / s ** 2][derivative] ?? Number.NaN
const ridges: readonly Ridge[] = [0, 1].map((i) => ({ weight: 1, direction: [i === 0 ? 1 : 0, i === 1 ? 1 : 0], phase: 0, profile: entropy }))

/**
 * The Bregman flow of the entropy with p = 2, C = 1 as the first-order system it is in (θ, z = ∇h(y)): θ̇ = (p/t)(y − θ),
 * ż = −(p/t)·t^p·∇f(θ), y = exp(z − 1) (Wibisono, Wilson & Jordan 2016, eq. (10)); no second derivative of h is used.
 */
function rate(t: number, [theta, z]: readonly [Numbers, Numbers]): readonly [Numbers, Numbers] {
  const g = gradient(theta)
  return [theta.map((x, i) => (2 / t) * (Math.exp((z[i] ?? 0) - 1) - x)), g.map((gi) => -2 * t * gi)]
}

function trajectory(step: number, steps: number): readonly { readonly t: number; readonly theta: Numbers; readonly velocity: Numbers }[] {
  let t = 1
  let state: readonly [Numbers, Numbers] = [[1, 0.7], [Math.log(1.05) + 1, Math.log(0.72) + 1]]
  const moved = (c: number, [dTheta, dz]: readonly [Numbers, Numbers]): readonly [Numbers, Numbers] => [axpy(c, dTheta, state[0]), axpy(c, dz, state[1])]
  return Array.from({ length: steps }, () => {
    const here = { t, theta: state[0], velocity: rate(t, state)[0] }
    const k1 = rate(t, state)
    const k2 = rate(t + step / 2, moved(step / 2, k1))
    const k3 = rate(t + step / 2, moved(step / 2, k2))
    const k4 = rate(t + step, moved(step, k3))
    const mean = (i: 0 | 1): Numbers => k1[i].map((_, j) => ((k1[i][j] ?? 0) + 2 * (k2[i][j] ?? 0) + 2 * (k3[i][j] ?? 0) + (k4[i][j] ?? 0)) / 6)
    state = moved(step, [mean(0), mean(1)])
    t += step
    return here
  })
}

describe('Noether’s identity of a Bregman Lagrangian', () => {
  it('holds on an integrated flow: the charge of a scale symmetry moves by the change of the divergence, which is not zero', () => {
    const generator = apply(projector('w'), THETA)
    const { mechanics } = bregmanMechanics(polynomialScaling(num(2), num(1)))
    const { charge, rate: predicted } = noetherIdentity(mechanics, { generator }, new SymmetryRules([generator]))
    const step = 1e-3
    const points = trajectory(step, 300)
    const value = (e: typeof charge, k: number): number => {
      const { t, theta, velocity } = points[k] ?? { t: 0, theta: [], velocity: [] }
      return numericScalar(e, { path: [theta, velocity], scalars: { t }, fields: { h: ridges }, blocks: { w: [0, 1] } })
    }
    for (const k of [50, 150, 250]) {
      const measured = (8 * (value(charge, k + 1) - value(charge, k - 1)) - (value(charge, k + 2) - value(charge, k - 2))) / (12 * step)
      expect(Math.abs(value(predicted, k))).toBeGreaterThan(1e-3)
      expect(Math.abs(measured - value(predicted, k))).toBeLessThan(1e-8)
    }
  })
})

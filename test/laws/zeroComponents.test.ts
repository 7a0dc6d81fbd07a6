import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { readRule } from '../../src/rules/rule.js'
import { type Loss, gradientFormOf } from '../jets/support/losses.js'
import { scalarOfText } from '../jets/support/plain.js'
import { DOUBLES } from '../jets/support/ring.js'

/** A function of the products u_i·a_j, which the scaling of u against a leaves as they are. */
const loss: Loss = (ring, theta) => {
  const products = [0, 1].flatMap((i) => [2, 3].map((j) => ring.mul(theta[i] ?? ring.of(0), theta[j] ?? ring.of(0))))
  return products.map((x, n) => ring.call('sin', [ring.add(x, ring.of(0.3 * n))])).reduce(ring.add, ring.of(0))
}
const START = [0.8, -0.5, 0.7, -0.6]
const parameters = { u: ['d'], a: ['m'] }
const sets = { u: ['u'], a: ['a'] }

describe('functions of the components of a block', () => {
  it('are taken in the update of that block: its exact law is that of the numbers', () => {
    const rule = { update: { u: 'u*exp(-eta*g/u^2)', a: 'a - eta*g/(abs(a) + epsilon)' } }
    const [found] = derive({ title: 'test', parameters, symmetry: { generator: { u: 'u', a: '-a' } }, rule, order: 1, complete: true })
    expect(found?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
    const { charge, recursion } = found?.derivation.laws.discrete ?? {}
    const [eta, epsilon] = [0.05, 0.2]
    const at = (theta: readonly number[], text = ''): number =>
      scalarOfText(text, { ring: DOUBLES, scalars: { eta, epsilon }, vectors: { theta }, maps: {}, masks: { u: [true, true, false, false], a: [false, false, true, true] }, gradientForm: gradientFormOf(loss, theta) })
    const g = gradientFormOf(loss, START)([])
    const next = START.map((x, i) => (i < 2 ? x * Math.exp((-eta * (g[i] ?? 0)) / x ** 2) : x - (eta * (g[i] ?? 0)) / (Math.abs(x) + epsilon)))
    expect(at(START, recursion?.text)).toBeCloseTo(at(next, charge?.text), 12)
    expect(Math.abs(at(next, charge?.text) - at(START, charge?.text))).toBeGreaterThan(1e-3)
  })

  it.each(['theta - eta*g/theta_u', 'theta - eta*g/sqrt(g_u^2)', 'theta - eta*g*exp(-1/theta_u)', 'theta - eta*dot(g, 1/theta_u)*g'])('are refused elsewhere, where the block has only zeros: %s', (theta) => {
    expect(() => readRule({ update: { theta } }, sets)).toThrow(/zero on the block a — take such a function in an update of the block/)
  })

  it('may be of what is nowhere zero', () => {
    expect(() => readRule({ update: { theta: 'theta - eta*g/(theta_u^2 + epsilon) - eta*P_u(g)*tanh(theta_u)' } }, sets)).not.toThrow()
  })
})

import { describe, expect, it } from 'vitest'
import { HALF, div, mul, sym } from '../../src/algebra/build.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { coefficientOf, variableAtom } from '../../src/jets/vector.js'
import { noiseResponse, withProducts, withoutNoise } from '../../src/rules/injectedNoise.js'
import { vectorText } from '../../src/jets/notation.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'

/** The variance of θ that a step of the length η adds in a time of one, once states have settled, for a rule with isotropic noise. */
function strengthOf(statement: RuleStatement, numbers: Readonly<Record<string, number>>): number {
  const found = noiseResponse(readRule(statement))
  if (!found.ok) throw new Error(found.reason)
  const amplitude = coefficientOf(found.value.responses.get('xi') ?? { terms: [] }, variableAtom('xi'))
  return evaluateNumber(withProducts(mul(HALF, amplitude, amplitude), found.value), numbers) * 2
}

/** The same from covariances: that of (v, θ) step by step without a force, v' = βv + aξ, θ' = θ + c·v' + bξ. */
function spread(beta: number, a: number, b: number, c: number, eta: number): number {
  let [vv, vx, xx, before] = [0, 0, 0, 0]
  for (let k = 0; k < 4000; k += 1) {
    before = xx
    const nextVv = beta * beta * vv + a * a
    const cross = beta * vx + a * b
    const nextXx = xx + 2 * c * beta * vx + c * c * nextVv + b * b + 2 * b * c * a
    vx = cross + c * nextVv
    vv = nextVv
    xx = nextXx
  }
  return (xx - before) / eta
}

describe('the response of a rule to injected noise', () => {
  const numbers = { eta: 1e-4, T: 0.3, beta: 0.7, sigma: 0.4 }
  const { eta, T, beta, sigma } = numbers

  it.each<readonly [string, RuleStatement, number]>([
    ['Langevin dynamics', { update: { theta: 'theta - eta*g + sqrt(2*eta*T)*xi' } }, spread(0, 0, Math.sqrt(2 * eta * T), 0, eta)],
    ['noise in a momentum', { state: { v: '0' }, update: { v: 'beta*v - eta*g + sqrt(2*eta*T)*xi', theta: 'theta + v' } }, spread(beta, Math.sqrt(2 * eta * T), 0, 1, eta)],
    ['noise in a sum of gradients', { state: { v: '0' }, update: { v: 'beta*v + g + sigma*xi', theta: 'theta - eta*v' } }, spread(beta, sigma, 0, -eta, eta)],
    ['one noise in two places', { state: { v: '0' }, update: { v: 'beta*v - eta*g + sqrt(eta*T)*xi', theta: 'theta + v - sigma*sqrt(eta)*xi' } }, spread(beta, Math.sqrt(eta * T), -sigma * Math.sqrt(eta), 1, eta)],
  ])('%s spreads θ as the covariance of its steps does', (_, rule, expected) => {
    expect(strengthOf(rule, numbers) / expected).toBeCloseTo(1, 9)
  })

  it('in a time of one is that of the reference rate under a schedule', () => {
    const rule = readRule({ update: { theta: 'theta - eta*g + sqrt(2*eta*T)*xi' }, eta: '1/(1+k)' })
    const found = noiseResponse(rule)
    if (!found.ok) throw new Error(found.reason)
    const amplitude = coefficientOf(found.value.responses.get('xi') ?? { terms: [] }, variableAtom('xi'))
    expect(evaluateNumber(div(withProducts(mul(amplitude, amplitude), found.value), sym('sigma')), { T: 0.3, sigma: 0.25, eta: 0.1 })).toBeCloseTo(0.6, 12) // dθ = … + √(2Tσ(t)) dW
  })

  it('is that of the larger noise where two differ in their power of eta', () => {
    const found = noiseResponse(readRule({ update: { theta: 'theta - eta*g + eta*xi1 + sqrt(eta)*xi2' } }))
    expect(found.ok && [...found.value.white].map(([, x]) => vectorText(x))).toEqual(['xi2'])
    expect(found.ok && found.value.order).toBe(0)
  })
})

describe('a rule with injected noise', () => {
  it('reads xi, xi1, … and their parts on blocks as noise, each drawn by itself', () => {
    const rule = readRule({ update: { theta: 'theta - eta*g + xi2_w + 2*P_w(xi)' } }, { w: ['w'] })
    expect(rule.noises).toEqual(['xi', 'xi2'])
    expect(vectorText(withoutNoise(rule).updates[0]?.value ?? { terms: [] })).toBe('theta - eta*g')
  })
})

describe('noise in a state that is read in a function', () => {
  it.each(['xi', 'sqrt(eta)*xi'])('has no response, as it is not added to theta: %s', (noise) => {
    const found = noiseResponse(readRule({ state: { v: '0' }, update: { v: `beta*v + g + ${noise}`, theta: 'theta - eta*tanh(v)' } }))
    expect(found).toMatchObject({ ok: false, reason: expect.stringContaining('the update of theta holds injected noise in another way than added') })
  })
})

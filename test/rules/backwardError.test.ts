import { describe, expect, it } from 'vitest'
import { vectorText } from '../../src/jets/notation.js'
import { readVector } from '../../src/jets/read.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { vectorOfText } from '../jets/support/plain.js'
import { FIXED, type Schedules, defects, flowOf, settingOf, size, textsOf } from './defects.js'
import { randomPolynomial } from './polynomials.js'

const FACTORIALS = [1n, 1n, 2n, 6n, 24n, 120n]
const rules: readonly (readonly [string, RuleStatement])[] = [
  ['gradient descent with coupled decay', { name: 'sgd' }],
  ['gradient descent with decoupled decay', { name: 'sgdw' }],
  ['momentum with decay and dampening', { name: 'momentum', mu: 'mu' }],
  ['Nesterov with decay', { name: 'nesterov' }],
  ['quasi-hyperbolic momentum', { state: { v: '0' }, update: { v: 'beta*v + (1-beta)*g', theta: 'theta - eta*((1-nu)*g + nu*v)' } }],
  ['momentum of momentum', { state: { v: '0', u: '0' }, update: { v: 'beta*v + g', u: 'kappa*u + v', theta: 'theta - eta*u' } }],
  ['momentum whose state holds the step, as Keras has it', { state: { v: '0' }, update: { v: 'beta*v - eta*g - eta*lambda*theta', theta: 'theta + v' } }],
  ['Nesterov as two sequences', { state: { z: '0', y: '0' }, update: { z: 'theta - eta*g', theta: 'z + beta*(z - y)', y: 'z' } }],
  ['momentum with friction of the order of the rate', { state: { v: '0' }, update: { v: '(1 - eta*beta)*v - eta*g', theta: 'theta + eta*v' } }],
  ['parameters that follow a slow average of their own', { state: { v: '0' }, update: { theta: 'theta - eta*g - eta*kappa*(theta - v)', v: 'v + eta*nu*(theta - v)' } }],
  ['an average of iterates at which the gradient is taken', { state: { z: 'theta' }, update: { z: 'z - eta*g', theta: 'beta*theta + (1-beta)*z' } }],
  ['an average of iterates that decay and move the average too', { state: { z: 'theta' }, update: { z: '(1-eta*lambda)*z - eta*g', theta: 'beta*theta + (1-beta)*z - eta*mu*g' } }],
  ['momentum scaled by the norm of the parameters', { state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta - eta*(1 + c*norm2(theta))*v' } }],
  ['a step that is not linear in g', { state: {}, update: { theta: 'theta - eta*(g + c*g^3)' } }],
]

/** Rules whose states cannot be eliminated by the update of theta. */
const fieldOnly: readonly (readonly [string, RuleStatement])[] = [
  ['a state that another one depends on in a way that is not linear', { state: { r: '0', v: '0' }, update: { r: 'kappa*r + g^2', v: 'beta*v + g + c*r*g', theta: 'theta - eta*v' } }],
  ['a step whose length depends on that of the momentum', { state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta - eta*(1 + c*norm2(v)/4096)*v' } }],
]

const RATE = 2 ** -36
const observed = (f: (eta: number) => number): number => Math.log2(f(RATE) / f(RATE / 2))

describe.each([...rules, ...fieldOnly])('modified vector field of %s', (_, statement) => {
  /** Componentwise powers and norms make the terms of order 4 so many that three orders must do. */
  it.each(Object.values(statement.update ?? {}).some((text) => /\^|norm2/.test(text)) ? [1, 2, 3] : [1, 2, 3, 4])('to order %i: the one-step defect shrinks as the next power of the rate', (order) => {
    const rule = readRule(statement)
    const texts = textsOf(rule, order)
    const f = randomPolynomial(2, 6, 11 * order + 1)
    const [coarse, fine] = [defects(texts, f, RATE, order), defects(texts, f, RATE / 2, order)]
    for (const [name, derived] of Object.entries(coarse).map(([name]) => [name, texts.lengths[name] ?? order + 2] as const)) {
      expect(fine[name]).toBeGreaterThan(0)
      expect(Math.log2((coarse[name] ?? 0) / (fine[name] ?? 1))).toBeCloseTo(derived, 2)
    }
  })

  it('a wrong coefficient is seen: the defect shrinks too slowly', () => {
    const texts = textsOf(readRule(statement), 2)
    const bent = { ...texts, fields: { ...texts.fields, theta: `${texts.fields['theta'] ?? ''} + eta^2*H(g)/64` } }
    expect(observed((eta) => defects(bent, randomPolynomial(2, 6, 3), eta, 2)['theta'] ?? 0)).toBeCloseTo(3, 2)
  })
})

describe('modified flow', () => {
  const cascades: readonly (readonly [string, RuleStatement])[] = [
    ['momentum of momentum with decoupled decay', { state: { v: '0', u: '0' }, update: { v: 'beta*v + g', u: 'kappa*u + v', theta: '(1-eta*lambda)*theta - eta*u' } }],
    ['a cascade that uses old values', { state: { v: '0', u: '0' }, update: { u: 'kappa*u + v', v: 'beta*v + g', theta: 'theta - eta*u' } }],
    ['a cascade of three states', { state: { v: '0', u: '0', w: '0' }, update: { v: 'beta*v + g', u: 'kappa*u + v', w: 'nu*w + u', theta: 'theta - eta*w' } }],
    ['heavy ball by the point before', { state: { y: 'theta', z: '0' }, update: { z: 'theta', theta: 'theta - eta*g + beta*(theta - y)', y: 'z' } }],
    ['a state that sees the new parameters', { state: { v: '0' }, update: { theta: 'theta - eta*v', v: 'beta*v + g + lambda*theta' } }],
  ]

  const atOnce: readonly (readonly [string, RuleStatement])[] = [
    ['aggregated momentum of Lucas et al. 2019, with decay', { state: { u: '0', v: '0', w: '0' }, update: { u: 'beta*u + g + lambda*theta', v: 'v/2 + g + lambda*theta', w: '-w/4 + g + lambda*theta', theta: 'theta - eta/3*(u + v + w)' } }],
    ['two momenta with one decay rate', { state: { u: '0', v: '0' }, update: { u: 'beta*u + g', v: 'beta*v + lambda*theta', theta: 'theta - eta*(u + v)' } }],
    ['the double exponential average', { state: { u: '0', v: '0' }, update: { u: 'beta*u + (1-beta)*g', v: 'beta*v + (1-beta)*u', theta: '(1-eta*lambda)*theta - eta*(2*u - v)' } }],
    ['a momentum of differences of gradients beside one of gradients, as Adan has them', { state: { u: '0', v: '0', w: '0' }, update: { u: 'beta*u + (1-beta)*g', v: 'kappa*v + (1-kappa)*(g - w)', w: 'g', theta: 'theta - eta*(u + kappa*v)' } }],
    ['momenta that turn each other', { state: { u: '0', v: '0' }, update: { u: '3*u/4 + v/4 + g', v: 'kappa*v - u/4 + lambda*theta', theta: 'theta - eta*(u + v)' } }],
    ['momenta that see the new parameters', { state: { u: '0', v: '0' }, update: { theta: 'theta - eta*(u + v)', u: 'beta*u + g + lambda*theta', v: 'kappa*v + g - c*theta' } }],
    ['a momentum that each parameter takes by its own size', { state: { u: '0' }, update: { u: 'beta*u + g', theta: 'theta - eta*u/(1 + theta^2)' } }],
    ['two momenta that are taken by the norm of the parameters', { state: { u: '0', v: '0' }, update: { u: 'beta*u + g', v: 'v/2 + g + lambda*theta', theta: 'theta - eta*(u + 2*v)/(1 + norm2(theta))' } }],
    ['the triple momentum method of Van Scoy et al. 2018', { state: { y: 'theta', z: '0' }, update: { z: 'theta', theta: '(1+beta)*theta - beta*y - eta*g((1+c)*theta - c*y)', y: 'z' } }],
    ['optimistic steps, which remember the last gradient', { state: { h: '0' }, update: { theta: 'theta - eta*(1+nu)*g + eta*nu*h', h: 'g' } }],
    ['a momentum that another one takes with the learning rate', { state: { u: '0', v: '0' }, update: { v: 'beta*v + g', u: 'kappa*u + g + eta*v', theta: 'theta - eta*u' } }],
  ]

  it('names what can be eliminated neither one after the other nor all at once', () => {
    const product = modifiedFlow(readRule({ state: { v: '0', u: '0' }, update: { v: 'beta*v + g', u: 'kappa*u + g^2', theta: 'theta - eta*u*v' } }), 1)
    expect(product).toEqual({ ok: false, reason: 'the update of theta depends on the states v and u at once, so none can be eliminated by it' })
  })

  it('of two momenta, one of which has a schedule, holds where the two can be told apart', () => {
    const found = modifiedFlow(readRule({ beta: '0.9 - 0.1/(1+k)', state: { u: '0', v: '0' }, update: { u: 'beta*u + g', v: 'kappa*v + g', theta: 'theta - eta*(u + v)' } }), 1)
    if (!found.ok) throw new Error(found.reason)
    expect(found.value.conditions).toContain('beta - kappa does not vanish')
  })

  it('of steps that are divided by the parameters themselves has the square of the velocity in it', () => {
    const found = modifiedFlow(readRule({ state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta - eta*v/(1 + theta^2)' } }), 1)
    if (!found.ok) throw new Error(found.reason)
    // (1 + theta^2) (theta' - theta) = -eta v' at two steps, expanded by hand.
    expect(vectorText(found.value.equation)).toBe(vectorText(readVector('(1-beta)*dtheta + eta*(1+beta)/2*ddtheta + 2*beta*eta*theta*dtheta^2/(1+theta^2) + g/(1+theta^2)')))
  })

  it('of momenta with decay rates of their own is that of momentum where these are one rate', () => {
    for (const order of [1, 2, 3]) {
      const [one, other] = [modifiedFlow(readRule({ state: { u: '0', v: '0' }, update: { u: 'beta*u + g', v: 'beta*v + g', theta: 'theta - eta/2*(u + v)' } }), order), modifiedFlow(readRule({ name: 'momentum', lambda: 0 }), order)]
      if (!one.ok || !other.ok) throw new Error('both have a flow')
      expect(vectorText(one.value.equation)).toBe(vectorText(other.value.equation))
    }
  })

  it.each([
    ['the point before', { state: { y: 'theta', z: '0' }, update: { z: 'theta', theta: 'theta - eta*g + beta*(theta - y)', y: 'z' } }],
    ['the point after', { state: { y: 'theta', z: '0' }, update: { z: '(1+beta)*theta - beta*y - eta*g', y: 'theta', theta: 'z' } }],
  ])('of heavy ball is that of momentum where it remembers %s and no velocity', (_, statement) => {
    for (const order of [1, 2, 3]) {
      const [one, other] = [modifiedFlow(readRule(statement), order), modifiedFlow(readRule({ name: 'momentum', lambda: 0 }), order)]
      if (!one.ok || !other.ok) throw new Error('both have a flow')
      expect(vectorText(one.value.equation)).toBe(vectorText(other.value.equation))
    }
  })

  it.each([...rules, ...cascades, ...atOnce])('of %s is satisfied along the modified field, to its order', (_, statement) => {
    const rule = readRule(statement)
    for (const order of [1, 2, 3]) {
      const flow = modifiedFlow(rule, order)
      if (!flow.ok) throw new Error(flow.reason)
      const [equation, texts] = [vectorText(flow.value.equation), textsOf(rule, order)]
      const f = randomPolynomial(2, 6, 5 + order)
      const residual = (eta: number): number => {
        const { theta = [], ...slow } = flowOf(texts.fields, f, eta, order + 5)
        const statesNow = Object.fromEntries(Object.entries(slow).map(([name, x]) => [name, x.map((s) => s[0] ?? 0n)]))
        const rate = (j: number): readonly bigint[] => theta.map((s) => (s[j] ?? 0n) * (FACTORIALS[j] ?? 0n))
        const rates = { ...statesNow, dtheta: rate(1), ddtheta: rate(2), d3theta: rate(3), d4theta: rate(4), d5theta: rate(5) }
        return size(vectorOfText(equation, settingOf(FIXED, f, rate(0), eta, rates)))
      }
      expect(observed(residual)).toBeCloseTo(order + 1, 2)
    }
  })
})

describe('schedules: the field depends on time', () => {
  const scheduledRules: readonly (readonly [string, RuleStatement, Schedules])[] = [
    ['a decaying rate', { name: 'sgd', eta: '1/(1+k)' }, { sigma: [1, -1 / 2, 1 / 4] }],
    ['decay and momentum that change', { name: 'momentum', lambda: '1/(1+k)', beta: '0.9 - 0.1/(1+k)' }, { beta: [3 / 4, -1 / 8, 1 / 16], lambda: [1 / 8, 1 / 4] }],
  ]

  it.each(scheduledRules)('%s: the one-step defect shrinks at the derived order', (_, statement, schedules) => {
    for (const order of [0, 1, 2, 3]) {
      const texts = textsOf(readRule(statement), order)
      const f = randomPolynomial(2, 5, 31 + order)
      expect(observed((eta) => defects(texts, f, eta, order, schedules)['theta'] ?? 0)).toBeCloseTo(order + 2, 2)
    }
  })
})

import { describe, expect, it } from 'vitest'
import { isZeroExpr } from '../../src/algebra/zero.js'
import { writeVector } from '../../src/jets/notation.js'
import { readVector } from '../../src/jets/read.js'
import { type Vector, subVectors } from '../../src/jets/vector.js'
import { pointsOf } from '../../src/jets/walk.js'
import { fieldToOrder } from '../../src/laws/engine.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { defects, textsOf } from './defects.js'
import { randomPolynomial } from './polynomials.js'

const rules: readonly (readonly [string, RuleStatement, number])[] = [
  ['Nesterov momentum that looks ahead', { state: { v: '0' }, update: { v: 'beta*v - eta*g(theta + beta*v)', theta: 'theta + v' } }, 3],
  ['the extragradient method', { update: { theta: 'theta - eta*g(theta - eta*g)' } }, 4],
  ['a look ahead of three gradients', { update: { theta: 'theta - eta*g(theta - eta*g(theta - eta*g))' } }, 3],
  ['ascent to a point at a fixed distance along g', { update: { theta: 'theta - eta*g(theta + c*g)' } }, 2],
  ['sharpness-aware minimization', { update: { theta: 'theta - eta*g(theta + c*g/(1 + norm2(g)))' } }, 1],
  ['ascent with momentum and decay', { state: { v: '0' }, update: { v: 'beta*v + g(theta + c*g) + lambda*theta', theta: 'theta - eta*v' } }, 2],
  ['a gradient at a point that the momentum moves', { state: { v: '0' }, update: { v: 'beta*v + (1 - beta)*g', theta: 'theta - eta*g(theta + c*v)' } }, 2],
  ['a momentum of gradients at a point that another one moves', { state: { s: '0', v: '0' }, update: { s: 'beta*s + (1 - beta)*g', v: 'kappa*v + (1 - kappa)*g(theta + c*s)', theta: 'theta - eta*v' } }, 2],
  ['a state that is a gradient at a point to which another small step leads', { state: { v: '0' }, update: { v: 'beta*v + g(theta + c*g(theta - eta*g))', theta: 'theta - eta*v' } }, 2],
  ['two slow sequences with the gradient at the other one, and a flow of second order', { state: { v: 'theta' }, update: { v: 'v - eta*(g(v) - c*(theta - v))', theta: 'theta - eta*c*(theta - v)' } }, 2],
  ['the schedule-free method with the gradient between two sequences', { state: { z: 'theta' }, update: { z: 'z - eta*g(beta*theta + (1-beta)*z)', theta: 'kappa*theta + (1-kappa)*z' } }, 2],
]

const RATE = 2 ** -36

describe.each(rules)('modified vector field of %s', (_, statement, highest) => {
  it.each(Array.from({ length: highest }, (__, n) => n + 1))('to order %i: the one-step defect shrinks as the next power of the rate', (order) => {
    const texts = textsOf(readRule({ ...statement, state: statement.state ?? {} }), order)
    const f = randomPolynomial(2, 5, 7 * order + 2)
    const [coarse, fine] = [defects(texts, f, RATE, order), defects(texts, f, RATE / 2, order)]
    for (const name of Object.keys(coarse)) {
      expect(fine[name]).toBeGreaterThan(0)
      expect(Math.log2((coarse[name] ?? 0) / (fine[name] ?? 1))).toBeCloseTo(texts.lengths[name] ?? order + 2, 2)
    }
  })
})

const fieldOf = (statement: RuleStatement, order: number): Vector => {
  const found = modifiedField(readRule(statement), order)
  if (!found.ok) throw new Error(found.reason)
  return fieldToOrder(found.value, order)
}

const expectSame = (x: Vector, y: Vector): void => {
  for (const { coefficient } of subVectors(x, y).terms) expect(isZeroExpr(coefficient).zero).toBe(true)
}

describe('gradients at other points', () => {
  it('the extragradient method is half a step of ascent on |g|^2 away from the flow: -g + eta/2 H g', () => {
    expectSame(fieldOf({ update: { theta: 'theta - eta*g(theta - eta*g)' } }, 1), readVector('-g + eta/2*H(g)'))
  })

  it('the gradient at theta itself is g', () => {
    expect(writeVector(readRule({ update: { theta: 'theta - eta*g(theta)' } }).updates[0]?.value ?? { terms: [] }).text).toBe('theta - eta*g')
  })

  it('Nesterov momentum that looks ahead has the flow of its sequence of points y = theta + beta v to first order: y - theta is of order eta', () => {
    expectSame(fieldOf({ state: { v: '0' }, update: { v: 'beta*v - eta*g(theta + beta*v)', theta: 'theta + v' } }, 1), fieldOf({ name: 'nesterov', lambda: 0 }, 1))
  })

  it('with k/(k+3) it has the high-resolution flow of Shi, Du, Jordan & Su 2022: friction 3/t and sqrt(eta) H dtheta', () => {
    const flow = modifiedFlow(readRule({ state: { v: '0' }, beta: 'k/(k+3)', update: { v: 'beta*v - eta*g(theta + beta*v)', theta: 'theta + v' } }), 1 / 2)
    if (!flow.ok) throw new Error(flow.reason)
    const { equation } = flow.value
    const text = 'g + 3/t*dtheta + ddtheta + sqrt(eta)*H(dtheta) - 3*sqrt(eta)/(2*t)*(ddtheta + 6/t*dtheta)'
    expectSame(equation, readVector(text))
    expect(pointsOf(equation)).toEqual([])
  })

  it('points are told apart, and have names that nothing else has', () => {
    const rule = readRule({ phi: 'phi', update: { theta: 'theta - eta*(g(theta + phi*g) - g(theta - phi*g))' } })
    const named = rule.updates.flatMap((u) => pointsOf(u.value).map(({ name, point }) => [name, writeVector(point).text]))
    expect(new Map(named.map(([name, text]) => [name, text]))).toEqual(new Map([['psi', 'theta + phi*g'], ['psi_1', 'theta - phi*g']]))
  })

  it('a point that depends on the rate is named by its leading order in the flow', () => {
    const field = fieldOf({ update: { theta: 'theta - eta*g(theta + (c + eta)*g)' } }, 1)
    expect([...new Set(pointsOf(field).map(({ name, point }) => `${name} = ${writeVector(point).text}`))]).toEqual(['phi_0 = theta + c*g'])
    expect(writeVector(field).text).toContain('H_phi_0(g)')
  })

  it.each([
    ['theta - eta*g(rho)', /a number where a vector is needed/],
    ['theta - eta*g(theta, g)', /g takes 1 argument, not 2/],
    ['theta - eta*g(w)', /a number where a vector is needed/],
    ['theta - eta*g(theta + a*tehta)', /the number 'tehta' is added to a vector — did you mean theta\?/],
  ])('%s is refused', (theta, message) => {
    expect(() => readRule({ update: { theta } })).toThrow(message)
  })

  it('elsewhere the gradient is known at theta only', () => {
    expect(() => readVector('g(theta + g)')).toThrow(/stands in the update equations of a rule only/)
  })
})

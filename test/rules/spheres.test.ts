import { describe, expect, it } from 'vitest'
import { vectorText } from '../../src/jets/notation.js'
import { derive } from '../../src/laws/index.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { writtenOut } from '../../src/rules/writtenOut.js'
import { defects, textsOf } from './defects.js'
import { randomPolynomial } from './polynomials.js'

const RATE = 2 ** -36
/** On the sphere of radius 5/8. */
const START = { theta: [3 / 8, -1 / 2] }

const rules: readonly (readonly [string, RuleStatement, number])[] = [
  ['a step of descent back to the sphere', { update: { theta: '5/8*(theta - eta*g)/norm(theta - eta*g)' } }, 3],
  ['with decay before', { update: { theta: '5/8*((1 - eta*lambda)*theta - eta*g)/norm((1 - eta*lambda)*theta - eta*g)' } }, 2],
  ['momentum', { state: { v: '0' }, update: { v: 'beta*v + g', theta: '5/8*(theta - eta*v)/norm(theta - eta*v)' } }, 2],
  ['a state that is brought back', { state: { y: 'theta' }, update: { y: 'theta - eta*g', theta: '5*y/(8*sqrt(norm2(y)))' } }, 2],
]

describe.each(rules)('a rule whose steps end on a sphere: %s', (_, statement, highest) => {
  it.each(Array.from({ length: highest }, (__, n) => n + 1))('to order %i: from a point of the sphere the defect of the step as it is written shrinks as the next power of the rate', (order) => {
    const rule = readRule({ ...statement, state: statement.state ?? {} })
    const found = modifiedField(rule, order)
    expect(found.ok && found.value.conditions).toEqual(['norm2(theta) = 25/64, as after every step'])
    const written = { ...textsOf(rule, order), step: Object.fromEntries([...writtenOut(rule)].map(([name, x]) => [name, vectorText(x)])) }
    const f = randomPolynomial(2, 5, 7 * order + 1)
    const [coarse, fine] = [RATE, RATE / 2].map((eta) => defects(written, f, eta, order, {}, START)['theta'] ?? 0)
    expect(fine).toBeGreaterThan(0)
    expect(Math.log2((coarse ?? 0) / (fine ?? 1))).toBeCloseTo(order + 2, 2)
  })
})

describe('laws on spheres', () => {
  const derived = (theta: Readonly<Record<string, string>>) => {
    const [found] = derive({ title: '', parameters: { u: ['d'], a: ['m'] }, symmetry: { family: 'rescale', in: ['u'], out: ['a'] }, rule: { update: theta }, order: 1 })
    if (found === undefined) throw new Error('no law')
    expect(found.derivation.steps.every((s) => s.verified.passed)).toBe(true)
    return found
  }

  it('a block that is normalized by itself has the flow along its sphere, the others their own', () => {
    const { laws, derivation } = derived({ u: 'u - eta*g', theta: 'theta - eta*g' })
    const { laws: onSphere, derivation: told } = derived({ u: '(u - eta*g_u)/norm(u - eta*g_u)', theta: 'theta - eta*g' })
    expect(laws.field.ok && onSphere.field.ok).toBe(true)
    expect(derivation.laws.flow[0]?.equation.text).toBe('diff(q,t) = 0')
    expect(told.laws.flow[0]?.equation.text).toBe('diff(q,t) = 2*dot(g_u, theta_u)')
    expect(onSphere.field.ok && onSphere.field.value.conditions).toEqual(['norm2(theta_u) = 1, as after every step'])
  })

  it('blocks that are all parameters have the sphere together, momentum that is normalized as well', () => {
    const [found] = derive({ title: '', parameters: { w: ['d'], a: ['m'] }, symmetry: { family: 'scale', on: ['w'] }, rule: { update: { theta: '(theta - eta*g/norm(g))/norm(theta - eta*g/norm(g))' } }, order: 0, complete: true })
    expect(found?.derivation.rule.conditions).toEqual(['norm2(theta_a) + norm2(theta_w) = 1, as after every step'])
    const hyperball = modifiedField(readRule({ state: { v: '0' }, update: { v: 'beta*v + (1-beta)*g', theta: 'R*(theta - eta*R*v/norm(v))/norm(theta - eta*R*v/norm(v))' } }), 0)
    expect(hyperball.ok && hyperball.value.conditions).toEqual(['norm2(theta) = R^2, as after every step'])
  })

  it('momenta of such steps have a modified field, and no modified flow, for a reason that is told', () => {
    const rule = readRule({ state: { v: '0' }, update: { v: 'beta*v + g', theta: '(theta - eta*v)/norm(theta - eta*v)' } })
    expect(modifiedField(rule, 1).ok).toBe(true)
    expect(modifiedFlow(rule, 1)).toEqual({ ok: false, reason: 'the update of theta cannot be solved for v: the step back to the sphere takes off what it moves theta along itself, so that part of the state cannot be told by what theta does' })
  })

  it('a step that keeps the norm that it finds is none of them, nor one that ends where theta was by a finite factor', () => {
    const conditionsOf = (theta: string): unknown => { const found = modifiedField(readRule({ update: { theta } }), 1); return found.ok ? found.value.conditions : found.reason }
    expect(conditionsOf('norm(theta)*(theta - eta*g)/norm(theta - eta*g)')).toEqual([])
    expect(conditionsOf('theta/2 - eta*g')).toBe('theta moves by a finite amount in one step however small eta is')
  })
})

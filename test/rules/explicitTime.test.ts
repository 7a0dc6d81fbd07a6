import { describe, expect, it } from 'vitest'
import { vectorText } from '../../src/jets/notation.js'
import { derive } from '../../src/laws/index.js'
import { explicit } from '../../src/rules/memory.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { writtenOut } from '../../src/rules/writtenOut.js'
import { type Texts, defects, textsOf } from './defects.js'
import { randomPolynomial } from './polynomials.js'

const RATE = 2 ** -36

const rules: readonly (readonly [string, RuleStatement, number])[] = [
  ['the mean of all iterates beside descent', { state: { v: 'theta' }, update: { theta: 'theta - eta*g', v: 'v + (theta - v)/(k+1)' } }, 2],
  ['the schedule-free method', { state: { v: 'theta' }, update: { v: 'v - eta*(g((1-beta)*v + beta*theta) + lambda*theta)', theta: 'theta + (v - theta)/(k+1)' } }, 2],
  ['steps that fall as 1/k', { update: { theta: 'theta - c*(g + lambda*theta)/(k+3)' } }, 3],
  ['a decay that is a function of the time', { update: { theta: '(1 - eta*lambda/(1 + eta*k))*theta - eta*g' } }, 3],
  ['steps along the mean of all gradients', { state: { v: '0' }, update: { v: 'v + (g - v)/(k+1)', theta: 'theta - eta*v' } }, 2],
  ['a weighted mean whose weight is a hyperparameter', { state: { v: 'theta' }, update: { theta: 'theta - eta*(g + lambda*v)', v: 'nu2*theta + (1 - nu2)*v' }, nu2: '2/(k+2)' }, 2],
]

/** The printed fields, and the step of the rule as it is written, with k. */
const textsWithSteps = (statement: RuleStatement, order: number): Texts => {
  const rule = readRule({ ...statement, state: statement.state ?? {} })
  return { ...textsOf(rule, order), step: Object.fromEntries([...writtenOut(explicit(rule))].map(([name, x]) => [name, vectorText(x)])) }
}

describe.each(rules)('a factor that falls as 1/k: %s', (_, statement, highest) => {
  it.each(Array.from({ length: highest }, (__, n) => n + 1))('to order %i: the defect of a step at the time t = k*eta = 1 shrinks as the next power of the rate', (order) => {
    const texts = textsWithSteps(statement, order)
    const f = randomPolynomial(2, 5, 3 * order + 1)
    const defectAt = (eta: number) => defects(texts, f, eta, order, { t: [1, 1], k: [1 / eta] })
    const [coarse, fine] = [defectAt(RATE), defectAt(RATE / 2)]
    for (const name of Object.keys(coarse)) {
      expect(fine[name]).toBeGreaterThan(0)
      expect(Math.log2((coarse[name] ?? 0) / (fine[name] ?? 1))).toBeCloseTo(order + 2, 2)
    }
  })
})

describe('other factors that depend on the step', () => {
  it.each(['theta - eta*g/(1 + k/1000)', 'theta - eta*(1 + (-1)^k/2)*g', 'theta - eta*k*g', 'theta - g/sqrt(k+1)'])('%s is refused as before: the factor is stated as a hyperparameter', (theta) => {
    expect(modifiedField(readRule({ update: { theta } }), 1)).toMatchObject({ ok: false, reason: expect.stringContaining('depends on the step number k by itself') as string })
  })
})

describe('a factor without a value at the first step', () => {
  it.each([
    ['of an update', { update: { theta: 'theta - eta*g/(1 - beta^k)' } }, 'the update of theta'],
    ['of a schedule', { name: 'sgd', eta: '1/k' }, 'the schedule of eta'],
  ])('%s is refused with the place and the remedy', (_, statement, where) => {
    expect(() => readRule(statement)).toThrow(new RegExp(`${where} divides by zero at the first step.*write k \\+ 1`))
  })
})

describe('the norm of a block that is a mean of steps c/k', () => {
  const derived = (theta: string, state: Record<string, string> = {}, update: Record<string, string> = {}) => {
    const [found] = derive({ title: '', parameters: { w: ['d'], a: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule: { state, update: { ...update, theta } }, order: 1 })
    if (found === undefined) throw new Error('no law')
    expect(found.derivation.steps.every((s) => s.verified.passed)).toBe(true)
    return found.derivation
  }

  it('is a weighted mean of its drive, the start forgotten', () => {
    const { laws } = derived('theta + (z - theta)/(k+1)', { z: 'theta' }, { z: 'z - eta*g(beta*theta + (1-beta)*z)' })
    expect(laws.flow.map((f) => f.equation.text)[0]).toBe('diff(q,t) + 2*q/t = 2*dot(theta_w, z_w)/t')
    expect(laws.solution.cases.map((c) => [c.name, c.condition.text, c.verified.passed])).toEqual([['the start forgotten', '', true]])
  })

  it('has no solution from a start at t = 0 where nothing drives it, and its Lagrangian has the time for a multiplier', () => {
    expect(derived('theta - c*(g + lambda*theta)/(k+1)').laws.solution.cases.map((c) => c.name)).toEqual([])
    expect(derived('theta + (z - theta)/(k+1)', { z: 'theta' }, { z: 'z - eta*g' }).lagrangian.reason).toContain('the multiplier t')
  })
})

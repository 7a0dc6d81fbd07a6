import { describe, expect, it } from 'vitest'
import { isZeroExpr } from '../../src/algebra/zero.js'
import { writeVector } from '../../src/jets/notation.js'
import { readVector } from '../../src/jets/read.js'
import { type Vector, subVectors } from '../../src/jets/vector.js'
import { fieldToOrder } from '../../src/laws/engine.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type Rule, type RuleStatement, readRule } from '../../src/rules/rule.js'
import { writtenOut } from '../../src/rules/writtenOut.js'
import { vectorText } from '../../src/jets/notation.js'
import { vectorOfText } from '../jets/support/plain.js'
import { FIXED, type Texts, defects, settingOf, size, textsOf } from './defects.js'
import { randomPolynomial } from './polynomials.js'

const ruleOf = (theta: string): Rule => readRule({ update: { theta } })
const fieldOf = (theta: string, order: number): Vector => {
  const found = modifiedField(ruleOf(theta), order)
  if (!found.ok) throw new Error(found.reason)
  return fieldToOrder(found.value, order)
}
const expectSame = (x: Vector, y: Vector): void => {
  for (const { coefficient } of subVectors(x, y).terms) expect(isZeroExpr(coefficient).zero).toBe(true)
}

const RATE = 2 ** -36
const CASES: readonly (readonly [string, string, number])[] = [
  ['implicit Euler, the proximal point', 'theta - eta*g(theta_next)', 4],
  ['the implicit midpoint', 'theta - eta*g((theta + theta_next)/2)', 4],
  ['the trapezoidal rule', 'theta - eta*(g + g(theta_next))/2', 3],
  ['implicit Euler with decay', 'theta - eta*(g(theta_next) + lambda*theta_next)', 2],
]

/** The step as its equation says it, solved by iteration from θ: every round is right to a factor of the rate more. */
function stepOf(rule: Rule, texts: Texts, order: number): readonly bigint[] {
  const text = vectorText(writtenOut(rule).get('theta') ?? { terms: [] })
  const points = Object.fromEntries(rule.updates.flatMap(({ value }) => value.terms).flatMap(({ atom }) => (atom.kind === 'tensor' && atom.field.at !== undefined ? [[atom.field.at.name, vectorText(atom.field.at.point)] as const] : [])))
  const f = randomPolynomial(2, 5, 7 * order + 2)
  const start = [3 / 8, -5 / 16].map(FIXED.of)
  let next: readonly bigint[] = start
  for (let round = 0; round < 24; round += 1) next = vectorOfText(text, settingOf(FIXED, f, start, RATE, { theta_next: next }, {}, FIXED.of(0), points))
  expect(Object.keys(texts.states)).toEqual([])
  return next
}

describe.each(CASES)('%s', (_, theta, highest) => {
  it.each(Array.from({ length: highest }, (__, n) => n + 1))('to order %i: the one-step defect shrinks as the next power of the rate', (order) => {
    const texts = textsOf(ruleOf(theta), order)
    const f = randomPolynomial(2, 5, 7 * order + 2)
    const [coarse, fine] = [defects(texts, f, RATE, order), defects(texts, f, RATE / 2, order)]
    const observed = Math.log2((coarse['theta'] ?? 0) / (fine['theta'] ?? 1))
    // A symmetric method has even powers only: its field to an odd order is right to one more.
    expect([order + 2, order + 3].some((power) => Math.abs(observed - power) < 0.01)).toBe(true)
  })

  it('has the expansion of the solution of its equation for a step', () => {
    const order = 2
    const rule = ruleOf(theta)
    const texts = textsOf(rule, order)
    const f = randomPolynomial(2, 5, 7 * order + 2)
    const start = [3 / 8, -5 / 16].map(FIXED.of)
    const expanded = vectorOfText(texts.step['theta'] ?? '', settingOf(FIXED, f, start, RATE, {}))
    const solved = stepOf(rule, texts, order)
    expect(size(expanded.map((x, i) => x - (solved[i] ?? 0n)))).toBeLessThan(1e4 * RATE ** (order + 3))
  })
})

describe('steps that are equations', () => {
  it('have the fields of the literature: the midpoint [HLW] IX.1, implicit Euler as the adjoint of explicit', () => {
    expectSame(fieldOf('theta - eta*g((theta + theta_next)/2)', 2), readVector('-g - eta^2/12*H(H(g)) + eta^2/24*D3(g, g)'))
    expectSame(fieldOf('theta - eta*g(theta_next)', 2), readVector('-g + eta/2*H(g) - eta^2/3*H(H(g)) - eta^2/12*D3(g, g)'))
  })

  it('have flows with the gradient at the time at which they take it', () => {
    const flow = (theta: string): string => {
      const found = modifiedFlow(ruleOf(theta), 1)
      return found.ok ? writeVector(found.value.equation).text : found.reason
    }
    expect(CASES.slice(0, 3).map(([, theta]) => flow(theta))).toEqual(['g + dtheta - eta*ddtheta/2', 'g + dtheta', 'g + dtheta'])
  })

  it('are solved for what they hold of the new parameters by themselves, on each block', () => {
    const [update] = ruleOf('theta - eta*(g(theta_next) + lambda*theta_next)').updates
    expect(writeVector(update?.value ?? { terms: [] }).text).toBe('theta/(1 + eta*lambda) - eta*g_phi/(1 + eta*lambda)')
    const byBlock = readRule({ update: { theta: 'theta - eta*g(theta_next) - eta*lambda*P_w(theta_next)' } }, { w: ['w'], a: ['a'] })
    expect(byBlock.implicit).toBe(true)
    expect(writeVector(byBlock.updates[0]?.value ?? { terms: [] }).text).toContain('theta_w')
  })

  it('may have states before and after: these follow in the new parameters', () => {
    const { implicit, updates } = readRule({ state: { v: '0' }, update: { v: 'beta*v + g(theta_next)', theta: 'theta - eta*v' } })
    expect([implicit, updates.map((u) => u.name)]).toEqual([true, ['theta', 'v']])
    expect(readRule({ state: { v: '0' }, update: { theta: 'theta - eta*g', v: 'theta_next - theta' } }).implicit).toBe(false)
  })

  it.each<readonly [RuleStatement, RegExp]>([
    [{ update: { theta: 'theta_next - eta*g' } }, /leaves theta_next undetermined/],
    [{ update: { theta: 'theta - eta*theta_next^3' } }, /inside a function of components/],
    [{ update: { theta: 'theta - eta*norm2(theta_next)*g' } }, /inside a function of components or of matrices, or a contraction/],
    [{ update: { theta: 'theta - eta*msign(theta_next)' } }, /inside a function of components or of matrices, or a contraction/],
    [{ state: { v: '0' }, update: { v: 'beta*v + theta_next', theta: 'theta - eta*g - eta*msign(v)' } }, /inside a function of components or of matrices, or a contraction/],
    [{ state: { v: '0' }, update: { theta: 'theta - eta*v_next', v: 'beta*v + g' } }, /the update of v comes later/],
  ])('are refused for %j, with the reason', (rule, reason) => {
    expect(() => readRule(rule)).toThrow(reason)
  })
})

import { describe, expect, it } from 'vitest'
import { isZeroExpr } from '../../src/algebra/zero.js'
import { dot } from '../../src/jets/contraction.js'
import { timeDerivative } from '../../src/jets/leibniz.js'
import { writeScalar, writeVector } from '../../src/jets/notation.js'
import { readScalar, readVector } from '../../src/jets/read.js'
import { isZeroVector, subVectors } from '../../src/jets/vector.js'
import { derive } from '../../src/laws/derive.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { defects, textsOf } from './defects.js'
import { randomPolynomial } from './polynomials.js'

/** The block of the random losses is a vector, one column, whose polar factor is x/|x|. */
const rules: readonly (readonly [string, RuleStatement, number])[] = [
  ['spectral descent', { update: { theta: 'theta - eta*nuclear(g)*msign(g)' } }, 3],
  ['the polar factor of the gradient', { update: { theta: 'theta - eta*msign(g)' } }, 3],
  ['Muon', { name: 'muon' }, 2],
  ['Muon with a look ahead of the momentum', { state: { B: '0' }, update: { B: 'mu*B + (1-mu)*g', theta: 'theta - eta*msign(mu*B + (1-mu)*g + lambda*theta)' } }, 2],
  ['momentum of polar factors', { state: { v: '0' }, update: { v: 'beta*v + msign(g)', theta: 'theta - eta*v' } }, 2],
  ['the gradient at a point that a polar factor leads to', { update: { theta: 'theta - eta*g(theta + c*msign(g))' } }, 2],
]

const RATE = 2 ** -36

describe.each(rules)('modified vector field of %s', (_, statement, highest) => {
  it.each(Array.from({ length: highest }, (__, n) => n + 1))('to order %i: the one-step defect shrinks as the next power of the rate', (order) => {
    const texts = textsOf(readRule(statement), order)
    const f = randomPolynomial(2, 4, 5 * order + 3)
    const [coarse, fine] = [defects(texts, f, RATE, order), defects(texts, f, RATE / 2, order)]
    for (const name of Object.keys(coarse)) {
      expect(fine[name]).toBeGreaterThan(0)
      expect(Math.log2((coarse[name] ?? 0) / (fine[name] ?? 1))).toBeCloseTo(texts.lengths[name] ?? order + 2, 2)
    }
  })
})

describe('functions of matrices in updates', () => {
  it('read back as they are written', () => {
    for (const text of ['msign(g + beta*v)', 'Dmsign(theta, g)', 'D2msign(g, H(g), theta)']) {
      const x = readVector(text, { vectors: { v: readVector('dtheta') }, sets: {}, operators: {} })
      const again = readVector(writeVector(x).text)
      expect(isZeroVector(subVectors(x, again))).toBe(true)
    }
    expect(writeVector(readVector('D2msign(g, H(g), theta)')).latex).toBe('D^{2}\\operatorname{msign}\\left(g\\right)\\left[H g, \\theta\\right]')
  })

  it('obey Euler: the polar factor of c x is that of x, and what it is along x does not turn it', () => {
    expect(isZeroVector(readVector('Dmsign(g, g)'))).toBe(true)
    expect(readScalar('dot(g, Dmsign(g, theta))').id).toBe(readScalar('0').id)
    expect(isZeroVector(subVectors(readVector('D2msign(g, g, theta)'), readVector('-Dmsign(g, theta)')))).toBe(true)
    const sum = subVectors(readVector('c*Dmsign(c*theta + g, theta)'), readVector('-Dmsign(c*theta + g, g)'))
    expect(sum.terms.every((t) => isZeroExpr(t.coefficient).zero)).toBe(true)
  })

  it('numbers leave their point: the polar factor of -2 x is minus that of x', () => {
    expect(writeVector(readVector('msign(-2*g)')).text).toBe('-msign(g)')
    expect(writeVector(readVector('msign(g + mu/(1 - mu)*g)')).text).toBe('msign(g/(1 - mu))')
    expect(writeVector(readVector('Dmsign(10*g + 20*theta, dtheta)')).text).toBe('Dmsign(g + 2*theta, dtheta)/10')
  })

  it('the nuclear norm changes as its gradient says', () => {
    const rate = timeDerivative(readScalar('nuclear(theta)'))
    expect(rate).toBe(dot(readVector('dtheta'), readVector('msign(theta)')))
    expect(writeScalar(rate).text).toBe('dot(msign(theta), dtheta)')
  })

  it('what they are is told with the rule', () => {
    const [{ derivation } = { derivation: undefined }] = derive({ title: 'test', parameters: { W: ['m', 'n'] }, symmetry: { family: 'scale', on: ['W'] }, rule: { name: 'muon' }, order: 0 })
    expect(derivation?.rule.notation).toContain('msign(x) is the polar factor')
    expect(derivation?.rule.points).toBeUndefined()
  })

  it('a flow that holds them says where it does', () => {
    const found = modifiedField(readRule({ name: 'muon' }), 1)
    expect(found.ok && found.value.conditions).toEqual(['no singular value of an argument of msign passes zero'])
  })

  it.each([
    ['theta - eta*msign(rho)', /a number where a vector is needed/],
    ['theta - eta*msign(theta, g)', /msign takes 1 argument, not 2/],
    ['theta - eta*Dmsign(g)', /Dmsign takes 2 arguments, not 1/],
    ['theta - eta*mssign(g)', /did you mean msign/],
  ])('%s is refused', (theta, message) => {
    expect(() => readRule({ update: { theta } })).toThrow(message)
  })
})

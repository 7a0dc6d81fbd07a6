import { describe, expect, it } from 'vitest'
import { subexpressions } from '../../src/algebra/calculus.js'
import { ONE, atom, isZero, sub } from '../../src/algebra/build.js'
import { expand } from '../../src/algebra/expand.js'
import { FieldValue } from '../../src/jets/contraction.js'
import { LOSS } from '../../src/jets/field.js'
import { readScalar, readVector } from '../../src/jets/read.js'
import { GRADIENT, THETA, type Vector, addVectors, fieldAt, isZeroVector, scaleVector, subVectors, tensor, variable } from '../../src/jets/vector.js'
import { type Rule, readRule } from '../../src/rules/rule.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { taylorInEta } from '../../src/rules/series.js'

const names = { x: variable('x'), y: variable('y') }
const vector = (text: string): Vector => readVector(text, { vectors: names, sets: {}, operators: {} })
const point = vector('theta + eta*x + eta^2*y')
const at = { name: 'phi', point }

describe('a field at a point that is a series', () => {
  it('has the coefficients of Faà di Bruno, each power of eta by itself', () => {
    const series = taylorInEta(tensor(fieldAt(LOSS, at), [], [], true), 4)
    const expected = ['g', 'H(x)', 'H(y) + D3(x, x)/2', 'D3(x, y) + D4(x, x, x)/6']
    for (const [n, text] of expected.entries()) expect(isZeroVector(subVectors(series[n] ?? THETA, vector(text)))).toBe(true)
  })

  it('has them where its arguments are series too', () => {
    const series = taylorInEta(tensor(fieldAt(LOSS, at), [addVectors(variable('x'), scaleVector(readScalar('eta'), GRADIENT))], [], true), 3)
    const expected = ['H(x)', 'H(g) + D3(x, x)', 'D3(x, g) + D3(y, x) + D4(x, x, x)/2']
    for (const [n, text] of expected.entries()) expect(isZeroVector(subVectors(series[n] ?? THETA, vector(text)))).toBe(true)
  })

  it('may be the loss itself, as a factor', () => {
    const value = atom(new FieldValue(fieldAt(LOSS, at)))
    const series = taylorInEta(scaleVector(value, variable('y')), 3)
    const coefficients = ['f', 'dot(g, x)', 'dot(g, y) + dot(x, H(x))/2']
    for (const [n, text] of coefficients.entries()) {
      const [term, more] = series[n]?.terms ?? []
      expect(more).toBeUndefined()
      expect(isZero(expand(sub(term?.coefficient ?? ONE, readScalar(text, { vectors: names, sets: {}, operators: {} }))))).toBe(true)
    }
  })
})

describe('a flow whose terms multiply', () => {
  const rule: Rule = readRule({ name: 'rmsprop', eta: 'eta_0/sqrt(1+k)', lambda: 'lambda_0/(k+1)' })
  it('is derived to the power of eta that has not too many, and says how many the next would have', () => {
    const found = modifiedField(rule, 3)
    if (!found.ok) throw new Error(found.reason)
    const [short, whole] = [modifiedField(rule, 1), modifiedField(readRule({ name: 'rmsprop' }), 3)]
    expect([found.value.order, short.ok && short.value.order, whole.ok && whole.value.order]).toEqual([2, 1, 3])
    expect(found.value.fields.get('theta')).toHaveLength(3)
    // The vectors of the field, and the sums in their coefficients.
    const vectors = found.value.fields.get('theta')?.[2]?.terms ?? []
    const sums = vectors.flatMap((t) => [...subexpressions(t.coefficient)]).filter((e) => e.kind === 'sum')
    expect(vectors.length).toBeGreaterThan(400)
    expect(found.value.swell?.terms).toBeGreaterThan(vectors.length + sums.length)
    expect(found.value.swell?.next).toBeGreaterThan(12_000)
  })
})

describe('a learning rate that is a number on one block beside one that is not', () => {
  it.each(['sgd', 'mirror'])('leaves %s without a flow, for that block moves however small eta is', (name) => {
    const rule = readRule({ name, eta: { W: '2*eta', b: '1/10' }, ...(name === 'mirror' ? { h: 'sum(cosh(theta))' } : {}) }, { W: ['W'], b: ['b'] })
    expect(modifiedField(rule, 1)).toMatchObject({ ok: false, reason: expect.stringMatching(/theta moves by a finite amount in one step however small eta is/) })
  })
})

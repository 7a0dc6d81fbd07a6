import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { potentialCharge } from '../../src/laws/charge.js'
import { writeScalar } from '../../src/jets/notation.js'
import { symmetriesOf } from '../../src/symmetry/symmetry.js'

const only = <T>(list: readonly T[]): T => {
  const [first] = list
  if (first === undefined || list.length !== 1) throw new Error(`one was expected, not ${list.length}`)
  return first
}
const symmetryOf = (generator: Record<string, string>, shapes: Record<string, readonly string[]>) => only(symmetriesOf({ generator }, shapes))

/** Central differences of a function of a point: the oracle for a gradient. */
const slopes = (f: (x: readonly number[]) => number, at: readonly number[]): number[] =>
  at.map((_, i) => {
    const shifted = (h: number): readonly number[] => at.map((x, j) => (i === j ? x + h : x))
    return (f(shifted(1e-4)) - f(shifted(-1e-4))) / 2e-4
  })

describe('polynomial generators whose one-form is closed', () => {
  it('W Wᵀ W is the gradient of tr((WᵀW)²)/4, by finite differences on a 2×2 matrix', () => {
    const { charge, factor } = potentialCharge(symmetryOf({ W: 'W*transpose(W)*W' }, { W: ['n', 'm'] })) ?? {}
    if (charge === undefined || factor === undefined) throw new Error('no charge')
    expect([writeScalar(charge).text, writeScalar(factor).text]).toEqual(['dot(theta, xi)', '4'])
    const gram = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): readonly [number, number, number] => [a * a + c * c, a * b + c * d, b * b + d * d]
    const q = (w: readonly number[]): number => {
      const [aa, ab, bb] = gram(w)
      return aa * aa + 2 * ab * ab + bb * bb
    }
    const at = [0.3, -1.2, 0.7, 0.5]
    const [aa, ab, bb] = gram(at)
    const [a = 0, b = 0, c = 0, d = 0] = at
    const xi = [a * aa + b * ab, a * ab + b * bb, c * aa + d * ab, c * ab + d * bb]
    slopes(q, at).forEach((slope, i) => expect(slope).toBeCloseTo(4 * (xi[i] ?? 0), 5))
  })

  it('gives the law of that charge under gradient descent, all steps checked, decay at four times lambda', () => {
    const { laws, derivation } = only(derive({ title: 'gram', parameters: { W: ['n', 'm'] }, symmetry: { generator: { W: 'W*transpose(W)*W' } }, rule: { name: 'sgd' }, order: 1 }))
    expect(laws.flows[0]?.law.coefficients.map((c) => writeScalar(c).text)).toEqual(['4*lambda', '1'])
    expect(derivation.steps.every((s) => s.verified.passed)).toBe(true)
  })

  it('is refused where the one-form is not closed', () => {
    expect(potentialCharge(symmetryOf({ x: 'y*transpose(y)*x', y: 'y*transpose(x)*x' }, { x: ['d'], y: ['d'] }))).toBeUndefined()
    expect(potentialCharge(symmetryOf({ x: 'y*transpose(y)*x', y: 'x*transpose(x)*y' }, { x: ['d'], y: ['d'] }))).toBeDefined()
    const told = (y: string) => {
      const statement = { title: 'two', parameters: { x: ['d'], y: ['d'] }, symmetry: { generator: { x: 'y*transpose(y)*x', y } }, rule: { name: 'momentum' }, order: 1 }
      return only(derive(statement)).derivation.steps.filter((s) => s.why.startsWith('The one-form of the generator is not closed')).map((s) => s.after.text)
    }
    expect(told('y*transpose(x)*x')).toEqual(['Dxi(z) - Dxit(z)'])
    expect(told('x*transpose(x)*y')).toEqual([])
  })
})

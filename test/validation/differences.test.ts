import { assert, array, integer, property } from 'fast-check'
import { expect, it } from 'vitest'
import { derivativesAt } from '../../src/validation/differences.js'

const value = (c: readonly number[], x: number): number => c.reduceRight((sum, a) => sum * x + a, 0)
const derivative = (c: readonly number[]): readonly number[] => c.slice(1).map((a, i) => (i + 1) * a)

it('derivatives of a polynomial through the samples are exact, in the middle and at the first sample', () => {
  assert(property(array(integer({ min: -9, max: 9 }), { minLength: 5, maxLength: 5 }), integer({ min: 0, max: 3 }), (c, at) => {
    const found = derivativesAt((k) => value(c, k / 4), at, 4, 1 / 4)
    let exact: readonly number[] = c
    for (const x of found) {
      expect(x).toBeCloseTo(value(exact, at / 4), 8)
      exact = derivative(exact)
    }
    expect(found.length).toBe(5)
  }))
})

it('each, times the power of the step that belongs to it, is off by a power of the step more than the order', () => {
  for (const order of [1, 2, 3]) {
    const off = [0.1, 0.05].map((h) => derivativesAt((k) => Math.exp(k * h), 0, order, h).map((x, m) => h ** m * Math.abs(x - 1)))
    for (let m = 1; m <= order; m += 1) expect(Math.log2((off[0]?.[m] ?? 0) / (off[1]?.[m] ?? 1))).toBeGreaterThan(order + 0.8)
  }
})

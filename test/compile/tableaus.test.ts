import { describe, expect, it } from 'vitest'
import { type Rational, R0, addR, fromNumber, mulR, rational, subR, toNumber } from '../../src/algebra/rational.js'
import { TABLEAUS } from '../../src/compile/methods/index.js'
import { middleWeights } from '../../src/compile/methods/middle.js'
import { CENTRE, type Tableau, centred } from '../../src/compile/methods/tableau.js'
import { VERNER_9 } from '../../src/compile/methods/verner9.js'
import { Conditions, density, treesOf } from './orderConditions.js'

/** Tables are printed with up to 40 digits, some interpolants with 17. */
const EXACT_ENOUGH = 1e-14

const allRows = (t: Tableau): readonly (readonly Rational[])[] => [...t.a, ...t.interpolant.extra.map((e) => e.a)]
const interpolated = (t: Tableau, theta: Rational): readonly Rational[] =>
  t.interpolant.weights.map((w) => w.reduceRight((sum, coefficient) => mulR(theta, addR(coefficient, sum)), R0))

describe('rooted trees', () => {
  it('number 1, 1, 2, 4, 9, 20, 48, 115 (Cayley)', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((n) => treesOf(n).length)).toEqual([1, 1, 2, 4, 9, 20, 48, 115])
    expect(treesOf(4).map(density).sort()).toEqual([12n, 24n, 4n, 8n])
  })
})

describe.each(Object.values(TABLEAUS))('$title', (t) => {
  const conditions = new Conditions(allRows(t))

  it('has row sums c and ends with its derivative at the result', () => {
    const times = [...t.c, ...t.interpolant.extra.map((e) => e.c)]
    for (const [i, row] of allRows(t).entries())
      expect(Math.abs(toNumber(subR(row.reduce(addR, R0), times[i] ?? R0))), `stage ${i}`).toBeLessThan(EXACT_ENOUGH)
    expect(t.a.at(-1)?.map(toNumber)).toEqual(t.b.slice(0, -1).map(toNumber))
  })

  it('satisfies all order conditions up to its order and no further', () => {
    for (let order = 1; order <= t.order; order += 1) expect(conditions.defect(order, t.b), `order ${order}`).toBeLessThan(EXACT_ENOUGH)
    expect(conditions.defect(t.order + 1, t.b)).toBeGreaterThan(1e-9)
  })

  it('has embedded methods of the stated orders', () => {
    for (const e of t.errors) {
      const embedded = t.a.map((_, i) => subR(t.b[i] ?? R0, e.weights[i] ?? R0))
      for (let order = 1; order <= e.order; order += 1) expect(conditions.defect(order, embedded), `order ${order}`).toBeLessThan(EXACT_ENOUGH)
      expect(conditions.defect(e.order + 1, embedded)).toBeGreaterThan(1e-10)
    }
  })

  it('interpolates with the stated order and ends at the result', () => {
    for (const theta of [rational(1, 3), rational(7, 10)])
      for (let order = 1; order <= t.interpolant.order; order += 1)
        expect(conditions.defect(order, interpolated(t, theta), theta), `order ${order}`).toBeLessThan(EXACT_ENOUGH)
    for (const [i, w] of interpolated(t, rational(1)).entries()) expect(Math.abs(toNumber(subR(w, t.b[i] ?? R0)))).toBeLessThan(EXACT_ENOUGH)
  })

  it('evaluates its interpolant to rounding in doubles', () => {
    for (const theta of [0, 1 / 64, 0.3, 1 / 2, 0.77, 1]) {
      const exact = interpolated(t, fromNumber(theta)).map(toNumber)
      for (const [i, w] of t.interpolant.weights.entries()) {
        const found = theta * centred(w).reduceRight((sum, c) => sum * (theta - CENTRE) + c, 0)
        expect(Math.abs(found - (exact[i] ?? NaN)), `weight ${i} at ${theta}`).toBeLessThan(2e-14)
      }
    }
  })

  it('has the middle of a step from its own stages, if the interpolant needs more: to order 6, of Dormand and Prince all but so', () => {
    const weights = middleWeights(t)
    expect(weights === undefined).toBe(t.interpolant.extra.length === 0)
    if (weights === undefined) return
    const exact = weights.map(fromNumber)
    for (let order = 1; order <= 5; order += 1) expect(conditions.defect(order, exact, rational(1, 2)), `order ${order}`).toBeLessThan(1e-14)
    expect(conditions.defect(6, exact, rational(1, 2))).toBeLessThan(t === VERNER_9 ? 1e-14 : 1e-4)
    expect(conditions.defect(7, exact, rational(1, 2))).toBeGreaterThan(1e-9)
  })
})

describe('Verner 9(8), whose tables are printed with 40 digits', () => {
  const power = (x: Rational, n: number): Rational => (n === 0 ? rational(1) : mulR(x, power(x, n - 1)))
  const times = [...VERNER_9.c, ...VERNER_9.interpolant.extra.map((e) => e.c)]
  const moment = (weights: readonly Rational[], n: number): Rational =>
    weights.reduce((sum, w, i) => addR(sum, mulR(w, power(times[i] ?? R0, n))), R0)
  const distance = (a: Rational, b: Rational): number => Math.abs(toNumber(subR(a, b)))

  it('has no misprinted digit: row sums, moments Σ bᵢ(θ)cᵢⁿ = θⁿ⁺¹/(n+1) and bᵢ(1) = bᵢ hold to the last two', () => {
    for (const [i, row] of allRows(VERNER_9).entries()) expect(distance(moment(row, 0), times[i] ?? R0), `row ${i}`).toBeLessThan(1e-38)
    const { weights } = VERNER_9.interpolant
    for (const [i, w] of weights.entries()) expect(distance(w.reduce(addR, R0), VERNER_9.b[i] ?? R0), `weight ${i}`).toBeLessThan(5e-36)
    for (let j = 0; j < 9; j += 1)
      for (let n = 0; n < 9; n += 1) {
        const column = weights.map((w) => w[j] ?? R0)
        expect(distance(moment(column, n), j === n ? rational(1, n + 1) : R0), `θ^${j + 1}, c^${n}`).toBeLessThan(5e-36)
      }
  })
})

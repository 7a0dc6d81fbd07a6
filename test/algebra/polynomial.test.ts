import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Polynomial, Budget, addP, divideP, gcdP, leadingNumber, mulP, negP, powP, subP, variable } from '../../src/algebra/polynomial.js'

const work = (): Budget => new Budget(1e9)

const valueAt = (p: Polynomial, point: readonly bigint[]): bigint =>
  typeof p === 'bigint' ? p : p.coefficients.reduceRight<bigint>((sum, c) => sum * (point[p.variable] ?? 0n) + valueAt(c, point), 0n)

const monomial = fc
  .tuple(fc.bigInt(-9n, 9n), fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }))
  .map(([c, powers]) => powers.reduce<Polynomial>((p, n, v) => mulP(p, powP(variable(v), BigInt(n), work()), work()), c))

const polynomial = fc.array(monomial, { maxLength: 5 }).map((terms) => terms.reduce(addP, 0n))

/** Irreducible and different from each other: linear in all variables, the coefficient of one of them 1. */
const PRIMES: readonly Polynomial[] = [
  variable(0),
  addP(variable(0), 1n),
  addP(variable(1), mulP(3n, variable(0), work())),
  subP(addP(variable(2), 2n), mulP(5n, variable(1), work())),
  addP(variable(2), variable(0)),
]

const productOf = (content: bigint, exponents: readonly number[]): Polynomial =>
  exponents.reduce<Polynomial>((p, n, i) => mulP(p, powP(PRIMES[i] ?? 1n, BigInt(n), work()), work()), content)

describe('polynomials', () => {
  it('add and multiply as their values do', () => {
    fc.assert(
      fc.property(polynomial, polynomial, fc.array(fc.bigInt(-50n, 50n), { minLength: 3, maxLength: 3 }), (a, b, at) => {
        expect(valueAt(addP(a, b), at)).toBe(valueAt(a, at) + valueAt(b, at))
        expect(valueAt(subP(a, b), at)).toBe(valueAt(a, at) - valueAt(b, at))
        expect(valueAt(mulP(a, b, work()), at)).toBe(valueAt(a, at) * valueAt(b, at))
      }),
    )
  })

  it('have one form: what is subtracted again leaves the same coefficients, and a product divides by its factors', () => {
    fc.assert(
      fc.property(polynomial, polynomial, (a, b) => {
        expect(subP(addP(a, b), b)).toEqual(a)
        expect(b === 0n ? a : divideP(mulP(a, b, work()), b, work())).toEqual(a)
      }),
    )
  })

  it('have as greatest common divisor the primes they share, each as often as in both', () => {
    const exponents = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: PRIMES.length, maxLength: PRIMES.length })
    const content = fc.bigInt(1n, 60n)
    fc.assert(
      fc.property(exponents, exponents, content, content, (m, n, c, d) => {
        let [x, y] = [c, d]
        while (y !== 0n) [x, y] = [y, x % y]
        const shared = productOf(x, m.map((k, i) => Math.min(k, n[i] ?? 0)))
        const found = gcdP(productOf(c, m), negP(productOf(d, n)), work())
        expect(found).toEqual(leadingNumber(shared) < 0n ? negP(shared) : shared)
      }),
    )
  })
})

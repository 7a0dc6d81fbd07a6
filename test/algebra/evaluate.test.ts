import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, call, mul, num, sym } from '../../src/algebra/build.js'
import { RATIONALS, evaluateExact, evaluateNumber, evaluateRational, powerIn, primeField } from '../../src/algebra/evaluate.js'
import { expand } from '../../src/algebra/expand.js'
import type { Expr } from '../../src/algebra/expr.js'
import { quadrature } from '../../src/algebra/numeric.js'
import { type Rational, addR, invR, mulR, rational, toNumber } from '../../src/algebra/rational.js'
import { readExpr } from '../../src/algebra/read.js'
import { squareRoot } from '../../src/algebra/residue.js'
import { NAMES, rationalExpr } from './arbitrary.js'
import { unless } from './unless.js'

const P = 2n ** 61n - 1n
const value = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 1, max: 9 })).map(([n, d]) => rational(n, d))
const point = fc.tuple(value, value, value, value, value).map((values) => Object.fromEntries(NAMES.map((name, i) => [name, values[i] ?? rational(1)])))

/** The value, or undefined at a pole. */
const defined = <T>(f: () => T): T | undefined => unless(RangeError, f)

describe('signs', () => {
  const prime = 2n ** 61n - 25_265_841n

  it('of residues multiply, and are those of small fractions where small primes are squares', () => {
    const field = primeField(prime)
    const residue = fc.bigInt({ min: 1n, max: prime - 1n })
    fc.assert(fc.property(residue, residue, (x, y) => field.sign(field.multiply(x, y)) === field.multiply(field.sign(x), field.sign(y))))
    fc.assert(fc.property(fc.integer({ min: -66, max: 66 }), fc.integer({ min: 1, max: 66 }), (n, d) => field.sign(field.rational(rational(n, d))) === field.rational(RATIONALS.sign(rational(n, d)))))
  })

  it('of the root of a residue is 1, so that roots multiply', () => {
    const field = primeField(prime)
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: prime - 1n }), (x) => squareRoot(field.multiply(x, x), prime) === field.multiply(field.sign(x), x)))
  })
})

const UNIT = 2 ** -52

/**
 * How far the value in doubles of a rational expression may be from the exact one: each sum, product and power rounds, and passes on what its parts
 * are off by (running error analysis, [Higham, Accuracy and Stability of Numerical Algorithms, §3.3]). Infinite where a denominator may be zero.
 */
function roundingOf(e: Expr, at: (name: string) => number): { readonly size: number; readonly error: number } {
  const size = Math.abs(evaluateNumber(e, at))
  if (e.kind === 'sum') {
    const parts = e.terms.map((t) => ({ weight: Math.abs(toNumber(t.coefficient)), ...roundingOf(t.factor, at) }))
    const sizes = parts.reduce((sum, part) => sum + part.weight * part.size, Math.abs(toNumber(e.constant)))
    return { size, error: parts.reduce((sum, part) => sum + part.weight * part.error, (parts.length + 2) * UNIT * sizes) }
  }
  if (e.kind === 'product') {
    const relative = e.factors.reduce((sum, f) => {
      const base = roundingOf(f.base, at)
      const off = base.error === 0 ? 0 : base.error / base.size
      const exponent = Math.abs(evaluateNumber(f.exponent, at))
      return sum + (off < 0.01 ? 1.1 * exponent * off : Number.POSITIVE_INFINITY) + 4 * UNIT
    }, 0)
    return { size, error: size * relative }
  }
  return { size, error: UNIT * size }
}

describe('exact evaluation', () => {
  it('is a homomorphism: sums to sums and products to products', () => {
    fc.assert(
      fc.property(rationalExpr, rationalExpr, point, (a, b, at) => {
        const [x, y] = [defined(() => evaluateRational(a, at)), defined(() => evaluateRational(b, at))]
        const [sum, product] = [defined(() => evaluateRational(add(a, b), at)), defined(() => evaluateRational(mul(a, b), at))]
        if (x === undefined || y === undefined) return
        expect(sum).toEqual(addR(x, y))
        expect(product ?? mulR(x, y)).toEqual(mulR(x, y))
      }),
      { numRuns: 500 },
    )
  })

  it('in a prime field is the rational value reduced, and in doubles the rational value rounded', () => {
    const field = primeField(P)
    let told = 0
    fc.assert(
      fc.property(rationalExpr, point, (e, at) => {
        const exact = defined(() => evaluateRational(e, at))
        const symbol = (name: string): Rational => at[name] ?? rational(0)
        const modular = defined(() => evaluateExact(e, field, { symbol: (name) => field.rational(symbol(name)) }))
        if (exact === undefined) return
        expect(modular).toBe(field.rational(exact))
        const inDoubles = (name: string): number => toNumber(symbol(name))
        const double = evaluateNumber(expand(e), inDoubles)
        const { error } = roundingOf(expand(e), inDoubles)
        expect(Math.abs(double - toNumber(exact)) <= 1.1 * error + UNIT * Math.abs(toNumber(exact)) || !Number.isFinite(error)).toBe(true)
        told += error < 1e-9 * Math.abs(toNumber(exact)) ? 1 : 0
      }),
      { numRuns: 500 },
    )
    // The bound is of use at most points.
    expect(told).toBeGreaterThan(300)
  })

  it('evaluates a shared subexpression once', () => {
    let e: Expr = sym('x')
    for (let k = 0; k < 500; k += 1) e = add(mul(e, add(e, num(1))), num(1))
    let asked = 0
    evaluateExact(e, primeField(P), { symbol: () => BigInt((asked += 1)) })
    expect(asked).toBe(1)
  })

  it('says what it has no value for', () => {
    expect(() => evaluateRational(sym('x'), {})).toThrow(/no value for x/)
    expect(() => evaluateRational(call('sin', num(1)), {})).toThrow(/no exact value/)
    expect(() => evaluateNumber(sym('toString'), {})).toThrow(/no value/)
    expect(() => evaluateRational(readExpr('1/x'), { x: rational(0) })).toThrow(/division by zero/)
  })
})

describe('fields', () => {
  it('have inverses and powers', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: P - 1n }), fc.integer({ min: -20, max: 20 }), (x, n) => {
        const field = primeField(P)
        expect(field.multiply(x, field.inverse(x))).toBe(1n)
        expect(field.multiply(powerIn(field, x, BigInt(n)), powerIn(field, x, BigInt(-n)))).toBe(1n)
        expect(RATIONALS.inverse({ num: x, den: 1n })).toEqual(invR({ num: x, den: 1n }))
      }),
    )
  })

  it('have square roots of exactly the squares', () => {
    const p = 2n ** 62n - 167n
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: p - 1n }), (x) => {
        const root = squareRoot((x * x) % p, p)
        expect(root === x || root === p - x).toBe(true)
        const other = squareRoot(x, p)
        expect(other === undefined ? x : (other * other) % p).toBe(x)
      }),
    )
    expect(squareRoot(3n, p)).toBeUndefined()
  })
})

describe('quadrature', () => {
  it.each<readonly [string, (x: number) => number, number, number, number]>([
    ['a smooth function', Math.exp, 0, 1, Math.E - 1],
    ['a kink', Math.abs, -1, 2, 2.5],
    ['a square-root end', Math.sqrt, 0, 1, 2 / 3],
    ['an oscillation', (x) => Math.sin(50 * x), 0, 3, (1 - Math.cos(150)) / 50],
    ['reversed limits', (x) => x * x, 1, 0, -1 / 3],
    ['a narrow peak', (x) => 1e-3 / (1e-6 + x * x), -1, 1, 2 * Math.atan(1000)],
  ])('integrates %s', (_, f, a, b, exact) => expect(quadrature(f, a, b)).toBeCloseTo(exact, 11))

  it('has no value across a pole', () => {
    expect(quadrature((x) => 1 / x, -1, 1.5)).toBeNaN()
    expect(quadrature((x) => 1 / (x * x), -1, 1.3)).toBeNaN()
  })

  it('gives integral nodes their value', () => {
    expect(evaluateNumber(readExpr('integral(exp(-2*l*(t-s))*integral(u,u,0,s),s,0,t)'), { l: 0.5, t: 2 })).toBeCloseTo(2 - 2 + 1 - Math.exp(-2), 12)
  })
})

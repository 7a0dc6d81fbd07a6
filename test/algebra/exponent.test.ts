import { describe, expect, it } from 'vitest'
import { add, mul, num, pow, scaleBy, sub, sym } from '../../src/algebra/build.js'
import { RATIONALS, evaluateExact, evaluateRational } from '../../src/algebra/evaluate.js'
import { splitExponent } from '../../src/algebra/exponent.js'
import { rational } from '../../src/algebra/rational.js'
import { rationalForm } from '../../src/algebra/rational-form.js'
import { readExpr } from '../../src/algebra/read.js'
import { isZeroExpr } from '../../src/algebra/zero.js'

const z = sym('z')

/** Exponents written in two ways, which are a whole number apart. */
const APART: readonly (readonly [string, string, number])[] = [
  ['(m - n)/m', '-n/m', 1],
  ['(m - n)/(m + n)', '-2*n/(m + n)', 1],
  ['(1 - a)/(1 - b)', '(2 - a - b)/(1 - b)', -1],
  ['(m^2 - n^2)/(m + n)', 'm - n + 2', -2],
  ['m/(m + n) + k', 'k - n/(m + n)', 1],
  ['(x + y)^2/(x - y)', '(x^2 + y^2 + 2*x*y)/(x - y) - 3', 3],
  ['3/2*(m - n)/m', '-3*n/(2*m) - 1/2', 2],
]

describe('exponents that are no numbers', () => {
  it.each(APART)('%s and %s are %d apart, and so are powers with them', (left, right, whole) => {
    const [x, y] = [readExpr(left), readExpr(right)]
    expect(isZeroExpr(sub(sub(x, y), num(whole))).zero).toBe(true)
    const [a, b] = [splitExponent(z, x), splitExponent(z, y)]
    expect(a.parts).toEqual(b.parts)
    expect(Number(a.whole - b.whole)).toBe(whole)
    const difference = sub(pow(z, x), mul(pow(z, num(whole)), pow(z, y)))
    expect(rationalForm(difference)?.numerator).toBe(0n)
    const value = evaluateExact(difference, RATIONALS, { symbol: () => rational(3, 7), kernel: (e) => rational(e.id + 2) })
    expect(value).toEqual(rational(0))
  })

  it.each([...APART.flatMap(([left, right]) => [left, right]), 'x^3/(x + x^2)', 'x*y^2/(x*y + x^2 + y^2)', 'x^2/((x + y)*(x - y)*(x + m))'])('%s is the whole number and the multiples of monomials that it is split into', (text) => {
    const { whole, parts } = splitExponent(z, readExpr(text))
    const together = add(num(whole), ...parts.map(({ monomial, times }) => scaleBy(rational(times), monomial)))
    const values = Object.fromEntries(['m', 'n', 'a', 'b', 'k', 'x', 'y'].map((name, i) => [name, rational(i + 3, i + 5)]))
    expect(evaluateRational(together, values)).toEqual(evaluateRational(readExpr(text), values))
  })
})

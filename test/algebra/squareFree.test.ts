import { describe, expect, it } from 'vitest'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'
import { factored, inLowestTerms } from '../../src/algebra/squareFree.js'
import { termsWritten } from '../../src/algebra/written.js'

/** 1/(a1 + b1 + c1 + d1) + …: its one fraction has four to the power n − 1 terms for each of them. */
const reciprocals = (n: number) => readExpr(Array.from({ length: n }, (_, i) => `1/(a${i} + b${i} + c${i} + d${i})`).join(' + '))

describe('one fraction', () => {
  it('has square-free factors', () => {
    expect(toText(factored(readExpr('1 - 2*eta*lambda + eta^2*lambda^2')))).toBe('(1 - eta*lambda)^2')
  })

  it('is written where it can be read, and a sum that it is far longer than stays as it is', () => {
    const [short, long] = [reciprocals(2), reciprocals(6)]
    expect(factored(short).kind).toBe('product')
    const whole = inLowestTerms(long) ?? long
    expect(termsWritten(whole)).toBeGreaterThan(6 * 4 ** 5)
    expect(factored(long)).toBe(long)
    const values = Object.fromEntries([...'abcd'].flatMap((name, j) => Array.from({ length: 6 }, (_, i) => [`${name}${i}`, 1 + i / 3 + j / 7])))
    expect(evaluateNumber(whole, values)).toBeCloseTo(evaluateNumber(long, values), 10)
  })
})

describe('terms as they are written', () => {
  it('are counted in each place where a sum stands', () => {
    expect([('a*b'), 'a + b', '(a + b)^2/(1 + a + b)', 'sqrt(a + b)*(c + sqrt(a + b))'].map((text) => termsWritten(readExpr(text)))).toEqual([0, 2, 4, 6])
  })
})

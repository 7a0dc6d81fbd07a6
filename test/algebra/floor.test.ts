import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differentiate } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { toLatex, toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'
import { isZeroExpr } from '../../src/algebra/zero.js'

describe('whole parts', () => {
  it('of numbers are exact, and whole numbers leave them', () => {
    expect(['floor(-7/2)', 'floor(5)', 'floor(x + 7/2)', 'floor(floor(x))', 'floor(x - 2)'].map((e) => toText(readExpr(e)))).toEqual(['-4', '5', '3 + floor(1/2 + x)', 'floor(x)', 'floor(x) - 2'])
  })

  it('leave a remainder between zero and the period, as doubles have it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -99, max: 99 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (n, d, p) => {
        const value = readExpr(`mod(${n}/${d}, ${p}/2)`)
        const number = evaluateNumber(value, {})
        expect(value.kind).toBe('number')
        expect(number >= 0 && number < p / 2).toBe(true)
        expect(Math.abs(Math.round((n / d - number) / (p / 2)) - (n / d - number) / (p / 2))).toBeLessThan(1e-9)
        expect(evaluateNumber(readExpr('mod(x, y)'), { x: n / d, y: p / 2 })).toBeCloseTo(number, 9)
      }),
    )
  })

  it('do not move between their jumps, and are the same where their arguments are', () => {
    expect(toText(differentiate(readExpr('x*floor(x) + mod(x, 3)'), 'x'))).toBe('1 + floor(x)')
    expect(isZeroExpr(readExpr('floor((x^2 - 1)/(x - 1)) - floor(x) - 1')).zero).toBe(true)
    expect(isZeroExpr(readExpr('floor(x) + floor(-x)')).zero).toBe(false)
  })

  it('are written as they are read', () => {
    expect(toLatex(readExpr('c^floor(k/30)'))).toBe('c^{\\left\\lfloor \\frac{1}{30}k\\right\\rfloor}')
    expect(toLatex(readExpr('floor(x)^2'))).toBe('\\left\\lfloor x\\right\\rfloor^2')
  })

  it('a remainder of nothing is refused', () => {
    expect(() => readExpr('mod(x, 0)')).toThrow(/mod\(x,0\) is not a number/)
    expect(() => readExpr('mod(x)')).toThrow(/mod\(x,y\)/)
  })
})

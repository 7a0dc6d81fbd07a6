import { array, assert, constantFrom, letrec, oneof, pre, property, type Arbitrary } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, call, mul, num, pow } from '../../src/algebra/build.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import type { Expr } from '../../src/algebra/expr.js'
import { inMagnitudes } from '../../src/algebra/magnitude.js'
import { toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'

const short = (text: string): string => toText(inMagnitudes(readExpr(text)))

/** Functions of real x, y that mix powers, roots of squares, magnitudes and signs. */
const leaf: Arbitrary<Expr> = constantFrom(...['x', 'y', 'abs(x)', 'sign(x)', 'sign(y)', 'sqrt(x^2)', '(x^2*y^4)^(1/2)', '1/sqrt(y^2)', '1/x', 'sqrt(x^2 + 1)'].map((t) => readExpr(t)))
const { expression } = letrec<{ expression: Expr }>((tie) => ({
  expression: oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    array(tie('expression'), { minLength: 2, maxLength: 3 }).map((xs) => mul(...xs)),
    array(tie('expression'), { minLength: 2, maxLength: 3 }).map((xs) => add(...xs)),
    tie('expression').map((x) => pow(pow(x, num(2)), readExpr('1/2'))),
    tie('expression').map((x) => call('abs', x)),
  ),
}))

describe('functions of real components in magnitudes', () => {
  it('have the value they had, on both sides of zero', () => {
    assert(property(expression, constantFrom(-1.7, -0.6, 0.8, 2.3), constantFrom(-2.1, -0.4, 0.7, 1.9), (e, x, y) => {
      const [before, after] = [e, inMagnitudes(e)].map((f) => evaluateNumber(f, { x, y }))
      pre(before !== undefined && Number.isFinite(before))
      expect(Math.abs((after ?? Number.NaN) - (before ?? 0))).toBeLessThan(1e-9 * (1 + Math.abs(before ?? 0)))
    }), { numRuns: 400 })
  })

  it('are written with one of the three', () => {
    expect(short('sqrt(g^2)')).toBe('abs(g)')
    expect(short('g/(sqrt(g^2) + epsilon)')).toBe('g/(abs(g) + epsilon)')
    expect(short('g/sqrt(g^2)')).toBe('sign(g)')
    expect(short('g*sign(g)')).toBe('abs(g)')
    expect(short('abs(g)*sign(g)')).toBe('g')
    expect(short('sqrt(g^2*h^4)')).toBe('h^2*abs(g)')
    expect(short('g^2/sqrt(g^2)')).toBe('abs(g)')
    expect(short('sqrt(g^2 + 2*lambda*g*h + lambda^2*h^2)')).toBe('abs(g + h*lambda)')
  })

  it('keep what differs where a component vanishes', () => {
    expect(short('sign(g)^2')).toBe('sign(g)^2')
    expect(short('sqrt(s)')).toBe('sqrt(s)')
  })
})

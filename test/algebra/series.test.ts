import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO, add, div, mul, num, sub, sym } from '../../src/algebra/build.js'
import { differentiateTimes, substitute } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { antiderivative, integrateDefinite } from '../../src/algebra/integrate.js'
import { toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'
import { coefficientOf, series, seriesSum } from '../../src/algebra/series.js'
import { differentiate } from '../../src/algebra/calculus.js'
import { equalExpr, isZeroExpr } from '../../src/algebra/zero.js'

const REGULAR = ['1/(1-a*x)', 'exp(a*x)', 'log(2+x)', 'sqrt(1+x)', '(1+x)^a', 'tan(x)', 'tanh(a*x)', 'atan(x)', 'cos(x)^2', 'sinh(x)*cosh(x)', 'exp(sin(x))', '(2+x)^x', 'abs(x-3)', 'integral(exp(-s^2),s,0,x)', 'max(x, 2)', 'x/(a+x)^2']
const SINGULAR = ['sin(x)/x', '1/sin(x)', '(1-cos(x))/x^2', '1/(exp(x)-1)', '(1+x)/x^3', '(sin(x)-x)/(x-tan(x))', '1/(x^2*(1-x))', '(1+x)^(1/x)', '1/tan(x)^2', '(exp(x)-exp(-x))/sinh(x)']

describe('series', () => {
  it.each(REGULAR)('of %s has the Taylor coefficients', (text) => {
    const e = readExpr(text)
    const s = series(e, 'x', 4)
    for (let n = 0, factorial = 1; n <= 4; n += 1, factorial *= n) {
      const taylor = div(substitute(differentiateTimes(e, 'x', n), { x: ZERO }), num(factorial))
      expect(equalExpr(coefficientOf(s, n), taylor), `order ${n}: ${toText(coefficientOf(s, n))}`).toBe(true)
    }
  })

  it.each([...REGULAR, ...SINGULAR])('of %s is off by the first order left out', (text) => {
    const e = readExpr(text)
    const sum = seriesSum(series(e, 'x', 3), 'x')
    const gap = (x: number): number => Math.abs(evaluateNumber(sub(e, sum), { x, a: 0.7 }))
    const [coarse, fine] = [gap(0.08), gap(0.04)]
    expect(coarse < 1e-11 ? Infinity : Math.log2(coarse / fine)).toBeGreaterThan(3.6)
  })

  it('about another point is the series of the shifted function', () => {
    const e = readExpr('log(x)/x')
    const [shifted, about] = [series(substitute(e, { x: add(sym('x'), num(2)) }), 'x', 3), series(e, 'x', 3, num(2))]
    for (let n = 0; n <= 3; n += 1) expect(equalExpr(coefficientOf(shifted, n), coefficientOf(about, n))).toBe(true)
    expect(series(readExpr('1/(x-1)^2'), 'x', 2, num(1)).valuation).toBe(-2)
  })

  it('of a product is the product of the series', () => {
    fc.assert(
      fc.property(fc.constantFrom(...REGULAR.slice(0, 8), ...SINGULAR.slice(0, 5)), fc.constantFrom(...REGULAR.slice(0, 8)), (a, b) => {
        const [s, t] = [series(readExpr(a), 'x', 2), series(readExpr(b), 'x', 6)]
        const product = series(mul(readExpr(a), readExpr(b)), 'x', 2)
        const convolution = add(...s.coefficients.map((c, i) => mul(c, coefficientOf(t, 2 - s.valuation - i))))
        fc.pre(t.valuation === 0)
        expect(equalExpr(coefficientOf(product, 2), convolution)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it.each([
    ['exp(1/x)', /essential singularity/],
    ['sqrt(x)', /not an integer/],
    ['log(x)', /logarithm/],
    ['abs(x)', /kink/],
    ['sin(1/x)', /essential/],
  ])('of %s at 0 is refused', (text, why) => expect(() => series(readExpr(text), 'x', 2)).toThrow(why))
})

const CLOSED = ['x^3', 'exp(-2*a*x)', 'x^2*exp(a*x)', 'exp(-a*x)*cos(w*x)', 'x*exp(-a*x)*sin(w*x+p)', 'sin(x)^2', 'sin(a*x)*cos(b*x)', '1/(a*x+b)', 'sqrt(x+1)', 'x^a', '2^x', 'cosh(x)*exp(2*x)', 'sin(x)^4', '(1+x)^2*exp(x)', '1/(x^2-1)', 'log(x)', 'tan(x)', 'atan(x)']
const OPEN = ['exp(-x^2)', 'sin(x)/x', 'exp(x)/x']

describe('integrals', () => {
  it.each(CLOSED)('%s has a closed antiderivative, and its derivative is the integrand', (text) => {
    const e = readExpr(text)
    const found = antiderivative(e, 'x')
    expect(found).toBeDefined()
    expect(isZeroExpr(sub(differentiate(found ?? ZERO, 'x'), e)).zero).toBe(true)
  })

  it.each(CLOSED.filter((text) => !['1/(x^2-1)', 'tan(x)'].includes(text)))('of %s between limits agrees with quadrature', (text) => {
    const e = readExpr(text)
    const value = integrateDefinite(e, 'x', num(1), sym('t'))
    expect(value.kind === 'integral').toBe(false)
    const at = { t: 2.3, a: 0.6, b: 1.7, w: 2.1, p: 0.3 }
    expect(evaluateNumber(value, at)).toBeCloseTo(evaluateNumber(readExpr(`integral(${text.replaceAll(/\bx\b/g, 'u')},u,1,t)`), at), 9)
  })

  it.each(OPEN)('%s stays under the integral sign', (text) => {
    expect(antiderivative(readExpr(text), 'x')).toBeUndefined()
    expect(integrateDefinite(readExpr(text), 'x', num(1), sym('t'))).toBe(readExpr(`integral(${text.replaceAll(/\bx\b/g, 's')},s,1,t)`))
  })

  it('across a pole are not evaluated', () => {
    expect(integrateDefinite(readExpr('1/x'), 'x', num(-1), num(1)).kind).toBe('integral')
    expect(integrateDefinite(readExpr('1/x^2'), 'x', num(-1), num(1)).kind).toBe('integral')
  })

  it('keep what varies unknown to them under the sign', () => {
    const e = readExpr('exp(-2*lambda*(t-x))*diff(q,x) + x')
    expect(integrateDefinite(e, 'x', ZERO, sym('t'))).toBe(readExpr('t^2/2 + integral(exp(-2*lambda*t + 2*lambda*s)*diff(q,s),s,0,t)'))
    expect(integrateDefinite(sym('u'), 'x', ZERO, sym('t'), { dependent: new Set(['u']) })).toBe(readExpr('integral(u,s,0,t)'))
    expect(integrateDefinite(sym('u'), 'x', ZERO, sym('t'))).toBe(readExpr('u*t'))
  })
})

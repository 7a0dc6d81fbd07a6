import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ONE, ZERO, add, div, frac, mul, num, pow, sub, sym } from '../../src/algebra/build.js'
import { evaluateRational } from '../../src/algebra/evaluate.js'
import { expand } from '../../src/algebra/expand.js'
import type { Expr } from '../../src/algebra/expr.js'
import { collect, factorCommon, polynomialCoefficients } from '../../src/algebra/factor.js'
import { rational } from '../../src/algebra/rational.js'
import { cancel, numeratorDenominator, rationalForm } from '../../src/algebra/rational-form.js'
import { readExpr } from '../../src/algebra/read.js'
import { linearSolve, solveLinear } from '../../src/algebra/solve.js'
import { equalExpr, isZeroExpr } from '../../src/algebra/zero.js'
import { toText } from '../../src/algebra/print.js'
import { fraction, rationalExpr } from './arbitrary.js'

const IDENTITIES = [
  '(x^2-1)/(x-1) - x - 1',
  '1/(x+y) + 1/(x-y) - 2*x/(x^2-y^2)',
  'sin(x)^2 + cos(x)^2 - 1',
  'sin(x+y) - sin(x)*cos(y) - cos(x)*sin(y)',
  'cos(3*x) - 4*cos(x)^3 + 3*cos(x)',
  'tan(x)*cos(x) - sin(x)',
  'sin(x + pi/2) - cos(x)',
  'cosh(x)^2 - sinh(x)^2 - 1',
  'tanh(x) - (exp(2*x)-1)/(exp(2*x)+1)',
  'exp(x+y) - exp(x)*exp(y)',
  'exp(x/2)^2 - exp(x)',
  'exp(a*log(x)) - x^a',
  '4^x - 2^(2*x)',
  '6^x - 2^x*3^x',
  'log(2*x*y) - log(x) - log(y) - log(2)',
  'sqrt(x+1)^3/sqrt(x+1) - x - 1',
  '(x+y)^(1/3)*(x+y)^(2/3) - x - y',
  '((a+sqrt(a^2-4*b))/2)^2 - a*(a+sqrt(a^2-4*b))/2 + b',
  'abs(x)*sign(x) - x',
  'max(x,y) + min(x,y) - x - y',
  'sqrt(x^2) - abs(x)',
  'integral(2*s*x,s,0,t) - 2*x*integral(s,s,0,t)',
  'integral(s^2,s,0,t) - t^3/3',
  '(exp(x)+1)*(sin(x)^2 + cos(x)^2 - 1)',
  'sqrt(2)*sqrt(3) - sqrt(6)',
]
const NEAR_MISSES = [
  '(x^2-1)/(x-1) - x + 1',
  'sin(x)^2 + cos(x)^2 - 1.000001',
  'sin(x+y) - sin(x)*cos(y) + cos(x)*sin(y)',
  'sin(x) - x + x^3/6 - x^5/120',
  'exp(x) - (1+x/64)^64',
  'sqrt(x^2) - x',
  'abs(x) - x',
  'sqrt(x^2+2*x+1) - x - 1',
  'sqrt((x+y)^2) - x - y',
  'log(x+y) - log(x) - log(y)',
  '(x+1)^20 - x^20 - 1',
  'cos(x) - cos(1.0001*x)',
  'integral(s^2,s,0,t) - t^3/3.001',
  'sign(x) - 1',
]

describe('the zero test', () => {
  it.each(IDENTITIES)('%s vanishes', (text) => {
    const test = isZeroExpr(readExpr(text))
    expect(test.zero).toBe(true)
    expect(test.bound).toBeLessThan(1e-8)
  })

  it.each(NEAR_MISSES)('%s does not', (text) => expect(isZeroExpr(readExpr(text)).zero).toBe(false))

  it('of a rational function is a proof, and agrees with its value at rational points', () => {
    fc.assert(
      fc.property(rationalExpr, rationalExpr, (a, b) => {
        const same = isZeroExpr(sub(mul(add(a, b), add(a, b)), add(mul(a, a), mul(num(2), a, b), mul(b, b))))
        expect(same).toMatchObject({ zero: true, bound: expect.closeTo(0, 12) })
        const value = valueAt(sub(a, b))
        expect(value !== undefined && value !== ZERO && isZeroExpr(sub(a, b)).zero).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  it('says which certainty it has', () => {
    expect(isZeroExpr(readExpr('(x+1)^2 - x^2 - 2*x - 1'))).toEqual({ zero: true, certainty: 'exact', method: 'normal form', bound: 0 })
    expect(isZeroExpr(readExpr('sin(x)^2 + cos(x)^2 - 1'))).toMatchObject({ certainty: 'probabilistic', method: 'prime field' })
    expect(isZeroExpr(readExpr('integral(s,s,0,t) - t^2/2'))).toMatchObject({ certainty: 'probabilistic', method: 'numeric' })
    expect(isZeroExpr(readExpr('x - y'))).toMatchObject({ zero: false, certainty: 'exact' })
    expect(equalExpr(readExpr('tan(x)'), readExpr('sin(x)/cos(x)'))).toBe(true)
  })
})

function valueAt(e: Expr): Expr | undefined {
  try {
    return num(evaluateRational(e, { x: rational(3, 7), y: rational(-5, 3), eta: rational(11, 13), lambda_1: rational(17, 5), s: rational(-2, 19) }))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

describe('normal forms', () => {
  it('expand multiplies out without changing the value, and once is enough', () => {
    fc.assert(
      fc.property(rationalExpr, (e) => {
        const opened = expand(e)
        expect(expand(opened)).toBe(opened)
        expect(isZeroExpr(sub(opened, e)).zero).toBe(true)
      }),
      { numRuns: 200 },
    )
    expect(expand(readExpr('(a+b)^2*(a-b)'))).toBe(readExpr('a^3 + a^2*b - a*b^2 - b^3'))
  })

  it('is not sought for thousands of kernels, where it would go deeper than the stack', () => {
    const sums = (count: number) => add(ONE, ...Array.from({ length: count }, (_, i) => sym(`x${i}`)))
    const [few, many] = [50, 5000].map((count) => div(sums(count), add(sums(count), ONE)))
    expect(few === undefined ? undefined : rationalForm(few)).toBeDefined()
    expect(many === undefined ? undefined : rationalForm(many)).toBeUndefined()
  })

  it('cancel gives equal fractions the same form', () => {
    fc.assert(
      fc.property(rationalExpr, rationalExpr, (a, b) => {
        fc.pre(!isZeroExpr(b).zero && !isZeroExpr(add(b, ONE)).zero)
        const [plain, blown] = [rationalForm(a), rationalForm(div(mul(a, b), b))]
        const blownUp = rationalForm(div(expand(mul(a, add(b, ONE))), add(b, ONE)))
        fc.pre(plain !== undefined && blown !== undefined && blownUp !== undefined)
        expect(equalForms(plain, blownUp)).toBe(true)
        expect(equalForms(plain, blown)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    ['(x^3-y^3)/(x-y)', 'x^2 + x*y + y^2'],
    ['1/(1-b) - b/(1-b)', '1'],
    ['(x^4-1)/(x^6-1)', '(x^2+1)/(x^4+x^2+1)'],
    ['(sqrt(x)^3 - 1)/(sqrt(x) - 1)', 'x + sqrt(x) + 1'],
    ['(x - y)/(sqrt(x) + y^(1/2))', 'sqrt(x) - sqrt(y)'],
    ['(x^(1/2) - x^(1/3))/(x^(1/6) - 1)', 'x^(1/3)'],
    ['((a+b+c)^5*(x-y))/((a+b+c)^4*(x-y)^2)', '(a+b+c)/(x-y)'],
  ])('%s cancels to %s', (a, b) => expect(cancel(readExpr(a))).toBe(readExpr(b)))

  it('never take long: what is too large to compute comes back as it was', () => {
    const monster = readExpr(Array.from({ length: 14 }, (_, i) => `(x${i} + y${i}^3 + 1)/(x${i} - y${i + 1} + z)`).join(' + '))
    const start = performance.now()
    expect(cancel(monster)).toBe(monster)
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it('numerator and denominator have no common factor', () => {
    const [n, d] = numeratorDenominator(readExpr('(x^2 - y^2)/(x^2 + 2*x*y + y^2)'))
    expect([n, d].map(toText)).toEqual(['x - y', 'x + y'])
  })
})

/** The same quotient, over kernels that may be listed although they have dropped out. */
function equalForms(a: NonNullable<ReturnType<typeof rationalForm>>, b: NonNullable<ReturnType<typeof rationalForm>>): boolean {
  const text = (f: typeof a): string => [f.numerator, f.denominator].map((p) => JSON.stringify(named(p, f.kernels))).join('/')
  return text(a) === text(b)
}
const named = (p: Parameters<typeof JSON.stringify>[0], kernels: readonly Expr[]): unknown =>
  typeof p === 'bigint' ? `${p}` : [toText(kernels[p.variable] ?? ZERO), p.coefficients.map((c: unknown) => named(c, kernels))]

describe('collecting and factoring', () => {
  it('collect keeps the value and orders by powers of the unknown', () => {
    expect(collect(readExpr('a*x + b*x + x^2*(a+1) + c'), 'x')).toBe(readExpr('c + (a+b)*x + (a+1)*x^2'))
    expect(polynomialCoefficients(readExpr('(x+a)^2'), 'x')).toEqual([readExpr('a^2'), readExpr('2*a'), ONE])
    expect(polynomialCoefficients(readExpr('x^2 + sin(x)'), 'x')).toBeUndefined()
    expect(polynomialCoefficients(readExpr('m*diff(q,t,2) + c*diff(q,t)'), readExpr('diff(q,t)'))).toEqual([readExpr('m*diff(q,t,2)'), readExpr('c')])
  })

  it('factorCommon takes out what all terms share', () => {
    expect(factorCommon(readExpr('2*eta*x^2*y + 4*eta*x*y^3'))).toBe(readExpr('2*eta*x*y*(x + 2*y^2)'))
    expect(factorCommon(readExpr('x/y + z/y'))).toBe(readExpr('(x+z)/y'))
    fc.assert(
      fc.property(rationalExpr, (e) => {
        expect(isZeroExpr(sub(factorCommon(expand(e)), e)).zero).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})

describe('linear equations', () => {
  it('one: the solution put back makes the equation vanish', () => {
    expect(solveLinear(readExpr('a*x + b - c*x'), 'x')).toBe(readExpr('b/(c-a)'))
    expect(solveLinear(readExpr('m*diff(q,t,2) + c*diff(q,t) + k*q'), readExpr('diff(q,t,2)'))).toBe(readExpr('-(c*diff(q,t) + k*q)/m'))
    expect(solveLinear(readExpr('1/(x+a) - b'), 'x')).toBe(readExpr('(1 - a*b)/b'))
    expect(solveLinear(readExpr('x^2 - 1'), 'x')).toBeUndefined()
    expect(solveLinear(readExpr('(sin(a)^2 + cos(a)^2 - 1)*x + 1'), 'x')).toBeUndefined()
  })

  it('many: the matrix times the solution is the right side', () => {
    fc.assert(
      fc.property(fc.array(fraction, { minLength: 9, maxLength: 9 }), fc.array(fraction, { minLength: 3, maxLength: 3 }), (entries, right) => {
        const matrix = [0, 1, 2].map((i) => [0, 1, 2].map((j) => add(entries[3 * i + j] ?? ZERO, i === j ? sym('x') : mul(frac(1, 2), sym('eta')))))
        const solution = linearSolve(matrix, right)
        expect(solution).toBeDefined()
        matrix.forEach((row, i) => {
          expect(isZeroExpr(sub(add(...row.map((a, j) => mul(a, solution?.[j] ?? ZERO))), right[i] ?? ZERO)).zero).toBe(true)
        })
      }),
      { numRuns: 15 },
    )
  })

  it('a matrix that is singular by an identity has no solution', () => {
    const s = readExpr('sin(x)')
    expect(linearSolve([[readExpr('1 - cos(x)^2'), s], [s, ONE]], [ONE, pow(s, num(2))])).toBeUndefined()
  })
})

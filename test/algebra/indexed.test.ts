import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, atom, indexedNode, mul, num, sub, sym, symbolsOf } from '../../src/algebra/build.js'
import { differentiate, substitute } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import type { Expr, Opaque } from '../../src/algebra/expr.js'
import { toLatex, toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'
import { multiplied, summed } from '../../src/algebra/summation.js'
import { isZeroExpr } from '../../src/algebra/zero.js'
import { InputError } from '../../src/errors.js'
import { anyExpr, rationalExpr } from './arbitrary.js'

function columnOfFault(text: string): number | undefined {
  try {
    readExpr(text)
  } catch (error) {
    return error instanceof InputError ? error.place.column : undefined
  }
  return undefined
}

const operation = fc.constantFrom('sum', 'product' as const)
const [K, LAST] = [sym('k'), readExpr('k - 1')]
const opaque = (name: string): Opaque => ({ key: name, text: () => name, latex: () => name })

describe('sums and products over steps', () => {
  it('read back as they are printed', () => {
    fc.assert(
      fc.property(operation, anyExpr, anyExpr, fc.constantFrom('j', 'i', 'x', 's'), (name, e, f, index) => {
        const inner = indexedNode(name, mul(e, sym('j')), 'j', num(1), sym(index))
        const node = add(f, indexedNode(name, add(e, inner), index, num(0), LAST))
        expect(readExpr(toText(node))).toBe(node)
      }),
      { numRuns: 300 },
    )
  })

  it('do not depend on the name of the index', () => {
    expect(readExpr('sum(a^u*sum(b*u*v,v,0,u),u,0,k)')).toBe(readExpr('sum(a^v*sum(b*v*u,u,0,v),v,0,k)'))
    expect([...symbolsOf(readExpr('product(a*u,u,b,k)'))].sort()).toEqual(['a', 'b', 'k'])
    expect(substitute(readExpr('sum(x*j,j,0,k)'), { x: sym('j') })).toBe(readExpr('sum(j*i,i,0,k)'))
  })

  it('do not take the name of a block that stands under them', () => {
    const node = indexedNode('sum', mul(sym('j'), atom(opaque('norm2(j)'))), 'j', num(0), K)
    expect(toText(node)).toBe('sum(i*norm2(j),i,0,k)')
  })

  it('are empty below their range, and nothing else is assumed of them', () => {
    expect(readExpr('sum(a,j,3,2)')).toBe(num(0))
    expect(readExpr('product(a,j,k,k - 1)')).toBe(num(1))
    expect(readExpr('product(0,j,0,k)').kind).toBe('indexed')
  })

  it('have the value of their terms', () => {
    fc.assert(
      fc.property(rationalExpr, fc.integer({ min: -2, max: 3 }), fc.integer({ min: 0, max: 5 }), (e, from, length) => {
        // No small whole multiples of these add up to zero, so that no denominator vanishes.
        const at = { x: 0.70713, y: -1.32471, eta: 0.41423, lambda_1: 1.14159, s: 0.91596 }
        const terms = Array.from({ length }, (_, n) => evaluateNumber(substitute(mul(e, sym('j')), { j: num(from + n) }), at))
        const node = (name: 'sum' | 'product'): number => evaluateNumber(indexedNode(name, mul(e, sym('j')), 'j', num(from), num(from + length - 1)), at)
        const [added, timed] = [terms.reduce((x, y) => x + y, 0), terms.reduce((x, y) => x * y, 1)]
        expect(Math.abs(node('sum') - added)).toBeLessThanOrEqual(1e-12 * terms.reduce((x, y) => x + Math.abs(y), 0))
        expect(Math.abs(node('product') - timed)).toBeLessThanOrEqual(1e-12 * Math.abs(timed))
      }),
    )
    expect(evaluateNumber(readExpr('sum(1,j,0,1/2 + x)'), { x: 0.25 })).toBeNaN()
  })

  it('are differentiated under the sign', () => {
    const central = (e: Expr, x: number): number => (evaluateNumber(e, { x: x + 1e-5, k: 5 }) - evaluateNumber(e, { x: x - 1e-5, k: 5 })) / 2e-5
    for (const text of ['sum(x^j*sin(j*x),j,0,k)', 'product(x + j^2*x^2,j,1,k)', 'sum(product(x + i,i,j,k),j,0,k)']) {
      const e = readExpr(text)
      expect(evaluateNumber(differentiate(e, 'x'), { x: 0.3, k: 5 })).toBeCloseTo(central(e, 0.3), 4)
    }
    expect(() => differentiate(readExpr('sum(x,j,0,k)'), 'k')).toThrow(InputError)
  })

  it('are told in LaTeX so that nothing else seems to stand under them', () => {
    expect(toLatex(readExpr('sum(a^(k-1-j),j,0,k-1)'))).toBe('\\sum_{j=0}^{k-1} a^{k-1-j}')
    expect(toLatex(readExpr('product(1 - a,j,0,k)'))).toBe('\\prod_{j=0}^k (1-a)')
    expect(toLatex(readExpr('sum(a,j,0,k)*sum(b,j,0,k)'))).toBe('\\left(\\sum_{j=0}^k a\\right)\\sum_{j=0}^k b')
  })

  it.each([
    ['sum(x,2,0,1)', 7, /index of the sum is not a name/],
    ['product(x,j,0)', 1, /takes 4 arguments/],
    ['sum(x,j,1/2,k)', 10, /no whole number/],
    ['1 + sum', 5, /is a function/],
  ])('%s is refused', (text, column, message) => {
    expect(() => readExpr(text)).toThrow(message)
    expect(columnOfFault(text)).toBe(column)
  })
})

const CLOSED = ['a^(k-1-j)*b', 'j', 'j^3 - j/2', 'j^2*a^j', '(1-x)^(2*(k-1-j))*x^2', '2^j*3^(-j)', 'b', '(1 + j)^2*exp(-x*j)']

describe('closed forms', () => {
  it.each(CLOSED)('the sum over %s is closed and has the value of its terms', (text) => {
    const value = summed(readExpr(text), 'j', num(0), LAST)
    expect(toText(value)).not.toContain('sum(')
    const at = { a: 0.8, b: 1.7, x: 0.3 }
    for (let k = 0; k <= 6; k += 1) {
      const terms = Array.from({ length: k }, (_, j) => evaluateNumber(readExpr(text), { ...at, k, j }))
      expect(evaluateNumber(value, { ...at, k })).toBeCloseTo(terms.reduce((x, y) => x + y, 0), 10)
    }
  })

  it.each(['a', '(j+1)/(j+4)', 'a^j', '(1-1/(j+10))^2', 'b^(2*j+1)*(2*j+1)/(2*j+3)'])('the product over %s is closed', (text) => {
    const value = multiplied(readExpr(text), 'j', num(0), LAST)
    expect(toText(value)).not.toContain('product(')
    for (let k = 0; k <= 6; k += 1) {
      const factors = Array.from({ length: k }, (_, j) => evaluateNumber(readExpr(text), { a: 0.8, b: 1.1, j }))
      expect(evaluateNumber(value, { a: 0.8, b: 1.1, k })).toBeCloseTo(factors.reduce((x, y) => x * y, 1), 10)
    }
  })

  it('stay under the sign where there is none, or where something is measured', () => {
    expect(summed(readExpr('1/(1 + j)'), 'j', num(0), LAST)).toBe(readExpr('sum(1/(1 + j),j,0,k - 1)'))
    expect(multiplied(readExpr('1 - x/(1 + j)'), 'j', num(0), LAST)).toBe(readExpr('product(1 - x/(1 + j),j,0,k - 1)'))
    expect(summed(atom(opaque('norm2(g)')), 'j', num(0), LAST).kind).toBe('indexed')
  })
})

describe('the zero test', () => {
  it.each(['sum(j^2,j,1,k) - k*(k+1)*(2*k+1)/6', 'product(j/(j+3),j,1,k) - 6/((k+1)*(k+2)*(k+3))', 'sum(sum(x,i,0,j),j,0,k) - x*(k+1)*(k+2)/2', 'sum(a^(n-j),j,m,n)*(1-a) - 1 + a^(n-m+1)'])('knows that %s vanishes', (text) => {
    expect(isZeroExpr(readExpr(text))).toMatchObject({ zero: true, certainty: 'probabilistic', method: 'small bounds' })
  })

  it.each(['sum(j^2,j,1,k) - k*(k+1)*(2*k+1)/6 - 1/1000', 'sum(j,j,0,k) - sum(j,j,0,k-1)', 'product(a,j,0,k) - a^k'])('knows that %s does not', (text) => {
    expect(isZeroExpr(readExpr(text)).zero).toBe(false)
  })

  it('takes what is measured for another value at each step', () => {
    const g = atom(opaque('norm2(g)'))
    expect(isZeroExpr(sub(indexedNode('sum', g, 'j', num(1), K), mul(K, g))).zero).toBe(false)
    const whole = indexedNode('sum', mul(g, sym('j')), 'j', num(0), K)
    const [twice, doubled] = [mul(num(2), whole), indexedNode('sum', mul(num(2), g, sym('j')), 'j', num(0), K)]
    expect(isZeroExpr(sub(twice, doubled)).zero).toBe(true)
  })
})

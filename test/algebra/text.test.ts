import * as fc from 'fast-check'
import { renderToString } from 'katex'
import { describe, expect, it } from 'vitest'
import { atom } from '../../src/algebra/build.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { latexName, toLatex, toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'
import { anyExpr } from './arbitrary.js'

describe('expression text', () => {
  it('reads back to the same object, whatever the expression', () => {
    fc.assert(
      fc.property(anyExpr, (e) => {
        expect(readExpr(toText(e))).toBe(e)
      }),
      { numRuns: 3000 },
    )
  })

  it('keeps the sign of a root beside a power of minus what it is of, inside of functions too: (1 - p)*sqrt(p - 1) is no power of p - 1', () => {
    for (const base of ['x', 'tan(1 - p)', '(1 - p)', '(a - b)']) {
      for (const n of [-3, -2, -1, 1, 2, 3]) {
        const power = `${base}^(${n})*sqrt(-${base})`
        for (const text of [power, `sin(${power})`, `c*${power}*sin(${power})`, `1 + ${power}`, `exp(c*${power})`, `(${power})^k`]) expect(readExpr(toText(readExpr(text)))).toBe(readExpr(text))
        expect(toLatex(readExpr(power)).startsWith('-')).toBe(n % 2 !== 0)
      }
    }
  })

  it('writes powers of numbers with symbols in the exponent within the sums they come from, roots below as they were, and reads them back', () => {
    const e = readExpr('q*(1/16)^k*(4 - eta*lambda)^(2*k)')
    expect(toText(e)).toBe('q*(1 - eta*lambda/4)^(2*k)')
    expect(toLatex(e)).toBe('q\\left(1-\\frac{\\eta\\lambda}{4}\\right)^{2k}')
    expect(toText(readExpr('16*(1/16)^(k - j)*(4 - x)^(2*k - 2 - 2*j)'))).toBe('(1 - x/4)^(2*k - 2 - 2*j)')
    expect(toText(readExpr('(1/6)^k*(2 - x)^k'))).toBe('(1/6)^k*(2 - x)^k')
    expect(toText(readExpr('m/sqrt(y - 2*x)'))).toBe('m/sqrt(y - 2*x)')
    expect(toText(readExpr('m/sqrt(x/(1 - y))'))).toBe('m/sqrt(x/(1 - y))')
    const sum = fc.integer({ min: 1, max: 12 }).map((n) => `(${n} - x)`)
    fc.assert(fc.property(sum, sum, fc.integer({ min: 1, max: 36 }), fc.integer({ min: 1, max: 36 }), fc.integer({ min: -3, max: 3 }), (one, other, above, below, n) => {
      const any = readExpr(`(${above}/${below})^k*${one}^(${n}*k - 1)*${other}^(k - ${n})`)
      expect(readExpr(toText(any))).toBe(any)
      const values = [any, readExpr(toText(any))].map((f) => evaluateNumber(f, { x: 0.3, k: 2 }))
      expect(values[0]).toBeCloseTo((above / below) ** 2 * evaluateNumber(readExpr(one), { x: 0.3 }) ** (2 * n - 1) * evaluateNumber(readExpr(other), { x: 0.3 }) ** (2 - n), 6)
    }), { numRuns: 200 })
  })

  it.each([
    ['1 - eta*lambda', '1 - eta*lambda'],
    ['(1 - eta*lambda)^2', '(1 - eta*lambda)^2'],
    ['1 + 2*x + x^2', 'x^2 + 2*x + 1'],
    ['-(x)', '-x'],
    ['a/(b*c)', 'a/b/c'],
    ['a/(b*c)', 'a/(b*c)'],
    ['diff(q,t,2) + 2*diff(q,t)', '2*diff(q,t) + diff(q,t,2)'],
    ['1/(x^2 - 1)', '-1/(1 - x^2)'],
    ['x^(y^z)', 'x^y^z'],
    ['exp(-x)/2', 'exp(-x)/2'],
    ['integral(exp(-s),s,0,t)', 'integral(exp(-u), u, 0, t)'],
  ])('%s is what %s is written as', (written, source) => {
    expect(readExpr(toText(readExpr(source)))).toBe(readExpr(source))
    expect(toText(readExpr(written))).toBe(toText(readExpr(source)))
  })

  it.each([
    ['-c*(a - b)', 'c*(b - a)', 'a sign goes into a difference of what is measured'],
    ['-c*(a + b)', '-c*(a + b)', 'and stays before a sum'],
    ['-(1 - c)*a', '-(1 - c)*a', 'or what has a natural sign'],
    ['(2*x*a - b - y*a*b)/(x*b - a - a^2)^3', '(b - 2*x*a + y*a*b)/(a - x*b + a^2)^3', 'two sums of which most is taken away take it from each other'],
    ['(a - b)/(x^2*y - 2*x)', '(b - a)/(2*x - x^2*y)', 'a denominator takes the natural sign from it'],
  ])('%s of opaque a and b is written %s: %s', (source, written) => {
    const opaque = (text: string) => readExpr(text, { resolveName: (name) => (name === 'a' || name === 'b' ? atom({ key: name, text: () => name, latex: () => name }) : undefined) })
    expect([toText(opaque(source)), opaque(written)]).toEqual([written, opaque(source)])
  })

  it.each([
    ['tanh((beta - 1)*x - beta*y)', '-tanh(beta*y + x*(1 - beta))', '-\\tanh(\\beta y+x(1-\\beta))'],
    ['2*y*sign((a - 1)*x)^3', '-2*y*sign(x*(1 - a))^3', '-2y\\operatorname{sign}^3(x(1-a))'],
    ['3 - sin((a - 1)*x)^2', '3 - sin(x*(1 - a))^2', '3-\\sin^2(x(1-a))'],
    ['cos((a - 1)*x - 2*b)', 'cos(2*b + x*(1 - a))', '\\cos(2b+x(1-a))'],
    ['abs((a - 1)*y)*sign((a - 1)*x)', '-abs(y*(1 - a))*sign(x*(1 - a))', '-\\left|y(1-a)\\right|\\operatorname{sign}(x(1-a))'],
    ['sqrt(sin((a - 1)*y))', 'sqrt(-sin(y*(1 - a)))', '\\sqrt{-\\sin(y(1-a))}'],
    ['sin(x - (1 - a)*y)', 'sin(x - y*(1 - a))', '\\sin(x-y(1-a))'],
  ])('the sign of %s is written before an odd function, and left out of an even one', (source, text, latex) => {
    const e = readExpr(source)
    expect([toText(e), toLatex(e)]).toEqual([text, latex])
    expect(readExpr(text)).toBe(e)
  })

  it('has parentheses only where the meaning needs them: dropping any pair changes it', () => {
    fc.assert(
      fc.property(anyExpr, (e) => {
        const text = toText(e)
        const without = groups(text).map(([open, close]) => `${text.slice(0, open)} ${text.slice(open + 1, close)} ${text.slice(close + 1)}`)
        expect(without.filter((shorter) => sameMeaning(shorter, text))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

/** Pairs of parentheses that are not those of a call. */
function groups(text: string): readonly (readonly [number, number])[] {
  const open: number[] = []
  const pairs: [number, number][] = []
  for (const [i, c] of [...text].entries()) {
    if (c === '(') open.push(i)
    const start = c === ')' ? open.pop() : undefined
    if (start !== undefined && !/\w/.test(text[start - 1] ?? '')) pairs.push([start, i])
  }
  return pairs
}

function sameMeaning(a: string, b: string): boolean {
  try {
    return readExpr(a) === readExpr(b)
  } catch {
    return false
  }
}

describe('LaTeX', () => {
  it('renders with KaTeX in strict mode, whatever the expression', () => {
    fc.assert(
      fc.property(anyExpr, (e) => {
        expect(renderToString(toLatex(e), { throwOnError: true, strict: 'error' })).toContain('katex')
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['1 - eta*lambda', '1-\\eta\\lambda'],
    ['eta*q/2', '\\frac{\\eta}{2}q'],
    ['(eta*(1+beta)/2)*diff(q,t,2) + (1-beta)*diff(q,t) + 2*lambda*q', '\\frac{\\eta(1+\\beta)}{2}\\ddot{q}+(1-\\beta)\\dot{q}+2\\lambda q'],
    ['exp(-2*lambda*t)*q', 'qe^{-2\\lambda t}'],
    ['integral(exp(-s)*q,s,0,t)', '\\int_0^t qe^{-s}\\,ds'],
    ['sqrt(x+1)', '\\sqrt{1+x}'],
    ['sin(x/y)', '\\sin\\left(\\frac{x}{y}\\right)'],
    ['2*3^x', '2\\cdot 3^x'],
    ['x - y', 'x-y'],
    ['diff(q,u,2)', '\\frac{d^2 q}{du^2}'],
  ])('%s is set as %s', (text, latex) => {
    expect(toLatex(readExpr(text))).toBe(latex)
  })

  it.each([
    ['theta_w', '\\theta_w'],
    ['x1', 'x_1'],
    ['rate', '\\mathrm{rate}'],
    ['q_12', 'q_{12}'],
    ['Lambda', '\\Lambda'],
    ['lambda_max', '\\lambda_{\\mathrm{max}}'],
  ])('the name %s is set as %s', (name, latex) => {
    expect(latexName(name)).toBe(latex)
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, frac, mul, num, pow, sym } from '../../src/algebra/build.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { readExpr } from '../../src/algebra/read.js'
import { type Syntax, parseSyntax } from '../../src/algebra/syntax.js'
import { InputError } from '../../src/errors.js'

const fault = (text: string): InputError => {
  try {
    readExpr(text)
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error(`'${text}' was accepted`)
}

describe('reading scalars', () => {
  it('takes decimals as the fractions they are', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 20 }), (digits, places) => {
        const text = digits.toString().padStart(places + 1, '0')
        const decimal = `${text.slice(0, text.length - places)}.${text.slice(text.length - places)}`
        expect(readExpr(decimal.endsWith('.') ? decimal.slice(0, -1) : decimal)).toBe(frac(digits, 10n ** BigInt(places)))
      }),
    )
    expect(readExpr('0.1')).toBe(frac(1, 10))
    expect(readExpr('.5e-1')).toBe(frac(1, 20))
  })

  it('binds as mathematics does', () => {
    const [x, y] = [sym('x'), sym('y')]
    expect(readExpr('-x^2')).toBe(mul(num(-1), pow(x, num(2))))
    expect(readExpr('2^-1*x')).toBe(mul(frac(1, 2), x))
    expect(readExpr('x - y - x')).toBe(mul(num(-1), y))
    expect(readExpr('x/y/x*y')).toBe(num(1))
    expect(readExpr('x^y^2')).toBe(pow(x, pow(y, num(2))))
    expect(readExpr('1/2*x')).toBe(mul(frac(1, 2), x))
  })

  it('takes the inverse hyperbolic functions as logarithms', () => {
    for (const [name, of, points] of [['asinh', Math.asinh, [-3, -0.2, 0, 5]], ['acosh', Math.acosh, [1, 1.5, 40]], ['atanh', Math.atanh, [-0.9, 0, 0.4]]] as const)
      for (const x of points) expect(evaluateNumber(readExpr(`2*${name}(x)`), { x })).toBeCloseTo(2 * of(x), 12)
    expect(fault('asinh(x, y)').message).toContain('asinh')
  })

  it('reads a long sum without running out of stack', () => {
    expect(readExpr(Array.from({ length: 20_000 }, () => 'x').join('+'))).toBe(mul(num(20_000), sym('x')))
  })

  it('keeps a bound variable apart from what a caller means by its name', () => {
    const resolveName = (name: string) => (name === 's' ? num(7) : undefined)
    expect(readExpr('integral(s*u,s,0,s)', { resolveName })).toBe(readExpr('integral(v*u,v,0,7)'))
  })

  it('asks the caller first what a call means', () => {
    const e = readExpr('2*norm2(x + 1) + sin(y)', { resolveCall: (name, [x], recurse) => (name === 'norm2' && x !== undefined ? pow(recurse(x), num(2)) : undefined) })
    expect(e).toBe(readExpr('2*(x+1)^2 + sin(y)'))
  })
})

const outcome = (text: string): string => {
  try {
    readExpr(text)
    return 'expression'
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown'
  }
}

describe('refusals', () => {
  it.each([
    ['x = 2', 3, /comparison/],
    ["W'", 2, /transpose/],
    ['"a"', 1, /quote/],
    ['[1,2]', 1, /bracket/],
    ['a.b', 2, /propert/],
    ['1:3', 2, /condition/],
    ['x!', 2, /unknown|condition/],
    ['2x', 2, /write \*/],
    ['2 (x)', 3, /write \*/],
    ['(x)(y)', 4, /write \*/],
    ['3 + foo(x)', 5, /unknown function 'foo'/],
    ['sqr(x)', 1, /did you mean sqrt/],
    ['tanhh(x)', 1, /did you mean tanh/],
    ['1 + sin', 5, /write sin\(…\)/],
    ['sin(x, y)', 1, /one argument/],
    ['1 + 1/(x - x)', 6, /division by zero/],
    ['x + * y', 5, /out of place/],
    ['x +', 4, /ends too early/],
    ['(x', 1, /never closed/],
    ['x)', 2, /without/],
    ['', 1, /empty/],
    ['λ', 1, /by name/],
    ['x in y', 3, /write \*/],
    ['x ** 2', 3, /write \^/],
    ['5 % 3', 3, /unknown/],
    ['2^999999999', 2, /too large/],
    ['((2^1000)^1000)^1000', 10, /too large/],
    ['exp(999999999*log(2))', 1, /too large/],
    ['1e999999', 1, /powers of ten/],
    ['diff(x^2, x)', 7, /formula/],
    ['integral(x,2,0,1)', 12, /not a name/],
  ])('%s is refused at column %i', (text, column, message) => {
    const error = fault(text)
    expect(error.message).toMatch(message)
    expect(error.place.column).toBe(column)
    expect(error.remedy).not.toBe('')
  })

  it('names deep nesting instead of running out of stack', () => {
    expect(fault(`${'('.repeat(5000)}x${')'.repeat(5000)}`).message).toMatch(/nested/)
    expect(fault(`${'-'.repeat(50_000)}x`).message).toMatch(/nested/)
    expect(fault(`${'x^'.repeat(30_000)}x`).message).toMatch(/nested/)
  })

  it('answers any text with an expression or an InputError, quickly', () => {
    const piece = fc.constantFrom('x', '2', '0', '(', ')', '+', '-', '*', '/', '^', ',', 'sin', 'exp', 'log', 'diff', 'integral', ' ', '.', '1e3', 'e', '999', '!', "'", '[', '=', 't')
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 30 }), fc.array(piece, { maxLength: 25 }).map((xs) => xs.join(''))), (text) => {
        const start = performance.now()
        expect(outcome(text)).toMatch(/^(expression|InputError)$/)
        expect(performance.now() - start).toBeLessThan(1000)
      }),
      { numRuns: 5000 },
    )
  })
})

/** Every node of a tree, the tree first. */
function partsOf(s: Syntax): readonly Syntax[] {
  const children = s.kind === 'unary' ? [s.operand] : s.kind === 'binary' ? [s.left, s.right] : s.kind === 'call' ? s.args : []
  return [s, ...children.flatMap(partsOf)]
}

/** What stands at the column of a node. */
function wordOf(s: Syntax): string {
  if (s.kind === 'number') return s.text
  return s.kind === 'name' || s.kind === 'call' ? s.name : s.operator
}

describe('positions', () => {
  it('every part of the tree knows the column it was written at', () => {
    const text = 'a + f( b , -c2 ) * 3.5 ^ (d_1)'
    const tree = parseSyntax(text)
    const misplaced = partsOf(tree).filter((s) => !text.startsWith(wordOf(s), s.column - 1))
    expect(partsOf(tree)).toHaveLength(10)
    expect(misplaced).toEqual([])
    expect(tree).toMatchObject({ kind: 'binary', operator: '+', right: { operator: '*', left: { kind: 'call', name: 'f', args: [{ name: 'b' }, { kind: 'unary' }] } } })
  })

  it('keeps calls it does not know for the readers above', () => {
    expect(parseSyntax('dot(x,H(y)) + trace(transpose(W)*W) + P_w(x)')).toMatchObject({ kind: 'binary', right: { kind: 'call', name: 'P_w' } })
    expect(add(sym('a'), sym('b'))).toBe(readExpr('a + b'))
  })
})

import { Chalk } from 'chalk'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { add, call, integralNode, mul, pow, sym, num } from '../../src/algebra/build.js'
import { substitute } from '../../src/algebra/calculus.js'
import type { Expr } from '../../src/algebra/expr.js'
import { toLatex, toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'
import { renderDerivation } from '../../src/cli/format/derivation.js'
import { derivationJson } from '../../src/cli/format/derivationJson.js'
import { textLanguage } from '../../src/cli/format/textRepeats.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { catalogueEntry } from '../../src/problem/index.js'
import { derivationSections } from '../../src/report/content/derivation.js'
import { latexLanguage } from '../../src/report/formula/latexRepeats.js'
import { type Language, nameRepeats } from '../../src/report/formula/repeats.js'
import { anyExpr } from '../algebra/arbitrary.js'

/** Expressions that have the same part at many places: within calls, products and powers, and under an integral over one of its names. */
const repetitive: fc.Arbitrary<Expr> = fc
  .tuple(anyExpr, anyExpr, fc.boolean())
  .map(([part, other, integrated]) =>
    add(
      mul(sym('x'), call('sin', part)),
      mul(sym('y'), call('sin', part), call('cos', add(part, other))),
      pow(add(num(1), call('tanh', part)), num(2)),
      mul(sym('eta'), call('atan', add(part, other)), add(part, other)),
      ...(integrated ? [integralNode(mul(call('sin', part), sym('s')), 's', num(0), part)] : []),
    ),
  )

/** A formula with its names replaced by what they mean, again and again. */
function writtenOut(formula: string, where: readonly { readonly name: string; readonly meaning: string }[]): string {
  const replaced = where.reduce((text, { name, meaning }) => text.replaceAll(name, () => meaning), formula)
  return replaced === formula ? formula : writtenOut(replaced, where)
}

const smaller = (language: Language): Language => ({ ...language, line: language.line / 2, saving: language.saving / 4 })

describe('repeated parts of formulas', () => {
  test('names in a text read back, and with their meanings the expression is the same', () => {
    let named = 0
    fc.assert(
      fc.property(repetitive, (expression) => {
        const text = toText(expression)
        const { formula, where } = nameRepeats([text], smaller(textLanguage))()(text)
        named += where.length
        const meanings = where.toReversed().map(({ name, meaning }) => [sym(name), readExpr(meaning)] as const)
        const full = meanings.reduce<Expr>(
          (e) => meanings.reduce((inner, [name, meaning]) => substitute(inner, new Map([[name, meaning]])), e),
          readExpr(formula),
        )
        expect(toText(full)).toBe(text)
      }),
      { numRuns: 250 },
    )
    expect(named).toBeGreaterThan(30)
  })

  test('names in LaTeX, written out, give the formula again sign by sign', () => {
    let named = 0
    fc.assert(
      fc.property(repetitive, (expression) => {
        const latex = toLatex(expression)
        const { formula, where } = nameRepeats([latex], smaller(latexLanguage))()(latex)
        named += where.length
        // A name stands without the brackets that its meaning had.
        const letters = (text: string): string => text.replaceAll(/\\left\(|\\right\)|[ {}]/g, '')
        expect(letters(writtenOut(formula, where))).toBe(letters(latex))
      }),
      { numRuns: 250 },
    )
    expect(named).toBeGreaterThan(30)
  })

  test('a formula with many repeats leaves names for the others', () => {
    const repeated = (letter: string): string => `sqrt(${letter}_first + ${letter}_second^2 + epsilon)`
    const powers = (letter: string, most: number): string => Array.from({ length: most }, (_, i) => `${letter}^${i + 2}*${repeated(letter)}`).join(' + ')
    const [long, short] = [['a', 'b', 'c', 'd', 'e', 'f', 'h', 'k'].map((letter) => powers(letter, 8)).join(' + '), powers('v', 5)]
    const read = nameRepeats([long, short], textLanguage)()
    expect(read(long).where).toHaveLength(6)
    expect(read(short)).toEqual({ formula: 'v^2*Z7 + v^3*Z7 + v^4*Z7 + v^5*Z7 + v^6*Z7', where: [{ name: 'Z7', meaning: repeated('v') }] })
  })

  test('in LaTeX a name keeps the brackets of a function and needs none in a product', () => {
    const sum = '\\left(\\frac{1}{\\eta}+\\frac{\\beta}{1+\\lambda}+\\frac{\\eta}{1+\\beta}\\right)'
    const latex = `q = \\beta${sum}+\\frac{a}{b}${sum}-P_{\\mathrm{w}}${sum}+\\sin${sum}+r_{1}^{2}${sum}^{2}+f${sum}+3${sum}_{W}^{\\top}`
    const { formula, where } = nameRepeats([latex], latexLanguage)()(latex)
    expect(formula).toBe('q = \\beta{Z}+\\frac{a}{b}{Z}-P_{\\mathrm{w}}\\left({Z}\\right)+\\sin\\left({Z}\\right)+r_{1}^{2}{Z}^{2}+f\\left({Z}\\right)+3\\left({Z}\\right)_{W}^{\\top}')
    expect(where).toEqual([{ name: '{Z}', meaning: '\\frac{1}{\\eta}+\\frac{\\beta}{1+\\lambda}+\\frac{\\eta}{1+\\beta}' }])
  })

  const root = 'sqrt(beta2*s/(1 - beta2^(1 + k)) + g^2/(1 - beta2^(1 + k)))'
  const long = `dot(theta_w, P_w(m/(${root} + epsilon))) + dot(theta_w, P_w(g/(${root} + epsilon))) - norm2(P_w(m_next/(${root} + epsilon)))`

  test('a name is explained once in a reading, and known to the shorter formulas after it', () => {
    const read = nameRepeats([long, root], textLanguage)()
    expect(read(root)).toEqual({ formula: root, where: [] })
    expect(read(long)).toEqual({
      formula: 'dot(theta_w, P_w(m/Z)) + dot(theta_w, P_w(g/Z)) - norm2(P_w(m_next/Z))',
      where: [{ name: 'Z', meaning: `${root} + epsilon` }],
    })
    expect(read(`norm2(g/(${root} + epsilon))`)).toEqual({ formula: 'norm2(g/Z)', where: [] })
  })

  test('what depends on the index of a sum or the variable of an integral around it has no name', () => {
    const term = 'exp(-2*lambda*(t - s)/(1 + eta*lambda))'
    const integral = `integral(${term}*norm2(g_w) + sin(${term}) + cos(${term}) + eta*beta*${term}*norm2(v) + atan(${term}),s,0,t)`
    expect(nameRepeats([integral], textLanguage)()(integral)).toEqual({ formula: integral, where: [] })
    const free = integral.replaceAll('t - s', 't - r')
    expect(nameRepeats([free], textLanguage)()(free).where).toHaveLength(1)
  })

  test('the law of Adam says its square root once, in the terminal and in a document; JSON has it in full', async () => {
    const [first] = deriveProblem((await catalogueEntry('scale-adam')).problem)
    if (first === undefined) throw new Error('nothing was derived')
    const colour = new Chalk({ level: 0 })
    const terminal = { out: () => undefined, note: () => undefined, columns: 1000, noteStream: process.stderr, colour, noteColour: colour }
    const full = 'sqrt(beta2*s/(1 - beta2^(1 + k)) + g^2/(1 - beta2^(1 + k)) - beta2*g^2/(1 - beta2^(1 + k)))'
    const latex = '\\sqrt{\\frac{\\beta_2}{1-\\beta_2^{1+k}}s+\\frac{g^2}{1-\\beta_2^{1+k}}-\\frac{\\beta_2}{1-\\beta_2^{1+k}}g^2}'
    expect(renderDerivation(first.derivation, terminal, { steps: true }).split(full)).toHaveLength(2)
    expect(
      JSON.stringify(derivationSections(first.derivation, 'id', '1', new Map())[1]).split(JSON.stringify(latex).slice(1, -1)),
    ).toHaveLength(2)
    expect(JSON.stringify(derivationJson(first.derivation)).split(full).length).toBeGreaterThan(10)
  })

  test('a letter that a formula has is not taken for a name', () => {
    const other = long.replaceAll('epsilon', 'Z')
    expect(nameRepeats([other], textLanguage)()(other).where[0]?.name).toBe('Y')
    const all = `${other} + Y1*U - J`
    expect(nameRepeats([all], textLanguage)()(all)).toEqual({ formula: all, where: [] })
  })
})

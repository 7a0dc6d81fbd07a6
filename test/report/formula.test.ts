import * as fc from 'fast-check'
import { renderToString } from 'katex'
import { describe, expect, test } from 'vitest'
import { breakFormula } from '../../src/report/formula/break.js'
import { checkFormula } from '../../src/report/formula/check.js'
import { heightOf } from '../../src/report/formula/height.js'
import { parseFormula, print } from '../../src/report/formula/parse.js'
import { widthOf } from '../../src/report/formula/width.js'
import { InputError } from '../../src/errors.js'
import { derivation } from './formulas.js'

const leaf = fc.constantFrom(
  'x',
  '\\theta',
  '\\eta',
  '2',
  'g_{w}',
  '\\dot{q}',
  '\\left|P_{w}g\\right|^{2}',
  '\\int_{0}^{t}f\\left(s\\right)\\,ds',
  'e^{-2\\lambda t}',
)
/** Random formulas of the kind a printer of expressions writes. */
const { sum } = fc.letrec<{ sum: string; term: string; factor: string }>((tie) => ({
  factor: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'formula' },
    leaf,
    tie('sum').map((inner) => `\\left(${inner}\\right)`),
    fc.tuple(tie('sum'), tie('term')).map(([over, under]) => `\\frac{${over}}{${under}}`),
  ),
  term: fc.array(tie('factor'), { minLength: 1, maxLength: 3, depthIdentifier: 'formula' }).map((factors) => factors.join(' ')),
  sum: fc
    .array(fc.tuple(fc.constantFrom('+', '-'), tie('term')), { minLength: 1, maxLength: 6, depthIdentifier: 'formula' })
    .map((terms) => terms.map(([sign, term], index) => (index === 0 && sign === '+' ? term : sign + term)).join('')),
}))
const equationOf = sum.map((right) => `q_{k+1}=${right}`)

/** Letters and digits of a formula, the ones that a break may add removed. */
const letters = (latex: string) =>
  latex
    .replaceAll(/\\(quad|Bigl|Bigr|left|right)(?![a-zA-Z])/g, '')
    .match(/\\[a-zA-Z]+|[a-zA-Z0-9+=-]/g)
    ?.toSorted()
    .join('') ?? ''

const rowsText = (latex: string, width: number) => breakFormula(latex, width).map(({ left, right }) => left + right)

describe('reading a formula', () => {
  test('a formula of any length may be set: its macros are as many as it is long', () => {
    const long = Array.from({ length: 400 }, (_, i) => `\\max\\left(x_{${i}}, \\operatorname{sign}\\left(y\\right)\\right) \\dotsb`).join(' + ')
    expect(checkFormula(long, 'here')).toBe(long)
  })

  test('its nodes printed one after the other are the formula', () => {
    fc.assert(fc.property(equationOf, (latex) => print(parseFormula(latex)) === latex))
  })

  test('width grows with every term', () => {
    fc.assert(fc.property(sum, leaf, (latex, more) => widthOf(parseFormula(`${latex}+${more}`)) > widthOf(parseFormula(latex))))
  })
})

describe('breaking a formula', () => {
  test('rows side by side are set by KaTeX without error, and hold every letter of the formula (the numerator of a broken fraction gains a 1)', () => {
    fc.assert(
      fc.property(equationOf, fc.integer({ min: 8, max: 40 }), (latex, width) => {
        const rows = breakFormula(latex, width)
        renderToString(`\\begin{aligned}${rows.map(({ left, right }) => `${left}&${right}`).join('\\\\')}\\end{aligned}`, {
          throwOnError: true,
          strict: 'ignore',
        })
        const broken = rowsText(latex, width).join('')
        const pulledOut = broken.split('\\frac{1}{').length - latex.split('\\frac{1}{').length
        expect(letters(broken)).toBe(letters(latex + '1'.repeat(pulledOut)))
      }),
    )
  })

  test('a formula that fits stays on one row', () => {
    fc.assert(fc.property(equationOf, (latex) => breakFormula(latex, widthOf(parseFormula(latex)) + 1).length === 1))
  })

  test('sums of short terms never exceed the width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('x', '\\theta', 'g_{w}', '3 y'), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 12, max: 40 }),
        (terms, width) => {
          const rows = breakFormula(`q=${terms.join('+')}`, width)
          const left = Math.max(...rows.map((row) => widthOf(parseFormula(row.left))))
          expect(Math.max(...rows.map((row) => left + widthOf(parseFormula(row.right))))).toBeLessThanOrEqual(width + 0.5)
        },
      ),
    )
  })

  test('statements set apart by a quad are kept whole, short ones side by side', () => {
    const rows = rowsText('q(t)=a+b+c+d+e+f+g+h+i+j+k,\\qquad m=\\frac{a}{b},\\quad \\gamma=c,\\quad \\omega=x+y+z', 18)
    expect(rows.slice(-2)).toEqual(['m=\\frac{a}{b},\\quad \\gamma=c,', '\\omega=x+y+z'])
  })

  test('breaks come before signs and relations, and no row ends with one', () => {
    const long = derivation('law', 'scale').laws.discrete?.recursion.latex ?? ''
    const rows = rowsText(long, 38)
    expect(rows.length).toBeGreaterThan(2)
    for (const row of rows) expect(row.trim()).not.toMatch(/[+=-]$/)
    for (const row of rows.slice(1)) expect(row.trim()).toMatch(/^(\\quad )*\{\}[+-]/)
  })
})

test('a row is as high as the fractions that stand one in another', () => {
  const high = [
    'x+y',
    '\\sqrt{x}',
    '\\frac{x}{y}',
    '\\frac{x}{\\sqrt{y}}',
    '\\frac{x}{\\frac{x}{y}}',
    '\\frac{\\frac{x}{y}}{\\frac{x}{y}}',
  ].map((latex) => heightOf(parseFormula(latex)))
  expect(high).toEqual(high.toSorted((one, other) => one - other))
  expect(new Set(high).size).toBe(high.length)
  expect(heightOf(parseFormula('\\left(\\frac{x}{y}\\right)+z'))).toBe(heightOf(parseFormula('\\frac{x}{y}')))
})

test('a sum inside the only term of a pair of delimiters is broken too', () => {
  const terms = Array.from({ length: 9 }, (_, i) => `\\frac{\\eta}{${i + 2}}\\left|\\theta_{\\mathrm{w${i}}}\\right|^{2}`).join('+')
  const rows = rowsText(`q(t)=\\int_{0}^{t} \\left(-\\left(${terms}\\right)e^{s-t}\\right)\\,ds`, 20)
  expect(rows.length).toBeGreaterThan(2)
  for (const row of rows) expect(widthOf(parseFormula(row))).toBeLessThan(26)
})

test('a term that no cut makes much shorter is not torn', () => {
  const factor = '\\left\\langle aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbb\\right\\rangle'
  const latex = `q=2\\left(x-y\\right)${factor}+3\\left(y-x\\right)${factor}`
  const rows = rowsText(latex, 30)
  expect(rows).toHaveLength(2)
  for (const row of rows) expect(row).toContain('\\right\\rangle')
})

describe('accepting a formula', () => {
  test.each([
    '\\input{/etc/passwd}',
    '\\def\\x{1}\\x',
    '\\write18{ls}',
    '\\href{https://example.org}{x}',
    '\\htmlClass{a}{x}',
    'x % y',
    'x $ y',
    'x^^41',
    '\\catcode`\\%=12',
    'a \\] \\end{document}',
    '{x',
    'x}',
    '\\end{aligned}',
    '\\unknown{x}',
    '\\left( x',
    '中',
    '\frac{1}{2}',
  ])('%s is refused with the place', (latex) => {
    expect(() => checkFormula(latex, 'laws[2].solution')).toThrow(InputError)
    expect(() => checkFormula(latex, 'laws[2].solution')).toThrow(/laws\[2\]\.solution/)
  })

  test('Greek letters become control words', () => {
    expect(checkFormula('θ=ηλ', 'here')).toBe('\\theta =\\eta \\lambda ')
  })
})

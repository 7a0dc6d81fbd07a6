import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fit } from '../../src/cli/format/table.js'
import { wrapFormula, wrapText } from '../../src/cli/format/wrap.js'

const atom = fc.constantFrom('eta', 'lambda', 'norm2(theta_w)', 'dot(g,v)', '2', 'H(g)')
const formula = fc.letrec<{ readonly sum: string; readonly product: string; readonly term: string }>((tie) => ({
  sum: fc.array(tie('product'), { minLength: 1, maxLength: 6 }).map((terms) => terms.join(' + ')),
  product: fc.array(tie('term'), { minLength: 1, maxLength: 4 }).map((factors) => factors.join('*')),
  term: fc.oneof({ maxDepth: 2 }, atom, tie('sum').map((sum) => `(${sum})`)),
})).sum

describe('a wrapped formula', () => {
  it('is the same formula when put together again', () => {
    fc.assert(
      fc.property(formula, fc.integer({ min: 20, max: 100 }), (text, width) => {
        expect(wrapFormula(text, width).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      }),
    )
  })

  it('fits the width, for no part without an operator is longer', () => {
    fc.assert(fc.property(formula, fc.integer({ min: 24, max: 100 }), (text, width) => wrapFormula(text, width).every((line) => line.length <= width)))
  })

  it('breaks at the outermost operators', () => {
    expect(wrapFormula('dtheta = -g - (eta + lambda)*theta - 1/2*eta*H(g)', 34)).toEqual(['dtheta = -g - (eta + lambda)*theta', '  - 1/2*eta*H(g)'])
  })

  it('leaves a name that is longer than the width whole', () => {
    expect(wrapFormula('a_name_without_any_operator', 10)).toEqual(['a_name_without_any_operator'])
  })
})

describe('wrapped prose', () => {
  it('keeps every word in order', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 30 }), fc.integer({ min: 12, max: 60 }), (words, width) => {
        const lines = wrapText(words.join(' '), width)
        expect(lines.join(' ')).toBe(words.join(' '))
        expect(lines.every((line) => line.length <= width)).toBe(true)
      }),
    )
  })
})

describe('columns of a table', () => {
  it('never want more than they asked for, and fit whenever 4 characters each do', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 4, max: 90 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 24, max: 120 }), (wanted, available) => {
        const widths = fit(wanted, available)
        expect(widths.every((width, index) => width <= (wanted[index] ?? 0))).toBe(true)
        expect(widths.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(available)
      }),
    )
  })
})

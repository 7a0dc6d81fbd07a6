import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { math } from '../../src/report/document.js'
import { renderHtml } from '../../src/report/html/render.js'
import { escapeHtml, scriptJson } from '../../src/report/html/escape.js'
import { escapeLatex } from '../../src/report/latex/escape.js'
import { numberText, writeNumber } from '../../src/report/numbers.js'
import { splitCitations } from '../../src/report/references.js'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })
const nastyText = fc
  .array(
    fc.constantFrom('\\input{x}', '%', '_', '^^', '$', '&', '#', '{', '}', '~', '\\', '</script>', '<', 'ä', '∇', '中', '🙂', '\n', '\0'),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

test('titles of columns with formulas are plain words in the attributes that a phone shows', () => {
  const table = {
    kind: 'table',
    id: 't',
    caption: [],
    columns: [
      { title: ['Mass ', math('m')], align: 'left' },
      { title: [math('\\mu'), ' < 1'], align: 'left' },
    ],
    rows: [[['1'], ['2']]],
  } as const
  const html = renderHtml({ kind: 'article', title: '', subtitle: '', date: '', blocks: [table], sections: [], references: [] }, [])
  expect([...html.matchAll(/data-title="([^"]*)"/g)].map(([, title]) => title)).toEqual(['Mass m', 'µ &lt; 1'])
})

describe('LaTeX text', () => {
  test('holds only ASCII, accented letters and the commands of the escaper, with balanced braces', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, nastyText), (text) => {
        const tex = escapeLatex(text)
        const rest = tex
          .replaceAll(/\\(textbackslash|textascii[a-z]+|textless|textgreater|textbar|textquotedbl|ldots|allowbreak)\{\}/g, '')
          .replaceAll(/\\ensuremath\{(\\[A-Za-z]+(\{[A-Z]\})?|-|\\tfrac12|\^\\circ)\}/g, '')
          .replaceAll(/\\text(super|sub)script\{[0-9T]?\}/g, '')
          .replaceAll(/\\[{}$&#%_]/g, '')
        expect(rest).not.toMatch(/[\\{}$&#%_^"`|<>]/)
        expect(rest).toMatch(/^[ -~\u00a1-\u017e]*$/)
      }),
      { numRuns: 400 },
    )
  })

  test('plain words stay as they are', () => {
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9 .,;:()/+=-]{0,22}$/), (text) => escapeLatex(text) === text))
  })

  test('what has no glyph is named, not dropped', () => {
    expect(escapeLatex('中')).toBe('[U+4E2D]\\allowbreak{}')
  })
})

describe('HTML text', () => {
  test('has no markup and reads back to the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 60 }),
          nastyText.map((text) => text.replaceAll('\0', '')),
        ),
        (text) => {
          const html = escapeHtml(text)
          expect(html).not.toMatch(/[<>"']/)
          const back = html
            .replaceAll('&lt;', '<')
            .replaceAll('&gt;', '>')
            .replaceAll('&quot;', '"')
            .replaceAll('&#39;', "'")
            .replaceAll('&amp;', '&')
          expect(back).toBe(text)
        },
      ),
    )
  })

  test('JSON in a script cannot end the script and reads back', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, nastyText), (text) => {
        expect(scriptJson({ text })).not.toContain('<')
        expect(JSON.parse(scriptJson({ text }))).toEqual({ text })
      }),
    )
  })
})

describe('numbers', () => {
  test('are written with a relative error below half a unit of the last digit', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }),
        fc.integer({ min: 2, max: 8 }),
        (value, digits) => {
          const { mantissa, exponent } = writeNumber(value, digits)
          const back = Number(`${mantissa.replace('−', '-')}e${exponent ?? 0}`)
          expect(Math.abs(back - value)).toBeLessThanOrEqual(0.5000001 * 10 ** (1 - digits) * Math.abs(value))
        },
      ),
    )
  })

  test('read like print', () => {
    expect([3.2e-7, 1e-5, -0.00174, 0, 1500, 410.04, Number.NaN, Number.POSITIVE_INFINITY].map((value) => numberText(value))).toEqual([
      '3.2 × 10⁻⁷',
      '10⁻⁵',
      '−0.00174',
      '0',
      '1500',
      '410',
      'not a number',
      '∞',
    ])
  })
})

test('a source is cut into citations and the places in them', () => {
  expect(splitCitations('[NM] eq. (18), [HLW IX.7] and [XYZ]')).toEqual([
    { key: 'NM', where: '' },
    ' eq. (18), ',
    { key: 'HLW', where: ' IX.7' },
    ' and [XYZ]',
  ])
})

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plotSvg } from '../../src/report/html/svg.js'
import { writeAlike, writtenText } from '../../src/report/numbers.js'
import { axisRange, drawablePoints, ticks } from '../../src/report/plot.js'
import { chooseSamples, extent, indexOfLargest, pick, summarizeNeurons, worstNeuron } from '../../src/report/sampling.js'
import { curves } from './fixture.js'

const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
const curve = fc.array(value, { minLength: 1, maxLength: 300 })

describe('samples for drawing', () => {
  test('are recorded samples in order, with both ends, everything asked for, and no more than was asked', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 4, max: 80 }), fc.array(fc.nat(299), { maxLength: 3 }), (values, points, keep) => {
        const at = chooseSamples([values], points, keep)
        expect(at).toEqual([...new Set(at)].sort((left, right) => left - right))
        expect(at[0]).toBe(0)
        expect(at.at(-1)).toBe(values.length - 1)
        for (const index of keep.filter((each) => each < values.length)) expect(at).toContain(index)
        expect(at.length).toBeLessThanOrEqual(Math.max(points, 4) + 2 + keep.length)
      }),
    )
  })

  test('a spike of one sample anywhere in a smooth curve survives', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), fc.constantFrom(-1, 1), (at, sign) => {
        const values = Array.from({ length: 1000 }, (_, index) => Math.exp(-index / 200) + (index === at ? sign : 0))
        expect(chooseSamples([values], 100)).toContain(at)
      }),
    )
  })

  test('NaN and infinities are passed over', () => {
    expect(extent([Number.NaN, 3, Number.POSITIVE_INFINITY, -1])).toEqual({ low: -1, high: 3 })
    expect(extent([Number.NaN])).toBeUndefined()
    expect(indexOfLargest([Number.NaN, 1, -3])).toBe(2)
    expect(pick([1, 2], [1, 5])).toEqual([2, Number.NaN])
  })

  test('the worst neuron has the largest relative residual', () => {
    const law = curves(6, 50, 3)
    const summaries = summarizeNeurons(law)
    const direct = law.measured.map((row, n) => Math.max(...row.map((q, k) => Math.abs(q - (law.theory[n]?.[k] ?? 0)))) / Math.max(...row))
    expect(worstNeuron(summaries)?.neuron).toBe(direct.indexOf(Math.max(...direct)))
    expect(summaries.map(({ relative }) => relative)).toEqual(direct)
  })
})

describe('axes', () => {
  test('ticks lie inside the range, increase, and are a readable number of them', () => {
    fc.assert(
      fc.property(value, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.integer({ min: 2, max: 8 }), (low, span, wanted) => {
        const range = { low, high: low + span }
        const at = ticks(range, 'linear', wanted)
        expect(at.length).toBeGreaterThanOrEqual(1)
        expect(at.length).toBeLessThanOrEqual(wanted + 2)
        for (const tick of at) expect(tick >= low - span * 1e-6 && tick <= low + span * (1 + 1e-6)).toBe(true)
        expect(at).toEqual([...new Set(at)].sort((left, right) => left - right))
      }),
    )
  })

  test('logarithmic ticks are powers of ten over more than a decade', () => {
    expect(ticks({ low: 3e-8, high: 2e-2 }, 'log', 6)).toEqual([1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
    expect(ticks({ low: 0.011, high: 0.09 }, 'log', 4)).toEqual([0.02, 0.05])
  })

  test('powers of ten at one axis are written alike', () => {
    expect(writeAlike([1e-5, 1e-4, 1e-3], 3).map(writtenText)).toEqual(['10⁻⁵', '10⁻⁴', '10⁻³'])
    expect(writeAlike([0.01, 0.1, 1], 3).map(writtenText)).toEqual(['0.01', '0.1', '1'])
    expect(writeAlike([2e-4, 1e-3], 3).map(writtenText)).toEqual(['2 × 10⁻⁴', '0.001'])
  })

  test('every drawable point lies inside the range, others are left out', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('linear' as const, 'log' as const),
        fc.array(fc.oneof(value, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0)), { minLength: 1, maxLength: 20 }),
        (scale, y) => {
          const x = y.map((_, index) => index)
          const plot = {
            title: '',
            x: { label: '', scale: 'linear' as const },
            y: { label: '', scale },
            series: [{ kind: 'line' as const, role: 'theory' as const, name: '', x, y }],
          }
          const range = axisRange(plot, 'y')
          expect(range.high).toBeGreaterThan(range.low)
          for (const point of drawablePoints(plot, x, y))
            expect(point.y >= range.low && point.y <= range.high && (scale === 'linear' || point.y > 0)).toBe(true)
        },
      ),
    )
  })

  test('numbers of one small or large power of ten stand beside it, short enough for the margin', () => {
    const plot = { title: '', x: { label: 'step', scale: 'linear' as const }, y: { label: 'residual', scale: 'linear' as const } }
    const texts = (top: number): string[] => {
      const series = [{ kind: 'line' as const, role: 'residual' as const, name: '', x: [0, 1], y: [-top, top] }]
      return [...plotSvg({ ...plot, series }, 350, 130, '').matchAll(/<text x="63"[^>]*>([^<]*)</g)].map(([, text = '']) => text)
    }
    expect(texts(2.1e-5)).toEqual(['−2', '0', '2', '× 10⁻⁵'])
    expect(texts(3.2e7)).toEqual(['−2', '0', '2', '× 10⁷'])
    expect(texts(0.021)).toEqual(['−0.02', '0', '0.02'])
  })
})

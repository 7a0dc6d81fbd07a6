import { describe, expect, it } from 'vitest'
import { polarDerivative, polarFactor } from '../../src/training/polar.js'
import { uniform, vectorFrom } from '../jets/support/losses.js'

const SHAPES = [[4, 3], [3, 4], [3, 3], [5], [2, 3, 2]]
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)
const randomOf = (seed: number, shape: readonly number[]): Float64Array => Float64Array.from(vectorFrom(uniform(seed), sizeOf(shape)))

/** X ← (3X − X XᵀX)/2, which converges to the polar factor from any X of norm below √3. */
function newtonSchulz(x: Float64Array, [rows = 1, ...rest]: readonly number[]): Float64Array {
  const columns = sizeOf(rest)
  const norm = Math.hypot(...x)
  let now = x.map((c) => c / norm)
  const gram = (i: number, j: number, y: Float64Array): number => Array.from({ length: rows }, (_, k) => (y[k * columns + i] ?? 0) * (y[k * columns + j] ?? 0)).reduce((a, b) => a + b, 0)
  for (let round = 0; round < 80; round += 1) {
    const y = now
    now = y.map((c, at) => (3 * c - Array.from({ length: columns }, (_, j) => (y[at - (at % columns) + j] ?? 0) * gram(j, at % columns, y)).reduce((a, b) => a + b, 0)) / 2)
  }
  return now
}

const distance = (x: ArrayLike<number>, y: ArrayLike<number>): number => Math.max(...Array.from(x, (c, i) => Math.abs(c - (y[i] ?? 0))))

describe.each(SHAPES.map((shape) => [shape.join('×'), shape] as const))('the polar factor of a block of shape %s', (_, shape) => {
  it('is what Newton–Schulz iteration converges to', () => {
    const x = randomOf(3, shape)
    expect(distance(polarFactor(x, { shape }), newtonSchulz(x, shape))).toBeLessThan(1e-12)
  })

  it('has the derivative that differences tend to', () => {
    const [x, v] = [randomOf(5, shape), randomOf(8, shape)]
    const at = (h: number): readonly number[] => polarFactor(x.map((c, i) => c + h * (v[i] ?? 0)), { shape })
    const error = (h: number): number => {
      const [after, before] = [at(h), at(-h)]
      return distance(polarDerivative(x, v, { shape }), after.map((c, i) => (c - (before[i] ?? 0)) / (2 * h)))
    }
    expect(error(1e-3) / error(5e-4)).toBeCloseTo(4, 1)
  })
})

describe('where a matrix has no full rank', () => {
  it('nothing is zero, and so is its derivative', () => {
    expect(polarFactor(new Float64Array(6), { shape: [2, 3] })).toEqual([0, 0, 0, 0, 0, 0])
    expect(polarDerivative(new Float64Array(6), randomOf(2, [2, 3]), { shape: [2, 3] })).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('what is only rounding of float32 is not raised to one', () => {
    const [u, v] = [randomOf(11, [4]), randomOf(12, [3])]
    const x = Float64Array.from({ length: 12 }, (_, i) => Math.fround((u[Math.floor(i / 3)] ?? 0) * (v[i % 3] ?? 0)))
    const direction = Math.hypot(...u) * Math.hypot(...v)
    expect(distance(polarFactor(x, { shape: [4, 3] }), x.map((c) => c / direction))).toBeLessThan(1e-6)
  })
})

it('a kernel is a matrix with a row for each filter, whatever is nearest in memory: that of [filters, channels·rows·columns], transposed', () => {
  const [rows, columns, channels, filters] = [2, 3, 2, 4]
  const kernel = randomOf(7, [rows, columns, channels, filters])
  const index = (f: number, c: number, y: number, x: number): number => ((y * columns + x) * channels + c) * filters + f
  const places = Array.from({ length: filters * channels * rows * columns }, (_, at) => {
    const [x, y, c, f] = [at % columns, Math.floor(at / columns) % rows, Math.floor(at / columns / rows) % channels, Math.floor(at / columns / rows / channels)]
    return index(f, c, y, x)
  })
  const usual = polarFactor(Float64Array.from(places, (at) => kernel[at] ?? 0), { shape: [filters, channels, rows, columns] })
  const own = polarFactor(kernel, { shape: [rows, columns, channels, filters], rowAxes: 3 })
  expect(distance(places.map((at) => own[at] ?? 0), usual)).toBeLessThan(1e-12)
})

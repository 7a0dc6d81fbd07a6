import { expect, test } from 'vitest'
import { array, assert, double, integer, property, record } from 'fast-check'
import { type Point, simplify } from '../../src/report/simplify.js'

const coordinate = integer({ min: -1000, max: 1000 }).map((tenths) => tenths / 10)
const curve = array(record({ x: coordinate, y: coordinate }), { minLength: 1, maxLength: 60 })

/** Distance from a polyline by trying many points of it, not by projection. */
const away = ({ x, y }: Point, line: readonly Point[]): number =>
  Math.min(
    ...line.flatMap((from, index) => {
      const to = line[index + 1] ?? from
      return Array.from({ length: 4001 }, (_, i) =>
        Math.hypot(x - from.x - (i / 4000) * (to.x - from.x), y - from.y - (i / 4000) * (to.y - from.y)),
      )
    }),
  )

test('no point that a simplified curve leaves out lies further from it than the tolerance, and its ends stay', () => {
  assert(
    property(curve, double({ min: 0.05, max: 20, noNaN: true }), (points, tolerance) => {
      const kept = simplify(points, tolerance)
      expect(kept[0]).toEqual(points[0])
      expect(kept.at(-1)).toEqual(points.at(-1))
      for (const point of points) expect(away(point, kept)).toBeLessThanOrEqual(tolerance + 0.05)
    }),
    { numRuns: 25 },
  )
})

test('a straight line keeps its two ends, a corner its corner', () => {
  const line = Array.from({ length: 50 }, (_, x) => ({ x, y: 2 * x }))
  expect(simplify(line, 0.01)).toEqual([line[0], line.at(-1)])
  expect(simplify([...line, { x: 50, y: 0 }], 0.01)).toEqual([line[0], line.at(-1), { x: 50, y: 0 }])
  expect(simplify([], 1)).toEqual([])
})

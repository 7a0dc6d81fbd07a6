import type { Interval } from '../../problem/picture.js'
import type { Path } from './paths.js'

type Point = readonly [number, number]

/** Values of one coordinate at the middle of equal cells. */
export const cells = ([low, high]: Interval, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => low + ((i + 0.5) * (high - low)) / count)

/** Seeds in a row; an even number, so that none is at the middle of the window, where a generator may vanish. */
const SEEDS = 8

/**
 * Curves that cover a window evenly: one through each point of a grid that is not yet near a curve, the curves given first.
 * Source: B. Jobard, W. Lefer, Creating Evenly-Spaced Streamlines of Arbitrary Density, 1997, the control of the spacing.
 *
 * @param through the curve through a point
 * @param apart how far a point is from all curves before it gets one, in units of the axes
 */
export function spread(
  window: { readonly x: Interval; readonly y: Interval },
  given: readonly Path[],
  through: (seed: Point) => Path,
  apart: number,
): Path[] {
  const added: Path[] = []
  for (const x of cells(window.x, SEEDS)) {
    for (const y of cells(window.y, SEEDS)) {
      if ([...given, ...added].every((path) => distance(path, [x, y]) > apart)) added.push(through([x, y]))
    }
  }
  return added
}

const distance = (path: Path, [x, y]: Point): number =>
  path.x.reduce((least, at, i) => Math.min(least, Math.hypot(at - x, (path.y[i] ?? Number.NaN) - y)), Number.POSITIVE_INFINITY)

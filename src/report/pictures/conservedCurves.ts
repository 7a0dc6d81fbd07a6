import { ZERO, add, mul, neg } from '../../algebra/build.js'
import { readExpr } from '../../algebra/read.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import { differentiate } from '../../algebra/calculus.js'
import type { ConservedCurves, Interval } from '../../problem/picture.js'
import { type Block, code } from '../document.js'
import type { Plot, Range, Series } from '../plot.js'
import type { Components } from './coordinates.js'
import { type Path, flowPath, iterates, numeric } from './paths.js'
import { cells, spread } from './spread.js'

const NAMES = ['x', 'y'] as const
const gradientOf = ({ loss }: ConservedCurves): Components => NAMES.map((name) => differentiate(readExpr(loss), name))

/** @throws Error if the loss does not have the symmetry: the picture would show something else. */
function checked(symmetry: ConservedCurves): Components {
  const gradient = gradientOf(symmetry)
  const rate = add(...NAMES.map((name, i) => mul(readExpr(symmetry.generator[name]), gradient[i] ?? ZERO)))
  if (!isIdenticallyZero(rate))
    throw new Error(`the loss ${symmetry.loss} does not have the symmetry ${symmetry.generator.x}, ${symmetry.generator.y}`)
  return gradient
}

const GRID = 11

function arrows(symmetry: ConservedCurves, gradient: Components): Series {
  const at = numeric(gradient.map(neg), NAMES, {})
  const points = cells(symmetry.window.x, GRID)
    .flatMap((x) => cells(symmetry.window.y, GRID).map((y) => ({ x, y, slope: at([x, y]) })))
    .filter((p) => p.slope.every(Number.isFinite))
  const length = (slope: readonly number[]): number => Math.hypot(...slope)
  const longest = Math.max(...points.map((p) => length(p.slope)))
  const cell = (symmetry.window.x[1] - symmetry.window.x[0]) / GRID
  // Square roots of the lengths: the field of a loss spans orders of magnitude.
  const scaled = (p: (typeof points)[number], i: number): number =>
    (0.9 * cell * (p.slope[i] ?? 0)) / Math.sqrt(longest * Math.max(length(p.slope), 1e-12))
  return {
    kind: 'arrows',
    role: 'field',
    name: 'minus the gradient',
    x: points.map((p) => p.x),
    y: points.map((p) => p.y),
    dx: points.map((p) => scaled(p, 0)),
    dy: points.map((p) => scaled(p, 1)),
  }
}

/** Time in which a circle closes under the turned generator of a scaling, and a little more. */
const TURN = 6.4

/**
 * A level curve of what is conserved: its gradient is parallel to the generator, so the curve follows the generator turned by a right
 * angle, once around if it closes, else both ways beyond the window.
 */
function leaf(symmetry: ConservedCurves, start: readonly [number, number]): Path {
  const [first, second] = [readExpr(symmetry.generator.x), readExpr(symmetry.generator.y)]
  const ahead = flowPath([neg(second), first], NAMES, {}, start, TURN, 320)
  const away = ahead.x.map((x, i) => Math.hypot(x - start[0], (ahead.y[i] ?? Number.NaN) - start[1]))
  const around = away.findIndex((distance, i) => i > 10 && distance < (away[1] ?? 0))
  if (around > 0) return { x: [...ahead.x.slice(0, around), start[0]], y: [...ahead.y.slice(0, around), start[1]] }
  const behind = flowPath([second, neg(first)], NAMES, {}, start, TURN, 320)
  return { x: behind.x.toReversed().concat(ahead.x), y: behind.y.toReversed().concat(ahead.y) }
}

/** The parts of a path that lie in the window. */
function inside({ window }: ConservedCurves, path: Path): Path[] {
  const parts: { x: number[]; y: number[] }[] = []
  let within = false
  path.x.forEach((x, i) => {
    const y = path.y[i] ?? Number.NaN
    const before = within
    within = x >= window.x[0] && x <= window.x[1] && y >= window.y[0] && y <= window.y[1]
    if (within && !before) parts.push({ x: [], y: [] })
    if (!within) return
    parts.at(-1)?.x.push(x)
    parts.at(-1)?.y.push(y)
  })
  return parts
}

const range = ([low, high]: Interval): Range => ({ low, high })

/** Gradient field, conserved curves, gradient flow on one of them and gradient descent, which leaves it. */
export function conservedCurvesPlot(symmetry: ConservedCurves): Plot {
  const gradient = checked(symmetry)
  const { start, window, rate } = symmetry
  const own = leaf(symmetry, start)
  const apart = (window.x[1] - window.x[0]) / 9
  const levels = [own, ...spread(window, [own], (seed) => leaf(symmetry, seed), apart)].flatMap((path) => inside(symmetry, path))
  const downhill = gradient.map(neg)
  const step = downhill.map((e) => mul(readExpr(String(rate)), e))
  return {
    title: '',
    x: { label: 'x', scale: 'linear' },
    y: { label: 'y', scale: 'linear' },
    window: { x: range(window.x), y: range(window.y) },
    series: [
      arrows(symmetry, gradient),
      ...levels.map((path, i): Series => ({ kind: 'line', role: 'guide', name: i === 0 ? 'levels of the charge' : '', ...path })),
      { kind: 'line', role: 'theory', name: 'gradient flow', ...flowPath(downhill, NAMES, {}, start, 30) },
      { kind: 'points', role: 'second', name: 'gradient descent', ...iterates(step, NAMES, {}, start, 12) },
    ],
  }
}

/** One symmetry of a loss of two parameters. */
export const conservedCurvesFigure = (symmetry: ConservedCurves, id: string): Block => ({
  kind: 'figure',
  id,
  arrangement: 'row',
  panels: [conservedCurvesPlot(symmetry)],
  caption: [
    'The loss ',
    code(symmetry.loss),
    ' has the symmetry. Arrows: minus its gradient (lengths are square roots), which is perpendicular to the generator; so gradient ' +
      'flow stays on a level curve of the charge (dashed). ',
    `Finite steps, here of learning rate ${symmetry.rate}, leave it where it bends.`,
  ],
})

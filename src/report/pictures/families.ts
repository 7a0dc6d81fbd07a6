import { add, mul, neg } from '../../algebra/build.js'
import { readExpr } from '../../algebra/read.js'
import { isZeroExpr } from '../../algebra/zero.js'
import { differentiate } from '../../algebra/calculus.js'
import type { Block } from '../document.js'
import type { Plot, Range, Series } from '../plot.js'
import type { Components } from './coordinates.js'
import { type Path, flowPath, iterates, numeric } from './paths.js'

/** A symmetry in the plane: a loss, the generator it is invariant under, and where to look. */
export interface PlanarSymmetry {
  readonly name: string
  readonly loss: string
  /** ξ in the coordinates x and y. */
  readonly generator: readonly [string, string]
  /** What gradient flow conserves, for the caption. */
  readonly conserved: string
  readonly window: { readonly x: readonly [number, number]; readonly y: readonly [number, number] }
  /** Where gradient flow and gradient descent start. */
  readonly start: readonly [number, number]
  readonly rate: number
}

/** [NM] §3: one loss for each family, in two parameters. */
export const PLANAR: readonly PlanarSymmetry[] = [
  {
    name: 'translation', loss: 'log(exp(x) + exp(y)) - 7*x/10 - 3*y/10', generator: ['1', '1'], conserved: 'x + y',
    window: { x: [-3, 3], y: [-3, 3] }, start: [-2.4, 1.2], rate: 3,
  },
  {
    name: 'scale', loss: '1 - (3*x + 4*y)/(5*sqrt(x^2 + y^2))', generator: ['x', 'y'], conserved: 'x² + y²',
    window: { x: [-2.6, 2.6], y: [-2.6, 2.6] }, start: [1.1, -1], rate: 0.8,
  },
  {
    name: 'rescale', loss: '(x*y - 1)^2/2', generator: ['x', '-y'], conserved: 'x² − y²',
    window: { x: [-2.4, 2.4], y: [-2.4, 2.4] }, start: [2.1, -0.6], rate: 0.22,
  },
]

const NAMES = ['x', 'y'] as const
const gradientOf = ({ loss }: PlanarSymmetry): Components => NAMES.map((name) => differentiate(readExpr(loss), name))

/** @throws Error if the loss does not have the symmetry: the picture would show something else. */
function checked(symmetry: PlanarSymmetry): Components {
  const gradient = gradientOf(symmetry)
  const rate = add(...symmetry.generator.map((xi, i) => mul(readExpr(xi), gradient[i] ?? readExpr('0'))))
  if (!isZeroExpr(rate).zero) throw new Error(`the loss ${symmetry.loss} does not have the symmetry ${symmetry.name}`)
  return gradient
}

/** Values of one coordinate at the middle of equal cells. */
const cells = ([low, high]: readonly [number, number], count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => low + ((i + 0.5) * (high - low)) / count)

const GRID = 11

function arrows(symmetry: PlanarSymmetry, gradient: Components): Series {
  const at = numeric(gradient.map(neg), NAMES, {})
  const points = cells(symmetry.window.x, GRID).flatMap((x) => cells(symmetry.window.y, GRID).map((y) => ({ x, y, slope: at([x, y]) }))).filter((p) => p.slope.every(Number.isFinite))
  const length = (slope: readonly number[]): number => Math.hypot(...slope)
  const longest = Math.max(...points.map((p) => length(p.slope)))
  const cell = (symmetry.window.x[1] - symmetry.window.x[0]) / GRID
  // Square roots of the lengths: the field of a loss spans orders of magnitude.
  const scaled = (p: (typeof points)[number], i: number): number => (0.9 * cell * (p.slope[i] ?? 0)) / Math.sqrt(longest * Math.max(length(p.slope), 1e-12))
  return { kind: 'arrows', role: 'field', name: 'minus the gradient', x: points.map((p) => p.x), y: points.map((p) => p.y), dx: points.map((p) => scaled(p, 0)), dy: points.map((p) => scaled(p, 1)) }
}

/**
 * A level curve of what is conserved: its gradient is parallel to the generator, so the curve follows the generator turned by a right angle,
 * both ways, as far as the window goes.
 */
function leaf(symmetry: PlanarSymmetry, start: readonly number[]): Path {
  const [first, second] = symmetry.generator.map((xi) => readExpr(xi))
  if (first === undefined || second === undefined) return { x: [], y: [] }
  const reach = 6
  const [ahead, behind] = [[neg(second), first], [second, neg(first)]].map((field) => flowPath(field, NAMES, {}, start, reach / Math.max(1, Math.hypot(...start))))
  return inside(symmetry, { x: [...(behind?.x ?? [])].reverse().concat(ahead?.x ?? []), y: [...(behind?.y ?? [])].reverse().concat(ahead?.y ?? []) })
}

function inside({ window }: PlanarSymmetry, path: Path): Path {
  const kept = path.x.map((x, i) => ({ x, y: path.y[i] ?? Number.NaN })).filter(({ x, y }) => x >= window.x[0] && x <= window.x[1] && y >= window.y[0] && y <= window.y[1])
  return { x: kept.map((p) => p.x), y: kept.map((p) => p.y) }
}

const range = ([low, high]: readonly [number, number]): Range => ({ low, high })

/** Gradient field, conserved curves, gradient flow on one of them and gradient descent, which leaves it. */
export function familyPlot(symmetry: PlanarSymmetry): Plot {
  const gradient = checked(symmetry)
  const { start, window, rate } = symmetry
  const seeds = [0.35, 0.65, 1.35].map((factor) => [start[0] * factor, start[1] * factor])
  const others = seeds.map((seed): Series => ({ kind: 'line', role: 'guide', name: '', ...leaf(symmetry, seed) }))
  const downhill = gradient.map(neg)
  const step = downhill.map((e) => mul(readExpr(String(rate)), e))
  return {
    title: symmetry.name,
    x: { label: 'x', scale: 'linear' },
    y: { label: 'y', scale: 'linear' },
    window: { x: range(window.x), y: range(window.y) },
    series: [
      arrows(symmetry, gradient),
      ...others,
      { kind: 'line', role: 'guide', name: 'conserved', ...leaf(symmetry, start) },
      { kind: 'line', role: 'theory', name: 'gradient flow', ...flowPath(downhill, NAMES, {}, start, 30) },
      { kind: 'points', role: 'second', name: 'gradient descent', ...inside(symmetry, iterates(step, NAMES, {}, start, 12)) },
    ],
  }
}

/** The figure with all three families. */
export const familiesFigure = (): Block => ({
  kind: 'figure',
  id: 'picture-families',
  arrangement: 'row',
  panels: PLANAR.map(familyPlot),
  caption: [
    `Gradient fields of three losses with a symmetry (arrow lengths are square roots). The gradient is perpendicular to the generator, so gradient flow conserves ${PLANAR.map((s) => `${s.conserved} (${s.name})`).join(', ')}; the finite steps of gradient descent leave it where it bends.`,
  ],
})


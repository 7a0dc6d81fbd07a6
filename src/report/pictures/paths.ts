import { substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { readExpr } from '../../algebra/read.js'
import { compileFunction } from '../../compile/function.js'
import { compileSystem } from '../../compile/system.js'
import type { Components } from './coordinates.js'

/** A curve in the plane. */
export interface Path {
  readonly x: readonly number[]
  readonly y: readonly number[]
}

export type Settings = Readonly<Record<string, number>>

const settled = (components: Components, settings: Settings): Components =>
  components.map((e) => substitute(e, Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, readExpr(String(value))]))))

/** The flow of a vector field in the plane by a compiled integrator, relative tolerance 10⁻⁹. */
export function flowPath(
  field: Components,
  coordinates: readonly string[],
  settings: Settings,
  start: readonly number[],
  until: number,
  points = 160,
): Path {
  const system = compileSystem({ states: coordinates, rhs: settled(field, settings) }, { method: 'dopri5' })
  const at = Array.from({ length: points + 1 }, (_, i) => Math.min(until, (i * until) / points))
  const { y } = system.integrate({ y0: start, t1: until, at })
  return { x: [...(y[0] ?? [])], y: [...(y[1] ?? [])] }
}

/** A function of the plane as numbers. */
export function numeric(
  components: readonly Expr[],
  coordinates: readonly string[],
  settings: Settings,
): (point: readonly number[]) => readonly number[] {
  const compiled = compileFunction(settled(components, settings), [...coordinates])
  return (point) => [...compiled.at(point)]
}

/** Iterates of a rule without states: θ ↦ θ + step(θ). */
export function iterates(
  step: Components,
  coordinates: readonly string[],
  settings: Settings,
  start: readonly number[],
  count: number,
): Path {
  const move = numeric(step, coordinates, settings)
  const x = [start[0] ?? Number.NaN]
  const y = [start[1] ?? Number.NaN]
  let point = [...start]
  for (let k = 0; k < count; k += 1) {
    const change = move(point)
    point = point.map((value, i) => value + (change[i] ?? Number.NaN))
    x.push(point[0] ?? Number.NaN)
    y.push(point[1] ?? Number.NaN)
  }
  return { x, y }
}

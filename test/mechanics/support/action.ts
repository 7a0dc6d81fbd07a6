import type { Expr } from '../../../src/algebra/expr.js'
import { type NumericModel, type Numbers, axpy, inner, numericScalar } from './numericJets.js'

/** A smooth path with its velocity and acceleration. */
export type Path = (t: number) => readonly [Numbers, Numbers, Numbers]

/** A path with sinusoidal components. */
export const wave = (amplitudes: Numbers, frequencies: Numbers, offsets: Numbers): Path => (t) => [
  amplitudes.map((a, i) => (offsets[i] ?? 0) + a * Math.sin((frequencies[i] ?? 1) * t + i)),
  amplitudes.map((a, i) => a * (frequencies[i] ?? 1) * Math.cos((frequencies[i] ?? 1) * t + i)),
  amplitudes.map((a, i) => -a * (frequencies[i] ?? 1) ** 2 * Math.sin((frequencies[i] ?? 1) * t + i)),
]

const START = 1
const LENGTH = 2
const NODES = 64

/** η(t) = sin⁸(π(t − start)/length)·direction: it and its first seven derivatives vanish at both ends. */
function bump(direction: Numbers, t: number): readonly [Numbers, Numbers] {
  const w = Math.PI / LENGTH
  const [s, c] = [Math.sin(w * (t - START)), Math.cos(w * (t - START))]
  return [direction.map((d) => d * s ** 8), direction.map((d) => d * 8 * w * s ** 7 * c)]
}

/** The trapezoidal rule, which converges fast on an integrand whose first derivatives vanish at both ends. */
function integrate(f: (t: number) => number): number {
  return Array.from({ length: NODES + 1 }, (_, k) => f(START + (LENGTH * k) / NODES) * (k === 0 || k === NODES ? 0.5 : 1)).reduce((a, b) => a + b, 0) * (LENGTH / NODES)
}

/** dS/dε of the action of path + ε·η by central differences: nothing of the Euler–Lagrange expression is used. */
export function actionSlope(lagrangian: Expr, path: Path, direction: Numbers, model: Omit<NumericModel, 'path'>): number {
  const step = 1e-4
  const difference = (t: number): number => {
    const [q, v] = path(t)
    const [bumpValue, bumpRate] = bump(direction, t)
    const at = (e: number): number => numericScalar(lagrangian, { ...model, path: [axpy(e, bumpValue, q), axpy(e, bumpRate, v)], scalars: { ...model.scalars, t } })
    return (at(step) - at(-step)) / (2 * step)
  }
  return integrate(difference)
}

/** −∫⟨E, η⟩dt: what the slope of the action has to be where E is the Euler–Lagrange expression. */
export const predictedSlope = (expression: (t: number, path: readonly [Numbers, Numbers, Numbers]) => Numbers, path: Path, direction: Numbers): number =>
  -integrate((t) => inner(expression(t, path(t)), bump(direction, t)[0]))

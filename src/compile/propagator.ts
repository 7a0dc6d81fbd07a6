import { ZERO, sym } from '../algebra/build.js'
import { differentiate, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { InputError } from '../errors.js'
import { type Matrix, exponential, zeros } from './matrix.js'

/** dy/dt = matrix·y + input·u(t) + offset with constant coefficients. */
export interface LinearLaw {
  /** n×n. */
  readonly matrix: Matrix
  /** n×m, a column a drive. */
  readonly input: Matrix
  /** n; by default 0. */
  readonly offset?: readonly number[]
}

/** How a recorded drive runs between the knots t0 + j·step: held at its value at j, or straight to the value at j + 1. */
export type DriveShape = 'constant' | 'linear'

/**
 * One step of a linear law, exact for its drive: y_{j+1} = transition·y_j + gain·u_j + slopeGain·(u_{j+1} − u_j) + shift.
 */
export interface Propagator {
  readonly transition: Matrix
  readonly gain: Matrix
  readonly slopeGain: Matrix
  readonly shift: readonly number[]
  /**
   * States at all knots.
   * @param y0 initial state, n numbers.
   * @param drives one array a drive: values u_j for j = 0..steps−1 (held) or j = 0..steps (linear).
   * @param steps number of steps; by default as many as the drives allow.
   * @returns n arrays of steps + 1 values, the first the initial state.
   * @throws InputError if the drives do not fit.
   */
  run(y0: readonly number[], drives: readonly (Float64Array | readonly number[])[], steps?: number): readonly Float64Array[]
}

/**
 * The propagator over `step` of a linear law. All four parts stand in the exponential of one augmented matrix
 * [[A, B, 0], [0, 0, I], [0, 0, 0]] (Van Loan, IEEE Trans. Automat. Control 23 (1978) 395), so
 * nothing is divided by A, which may be singular.
 * @throws InputError for a step that is not finite.
 */
export function linearPropagator(law: LinearLaw, step: number, shape: DriveShape = 'constant'): Propagator {
  const n = law.matrix.length
  const m = law.input[0]?.length ?? 0
  if (!Number.isFinite(step)) throw new InputError(`step = ${step}`, 'give a finite step')
  const columns = m + 1
  const size = n + 2 * columns
  const generator = zeros(size, size).map((row, i) =>
    row.map((_, j) => {
      if (i < n && j < n) return step * (law.matrix[i]?.[j] ?? 0)
      if (i < n && j < n + m) return step * (law.input[i]?.[j - n] ?? 0)
      if (i < n && j === n + m) return step * (law.offset?.[i] ?? 0)
      return i >= n && j === i + columns ? 1 : 0
    }))
  const all = exponential(generator)
  const block = (from: number, width: number): Matrix => all.slice(0, n).map((row) => row.slice(from, from + width))
  const [transition, gain, slopeGain] = [block(0, n), block(n, m), block(n + columns, m)]
  const shift = block(n + m, 1).map((row) => row[0] ?? 0)

  const run: Propagator['run'] = (y0, drives, wanted) => {
    if (y0.length !== n) throw new InputError(`${y0.length} initial values given`, `give ${n}`)
    if (drives.length !== m) throw new InputError(`${drives.length} drives given`, `give ${m}`)
    const most = Math.min(...drives.map((u) => u.length)) - (shape === 'linear' ? 1 : 0)
    const steps = wanted ?? most
    if (!Number.isFinite(steps) || steps > most)
      throw new InputError(`${steps} steps for drives that last ${most}`, 'give longer drives or fewer steps')
    const y = y0.map((v) => Float64Array.from({ length: steps + 1 }, (_, j) => (j === 0 ? v : 0)))
    for (let j = 0; j < steps; j += 1) {
      for (let i = 0; i < n; i += 1) {
        let sum = shift[i] ?? 0
        for (let k = 0; k < n; k += 1) sum += (transition[i]?.[k] ?? 0) * (y[k]?.[j] ?? NaN)
        for (let k = 0; k < m; k += 1) {
          const u = drives[k]?.[j] ?? NaN
          sum += (gain[i]?.[k] ?? 0) * u
          if (shape === 'linear') sum += (slopeGain[i]?.[k] ?? 0) * ((drives[k]?.[j + 1] ?? NaN) - u)
        }
        const target = y[i]
        if (target !== undefined) target[j + 1] = sum
      }
    }
    return y
  }
  return { transition, gain, slopeGain, shift, run }
}

/**
 * Reads a linear law off its right-hand sides.
 * @returns the exact coefficients, as expressions in the remaining symbols.
 * @throws InputError if a rate is not linear in states and drives together or its coefficients depend on them.
 */
export function linearCoefficients(
  rhs: readonly Expr[],
  states: readonly string[],
  drives: readonly string[],
): { readonly matrix: readonly (readonly Expr[])[]; readonly input: readonly (readonly Expr[])[]; readonly offset: readonly Expr[] } {
  const names = [...states, ...drives]
  const coefficient = (e: Expr, name: string): Expr => {
    const slope = differentiate(e, name)
    const dependence = names.find((other) => differentiate(slope, other) !== ZERO)
    if (dependence !== undefined)
      throw new InputError(
          `the rate is not linear: its derivative by ${name} depends on ${dependence}`, 'integrate it with a general method')
    return slope
  }
  const nothing = new Map(names.map((name) => [sym(name), ZERO]))
  return {
    matrix: rhs.map((e) => states.map((name) => coefficient(e, name))),
    input: rhs.map((e) => drives.map((name) => coefficient(e, name))),
    offset: rhs.map((e) => substitute(e, nothing)),
  }
}


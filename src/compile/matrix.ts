/** A small dense matrix, row by row. */
export type Matrix = readonly (readonly number[])[]

export const zeros = (rows: number, columns: number): Matrix => Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0))
export const identity = (n: number): Matrix => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)))

export function multiply(a: Matrix, b: Matrix): Matrix {
  const columns = b[0]?.length ?? 0
  return a.map((row) => Array.from({ length: columns }, (_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? 0), 0)))
}

const plus = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((x, j) => x + (b[i]?.[j] ?? 0)))
const times = (a: Matrix, s: number): Matrix => a.map((row) => row.map((x) => s * x))

/** Degree of the Taylor polynomial; with norm at most 1/2 its remainder is below 2^−70. */
const DEGREE = 16

/**
 * e^a by scaling and squaring of its Taylor polynomial. The polynomial gives e^(a/2^s) − I, and squaring keeps that difference,
 * (I + d)² − I = 2d + d², so that slow decays keep their digits (Higham, Functions of Matrices, §10). NaN for a that is not finite.
 */
export function exponential(a: Matrix): Matrix {
  const norm = Math.max(0, ...a.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0)))
  if (!Number.isFinite(norm)) return times(a, NaN)
  const squarings = Math.max(0, Math.ceil(Math.log2(Math.max(norm, Number.MIN_VALUE))) + 1)
  const scaled = times(a, 2 ** -squarings)
  let difference = times(scaled, 1 / DEGREE)
  for (let k = DEGREE - 1; k >= 1; k -= 1) difference = times(multiply(scaled, plus(identity(a.length), difference)), 1 / k)
  for (let k = 0; k < squarings; k += 1) difference = plus(times(difference, 2), multiply(difference, difference))
  return plus(identity(a.length), difference)
}

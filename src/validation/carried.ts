import { evaluateNumber } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import type { HyperparametersAt } from './quantities.js'

/** What enters the rows of a linear law at every step, member by member, and how the rows go on from one step to the next. */
export interface Entering {
  readonly members: number
  readonly rows: number
  /** The coefficients of the rows of each other at step k. */
  readonly matrixAt: (k: number) => readonly (readonly number[])[]
  readonly source: (row: number, k: number, member: number) => number
}

/** The first row, which is the charge: that of member i at step `from` + n at n·members + i. */
export interface Carried {
  readonly members: number
  readonly values: Float64Array
}

/** x' = A x + source, from zero at step `from` up to step `to`: what has entered the rows has become of them. */
export function carriedOn({ members, rows, matrixAt, source }: Entering, from: number, to: number): Carried {
  const values = new Float64Array((to - from + 1) * members)
  let x = Array.from({ length: members }, () => Array.from({ length: rows }, () => 0))
  for (let k = from; k < to; k += 1) {
    const matrix = matrixAt(k)
    x = x.map((before, i) => matrix.map((row, r) => row.reduce((sum, c, j) => sum + c * (before[j] ?? 0), source(r, k, i))))
    for (const [i, [q = 0]] of x.entries()) values[(k + 1 - from) * members + i] = q
  }
  return { members, values }
}

/** The coefficients of rows of each other as numbers, step by step. */
export function matricesOf(rows: readonly (readonly Expr[])[], steps: number, at: HyperparametersAt): Entering['matrixAt'] {
  const matrices = Array.from({ length: steps }, (_, k) => rows.map((row) => row.map((c) => evaluateNumber(c, { ...at(k), k }))))
  return (k) => matrices[k] ?? []
}

import { ZERO, div, mul, neg, sub } from './build.js'
import type { Expr } from './expr.js'
import { polynomialCoefficients } from './factor.js'
import { cancel, numeratorDenominator } from './rational-form.js'
import { isIdenticallyZero } from './zero.js'

/**
 * The value of `unknown` (a name or an expression such as a rate) for which `e` vanishes, if `e` is linear in it, possibly over a
 * denominator; undefined otherwise, or if the unknown drops out.
 */
export function solveLinear(e: Expr, unknown: string | Expr): Expr | undefined {
  const direct = polynomialCoefficients(e, unknown)
  const coefficients = direct ?? polynomialCoefficients(numeratorDenominator(e)[0], unknown)
  if (coefficients === undefined) return undefined
  const [constant = ZERO, slope = ZERO, ...higher] = coefficients
  if (higher.some((c) => !isIdenticallyZero(c)) || isIdenticallyZero(slope)) return undefined
  return cancel(div(neg(constant), slope))
}

/**
 * The solution x of matrix·x = right, by Gaussian elimination with the first pivot that is not identically zero.
 * @param matrix - n rows of n entries. @param right - n entries.
 * @returns n entries, or undefined if the matrix is singular.
 */
export function linearSolve(matrix: readonly (readonly Expr[])[], right: readonly Expr[]): readonly Expr[] | undefined {
  const rows = matrix.map((row, i) => [...row, right[i] ?? ZERO])
  const size = rows.length
  for (let column = 0; column < size; column += 1) {
    const found = rows.findIndex((row, i) => i >= column && !isIdenticallyZero(row[column] ?? ZERO))
    const [pivot] = found < 0 ? [] : rows.splice(found, 1)
    if (pivot === undefined) return undefined
    const unit = pivot.map((entry) => cancel(div(entry, pivot[column] ?? ZERO)))
    rows.splice(column, 0, unit)
    for (const [i, row] of rows.entries()) {
      const factor = row[column] ?? ZERO
      if (i !== column && factor !== ZERO) rows[i] = row.map((entry, j) => cancel(sub(entry, mul(factor, unit[j] ?? ZERO))))
    }
  }
  return rows.map((row) => row[size] ?? ZERO)
}

import type { Field } from '../algebra/evaluate.js'

/** A dense matrix over a field, row-major. */
export interface Matrix<T> {
  readonly rows: number
  readonly columns: number
  readonly entries: readonly T[]
}

const at = <T>(m: Matrix<T>, i: number, j: number): T => {
  const value = m.entries[i * m.columns + j]
  if (value === undefined) throw new RangeError(`entry ${i}, ${j} outside a ${m.rows}×${m.columns} matrix`)
  return value
}

export function matrix<T>(rows: number, columns: number, entry: (i: number, j: number) => T): Matrix<T> {
  return { rows, columns, entries: Array.from({ length: rows * columns }, (_, k) => entry(Math.floor(k / columns), k % columns)) }
}

export const transpose = <T>(m: Matrix<T>): Matrix<T> => matrix(m.columns, m.rows, (i, j) => at(m, j, i))

export const identity = <T>(field: Field<T>, n: number): Matrix<T> => matrix(n, n, (i, j) => (i === j ? field.one : field.zero))

/** @throws RangeError if the inner sizes differ. */
export function multiply<T>(field: Field<T>, a: Matrix<T>, b: Matrix<T>): Matrix<T> {
  if (a.columns !== b.rows) throw new RangeError(`a ${a.rows}×${a.columns} matrix cannot multiply a ${b.rows}×${b.columns} matrix`)
  return matrix(a.rows, b.columns, (i, j) => {
    let sum = field.zero
    for (let k = 0; k < a.columns; k += 1) sum = field.add(sum, field.multiply(at(a, i, k), at(b, k, j)))
    return sum
  })
}

/**
 * A solution of the linear equations `Σ coefficient·x[index] = right` with free unknowns set by `free`.
 * @returns undefined if the equations contradict each other.
 */
export function solveWithFree<T>(
  field: Field<T>,
  unknowns: number,
  equations: readonly { readonly coefficients: ReadonlyMap<number, T>; readonly right: T }[],
  free: () => T,
): readonly T[] | undefined {
  const pivots = new Map<number, { readonly row: Map<number, T>; readonly right: T }>()
  for (const equation of equations) {
    const row = new Map([...equation.coefficients].filter(([, c]) => !field.isZero(c)))
    let right = equation.right
    for (;;) {
      const known = [...row.keys()].find((index) => pivots.has(index))
      const pivot = known === undefined ? undefined : pivots.get(known)
      const factor = known === undefined ? undefined : row.get(known)
      if (pivot === undefined || factor === undefined) break
      const scale = field.negate(factor)
      for (const [index, c] of pivot.row) {
        const sum = field.add(row.get(index) ?? field.zero, field.multiply(scale, c))
        if (field.isZero(sum)) row.delete(index)
        else row.set(index, sum)
      }
      right = field.add(right, field.multiply(scale, pivot.right))
    }
    const lead = Math.min(...row.keys())
    const leading = row.get(lead)
    if (leading === undefined) {
      if (!field.isZero(right)) return undefined
      continue
    }
    const inverse = field.inverse(leading)
    pivots.set(lead, {
      row: new Map([...row].map(([index, c]) => [index, field.multiply(inverse, c)])),
      right: field.multiply(inverse, right),
    })
  }
  const values = Array.from({ length: unknowns }, () => free())
  for (const [lead, { row, right }] of [...pivots].sort(([a], [b]) => b - a)) {
    let sum = right
    for (const [index, c] of row) if (index !== lead) sum = field.add(sum, field.negate(field.multiply(c, values[index] ?? field.zero)))
    values[lead] = sum
  }
  return values
}

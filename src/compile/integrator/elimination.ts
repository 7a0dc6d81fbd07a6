import type { Entry } from './linearSolver.js'

/** How a sparse matrix is eliminated on its diagonal: which unknown when, and where factors arise. */
export interface Elimination {
  /** order[p] is the row, and column, that is eliminated at place p. */
  readonly order: readonly number[]
  /** Places of the columns of each row of L and U together, ascending; the row's own place is the diagonal. */
  readonly rows: readonly (readonly number[])[]
  /** Multiplications and subtractions that take the place of the n³/3 of a full matrix. */
  readonly operations: number
}

/**
 * Orders the elimination by Markowitz's criterion on the diagonal: always the row and column that can fill in least (Duff, Erisman and
 * Reid, Direct Methods for Sparse Matrices, 7.2), and finds the fill.
 * @param most gives up, with undefined, when more operations are needed.
 */
export function eliminate(n: number, entries: readonly Entry[], most: number): Elimination | undefined {
  const rows = Array.from({ length: n }, (_, i) => new Set([i]))
  const columns = Array.from({ length: n }, (_, i) => new Set([i]))
  for (const [i, j] of entries) {
    rows[i]?.add(j)
    columns[j]?.add(i)
  }
  const below = Array.from({ length: n }, (): number[] => [])
  const above: (readonly number[])[] = []
  const order: number[] = []
  const cost = (k: number): number => ((rows[k]?.size ?? 1) - 1) * ((columns[k]?.size ?? 1) - 1)
  const costs = Float64Array.from(rows, (_, k) => cost(k))
  let operations = 0
  while (order.length < n) {
    let pivot = 0
    for (let k = 1; k < n; k += 1) if ((costs[k] ?? NaN) < (costs[pivot] ?? NaN)) pivot = k
    operations += cost(pivot)
    if (operations > most) return undefined
    const across = [...(rows[pivot] ?? [])].filter((j) => j !== pivot)
    const down = [...(columns[pivot] ?? [])].filter((i) => i !== pivot)
    for (const i of down) {
      below[i]?.push(order.length)
      rows[i]?.delete(pivot)
      for (const j of across) {
        rows[i]?.add(j)
        columns[j]?.add(i)
      }
    }
    for (const j of across) columns[j]?.delete(pivot)
    for (const k of [...down, ...across]) costs[k] = cost(k)
    costs[pivot] = Infinity
    above.push(across)
    order.push(pivot)
  }
  const placeOf = new Map(order.map((k, p) => [k, p]))
  const place = (k: number): number => placeOf.get(k) ?? NaN
  return {
    order,
    rows: order.map((k, p) => [...(below[k] ?? []), p, ...(above[p] ?? []).map(place).sort((a, b) => a - b)]),
    operations,
  }
}

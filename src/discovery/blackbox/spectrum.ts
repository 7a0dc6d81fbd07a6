/** A dense matrix, column by column. */
export interface Columns {
  readonly rows: number
  readonly columns: readonly Float64Array[]
}

const norm = (x: Float64Array, from: number): number => {
  let sum = 0
  for (let i = from; i < x.length; i++) sum += (x[i] ?? 0) ** 2
  return Math.sqrt(sum)
}

/** The Householder vector of x from an index on, v with (I − 2vvᵀ)x = −sign·|x|·e, and that value; undefined for a zero column. */
function reflector(x: Float64Array, from: number): { readonly v: Float64Array; readonly value: number } | undefined {
  const length = norm(x, from)
  if (length === 0) return undefined
  const v = new Float64Array(x.length)
  for (let i = from; i < x.length; i++) v[i] = x[i] ?? 0
  const value = (v[from] ?? 0) > 0 ? -length : length
  v[from] = (v[from] ?? 0) - value
  const scale = norm(v, from)
  for (let i = from; i < x.length; i++) v[i] = (v[i] ?? 0) / scale
  return { v, value }
}

function reflect(v: Float64Array, from: number, x: Float64Array): void {
  let dot = 0
  for (let i = from; i < x.length; i++) dot += (v[i] ?? 0) * (x[i] ?? 0)
  for (let i = from; i < x.length; i++) x[i] = (x[i] ?? 0) - 2 * dot * (v[i] ?? 0)
}

/** QR decomposition with column pivoting (Businger & Golub 1965): column `order[k]` of the matrix is Q times column k of R. */
export function pivotedTriangle({ rows, columns }: Columns): { readonly triangle: readonly Float64Array[]; readonly order: readonly number[] } {
  const work = columns.map((c) => Float64Array.from(c))
  const order = columns.map((_, k) => k)
  for (let k = 0; k < Math.min(rows, work.length); k++) {
    let best = k
    let largest = -1
    for (let j = k; j < work.length; j++) {
      const size = norm(work[j] ?? new Float64Array(), k)
      if (size > largest * (1 + 1e-12)) [best, largest] = [j, size]
    }
    swap(work, k, best)
    swap(order, k, best)
    const pivot = work[k] ?? new Float64Array()
    const step = reflector(pivot, k)
    if (step === undefined) break
    for (let j = k + 1; j < work.length; j++) reflect(step.v, k, work[j] ?? new Float64Array())
    pivot[k] = step.value
    pivot.fill(0, k + 1)
  }
  return { triangle: work, order }
}

function swap<T>(list: T[], i: number, j: number): void {
  const [a, b] = [list[i], list[j]]
  if (a === undefined || b === undefined) return
  list[i] = b
  list[j] = a
}

/** Diagonal and superdiagonal of the bidiagonal form of an upper triangular matrix, by reflections from both sides (Golub & Kahan 1965). */
function bidiagonal(triangle: readonly Float64Array[]): { readonly diagonal: Float64Array; readonly above: Float64Array } {
  const n = triangle.length
  const a = triangle.map((c) => c.slice(0, n))
  const [diagonal, above] = [new Float64Array(n), new Float64Array(Math.max(0, n - 1))]
  for (let k = 0; k < n; k++) {
    const left = reflector(a[k] ?? new Float64Array(), k)
    if (left !== undefined) for (let j = k + 1; j < n; j++) reflect(left.v, k, a[j] ?? new Float64Array())
    diagonal[k] = left?.value ?? 0
    if (k + 1 < n) {
      const row = Float64Array.from({ length: n }, (_, j) => (j > k ? (a[j]?.[k] ?? 0) : 0))
      const right = reflector(row, k + 1)
      above[k] = right?.value ?? 0
      if (right !== undefined) reflectRows(a, right.v, k)
    }
  }
  return { diagonal, above }
}

/** Applies I − 2vvᵀ from the right to rows k+1 and below. */
function reflectRows(a: readonly Float64Array[], v: Float64Array, k: number): void {
  const n = a.length
  const dots = new Float64Array(n)
  for (let j = k + 1; j < n; j++) for (let i = k + 1; i < n; i++) dots[i] = (dots[i] ?? 0) + (v[j] ?? 0) * (a[j]?.[i] ?? 0)
  for (let j = k + 1; j < n; j++) {
    const column = a[j] ?? new Float64Array()
    for (let i = k + 1; i < n; i++) column[i] = (column[i] ?? 0) - 2 * (dots[i] ?? 0) * (v[j] ?? 0)
  }
}

/** Number of singular values below x > 0: negative pivots of the Golub–Kahan tridiagonal matrix shifted by −x, minus n (Sylvester's law of inertia). */
function countBelow(offDiagonal: Float64Array, x: number): number {
  let [count, pivot] = [0, -x]
  for (let i = 0; ; i++) {
    if (pivot < 0) count += 1
    if (i >= offDiagonal.length) return count - (offDiagonal.length + 1) / 2
    const e = offDiagonal[i] ?? 0
    pivot = -x - (e * e) / (pivot === 0 ? Number.MIN_VALUE : pivot)
  }
}

/** All singular values of an upper triangular matrix, largest first, by bisection to the rounding level of the largest. */
export function singularValues(triangle: readonly Float64Array[]): readonly number[] {
  const { diagonal, above } = bidiagonal(triangle)
  const n = diagonal.length
  const interleaved = Float64Array.from({ length: 2 * n - 1 }, (_, i) => (i % 2 === 0 ? (diagonal[i / 2] ?? 0) : (above[(i - 1) / 2] ?? 0)))
  const top = 2 * Math.max(...interleaved.map(Math.abs))
  return Array.from({ length: n }, (_, k) => {
    let [low, high] = [0, top]
    // The k-th largest value has n − k values at or below it.
    for (let step = 0; step < 60 && high - low > 1e-3 * low; step++) {
      const middle = low < top * 1e-18 && high < top * 1e-17 ? 0 : low === 0 ? high / 16 : (low + high) / 2
      if (middle === 0) break
      if (countBelow(interleaved, middle) >= n - k) high = middle
      else low = middle
    }
    return (low + high) / 2
  })
}

/** Solves for the null vectors of the first `rank` pivots: one for each other column, 1 there. */
export function nullVectors(triangle: readonly Float64Array[], order: readonly number[], rank: number): readonly Float64Array[] {
  return triangle.slice(rank).map((column, f) => {
    const x = new Float64Array(order.length)
    const solution = new Float64Array(rank)
    for (let i = rank - 1; i >= 0; i--) {
      let sum = -(column[i] ?? 0)
      for (let j = i + 1; j < rank; j++) sum -= (triangle[j]?.[i] ?? 0) * (solution[j] ?? 0)
      solution[i] = sum / (triangle[i]?.[i] ?? 1)
    }
    for (let i = 0; i < rank; i++) x[order[i] ?? 0] = solution[i] ?? 0
    x[order[rank + f] ?? 0] = 1
    return x
  })
}

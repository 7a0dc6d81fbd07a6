/** Matrices of every block, row by row: plain arrays, none of the engine in them. */
export type Rows = readonly (readonly number[])[]
export interface BlockMatrices {
  readonly side: 'rows' | 'columns'
  readonly blocks: readonly Rows[]
}

/** Where a block is in a vector of components, as a matrix row by row. */
export interface Place {
  readonly from: number
  readonly rows: number
  readonly columns: number
}

const matrix = (m: number, n: number, entry: (i: number, j: number) => number): Rows => Array.from({ length: m }, (_, i) => Array.from({ length: n }, (__, j) => entry(i, j)))
const at = (a: Rows, i: number, j: number): number => a[i]?.[j] ?? 0
const times = (a: Rows, b: Rows): Rows => matrix(a.length, b[0]?.length ?? 0, (i, j) => b.reduce((s, _, k) => s + at(a, i, k) * at(b, k, j), 0))
const turned = (a: Rows): Rows => matrix(a[0]?.length ?? 0, a.length, (i, j) => at(a, j, i))
const split = (x: readonly number[], places: readonly Place[]): readonly Rows[] => places.map(({ from, rows, columns }) => matrix(rows, columns, (i, j) => x[from + i * columns + j] ?? 0))

/** Masks as blocks, those with two sizes as matrices; what is in none of them is a block each. */
export function placesOf(shapes: Readonly<Record<string, readonly (string | number)[]>>, masks: Readonly<Record<string, readonly boolean[]>>, size: number): readonly Place[] {
  const named = Object.entries(shapes).map(([name, shape]) => {
    const mask = masks[name] ?? []
    const columns = shape.length === 2 ? Number(shape[1]) : 1
    return { from: mask.indexOf(true), rows: mask.filter(Boolean).length / columns, columns }
  })
  const covered = (i: number): boolean => named.some(({ from, rows, columns }) => i >= from && i < from + rows * columns)
  return [...named, ...Array.from({ length: size }, (_, i) => i).flatMap((from) => (covered(from) ? [] : [{ from, rows: 1, columns: 1 }]))]
}

export const zeros = (side: BlockMatrices['side'], places: readonly Place[]): BlockMatrices => ({ side, blocks: places.map((p) => matrix(p[side], p[side], () => 0)) })
export const combined = (a: BlockMatrices, c: number, b: BlockMatrices): BlockMatrices => ({ ...a, blocks: a.blocks.map((m, k) => m.map((row, i) => row.map((x, j) => x + c * at(b.blocks[k] ?? [], i, j)))) })
export const scaled = (c: number, { side, blocks }: BlockMatrices): BlockMatrices => ({ side, blocks: blocks.map((m) => m.map((row) => row.map((x) => c * x))) })
export const plusIdentity = ({ side, blocks }: BlockMatrices, c: number): BlockMatrices => ({ side, blocks: blocks.map((m) => m.map((row, i) => row.map((x, j) => (i === j ? x + c : x)))) })
export const diagonal = ({ side, blocks }: BlockMatrices): BlockMatrices => ({ side, blocks: blocks.map((m) => m.map((row, i) => row.map((x, j) => (i === j ? x : 0)))) })

export function gram(side: BlockMatrices['side'], x: readonly number[], y: readonly number[], places: readonly Place[]): BlockMatrices {
  const [xs, ys] = [split(x, places), split(y, places)]
  return { side, blocks: xs.map((a, k) => (side === 'rows' ? times(a, turned(ys[k] ?? [])) : times(turned(a), ys[k] ?? []))) }
}

export function applied({ side, blocks }: BlockMatrices, x: readonly number[], places: readonly Place[]): readonly number[] {
  const out = x.map(() => 0)
  for (const [k, m] of split(x, places).entries()) {
    const product = side === 'rows' ? times(blocks[k] ?? [], m) : times(m, blocks[k] ?? [])
    const { from = 0, columns = 1 } = places[k] ?? {}
    for (const [i, row] of product.entries()) for (const [j, value] of row.entries()) out[from + i * columns + j] = value
  }
  return out
}

/** Σ sᵖ u uᵀ over the eigenvalues s > 0, by Jacobi rotations. */
function power(given: Rows, p: number): Rows {
  const n = given.length
  let [a, vectors] = [given, matrix(n, n, (i, j) => (i === j ? 1 : 0))]
  for (let sweep = 0; sweep < 60; sweep += 1)
    for (let i = 0; i < n; i += 1)
      for (let j = i + 1; j < n; j += 1) {
        const angle = Math.atan2(2 * at(a, i, j), at(a, i, i) - at(a, j, j)) / 2
        const [c, s] = [Math.cos(angle), Math.sin(angle)]
        const turn = matrix(n, n, (k, l) => (k === l ? (k === i || k === j ? c : 1) : k === i && l === j ? -s : k === j && l === i ? s : 0))
        a = times(times(turned(turn), a), turn)
        vectors = times(vectors, turn)
      }
  const largest = Math.max(...a.map((_, i) => Math.abs(at(a, i, i))))
  const values = a.map((_, i) => (at(a, i, i) > 1e-12 * largest ? at(a, i, i) ** p : 0))
  return times(times(vectors, matrix(n, n, (i, j) => (i === j ? (values[i] ?? 0) : 0))), turned(vectors))
}

export const raised = ({ side, blocks }: BlockMatrices, p: number): BlockMatrices => ({ side, blocks: blocks.map((m) => power(m, p)) })

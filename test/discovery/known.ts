/** Counts known from the literature, by floating-point or closed form, for comparison with what the search finds. */

interface Layered {
  readonly layers: readonly number[]
  readonly activation: string
  readonly bias: boolean
}

/** Rank by Gaussian elimination with complete row pivoting in doubles. */
export function numericRank(rows: readonly (readonly number[])[], tolerance = 1e-9): number {
  const a = rows.map((row) => [...row])
  const width = a[0]?.length ?? 0
  let rank = 0
  for (let column = 0; column < width && rank < a.length; column++) {
    let best = rank
    for (let r = rank; r < a.length; r++) if (Math.abs(a[r]?.[column] ?? 0) > Math.abs(a[best]?.[column] ?? 0)) best = r
    const [pivotRow, swapped] = [a[best] ?? [], a[rank] ?? []]
    const pivot = pivotRow[column] ?? 0
    if (Math.abs(pivot) > tolerance) {
      a[best] = swapped
      a[rank] = pivotRow
      for (let r = rank + 1; r < a.length; r++) {
        const row = a[r] ?? []
        const factor = (row[column] ?? 0) / pivot
        if (factor !== 0) for (let j = column; j < width; j++) row[j] = (row[j] ?? 0) - factor * (pivotRow[j] ?? 0)
      }
      rank += 1
    }
  }
  return rank
}

/**
 * Number of independent entries of W_lᵀW_l + b_l b_lᵀ − W_{l+1}W_{l+1}ᵀ: the rank in doubles of their gradients at a pseudo-random point
 * (the count that [CL 2023] compares with for linear networks).
 */
export function balanceRank(layers: readonly number[], bias: boolean): number {
  let state = 12_345
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x7fffffff - 0.5
  }
  const offsets: number[] = []
  let count = 0
  for (let l = 1; l < layers.length; l++) {
    offsets[l] = count
    count += (layers[l - 1] ?? 0) * (layers[l] ?? 0) + (bias && l < layers.length - 1 ? (layers[l] ?? 0) : 0)
  }
  const theta = Array.from({ length: count }, next)
  const weight = (l: number, i: number, j: number): number => (offsets[l] ?? 0) + i * (layers[l] ?? 0) + j
  const offset = (l: number, j: number): number => (offsets[l] ?? 0) + (layers[l - 1] ?? 0) * (layers[l] ?? 0) + j
  const rows: number[][] = []
  for (let l = 1; l < layers.length - 1; l++) {
    for (let j = 0; j < (layers[l] ?? 0); j++) {
      for (let k = j; k < (layers[l] ?? 0); k++) {
        const row = Array.from({ length: count }, () => 0)
        const pair = (u: number, v: number, sign: number): void => {
          row[u] = (row[u] ?? 0) + sign * (theta[v] ?? 0)
          row[v] = (row[v] ?? 0) + sign * (theta[u] ?? 0)
        }
        for (let i = 0; i < (layers[l - 1] ?? 0); i++) pair(weight(l, i, j), weight(l, i, k), 1)
        if (bias) pair(offset(l, j), offset(l, k), 1)
        for (let o = 0; o < (layers[l + 1] ?? 0); o++) pair(weight(l + 1, j, o), weight(l + 1, k, o), -1)
        rows.push(row)
      }
    }
  }
  return numericRank(rows)
}

/** One law for each hidden neuron of a ReLU network; the balance matrices of a linear one. */
export const knownCount = ({ layers, activation, bias }: Layered): number =>
  activation === 'linear' ? balanceRank(layers, bias) : layers.slice(1, -1).reduce((sum, w) => sum + w, 0)

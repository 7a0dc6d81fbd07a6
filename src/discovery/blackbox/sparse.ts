/** Coefficients below this share of a vector's largest are rounding. */
const NEGLIGIBLE = 1e-6

const SMALL_DENOMINATORS = [1, 2, 3, 4, 5, 6] as const

/** The nearest fraction with denominator up to 6, if it is near. */
function snapped(x: number, tolerance: number): number {
  for (const d of SMALL_DENOMINATORS) {
    const n = Math.round(x * d)
    if (Math.abs(x - n / d) <= tolerance) return n / d
  }
  return x
}

/** Scales the largest coefficient to ±1, drops rounding, and rounds to simple fractions that are within `tolerance`. */
function cleaned(x: Float64Array, tolerance: number): Float64Array {
  const top = x.reduce((m, y) => Math.max(m, Math.abs(y)), 0)
  const cut = Math.max(NEGLIGIBLE, tolerance)
  return x.map((y) => (Math.abs(y) < cut * top ? 0 : snapped(y / top, tolerance)))
}

/** How hard a vector of coefficients is to read: a weight for each coefficient that is not zero. */
export type Cost = (k: number) => number

const total = (x: Float64Array, cost: Cost): number => x.reduce((n, y, k) => n + (y === 0 ? 0 : cost(k)), 0)

/** x − c·y with the c that removes the most coefficients, if that is easier to read than x. */
function eliminated(x: Float64Array, y: Float64Array, tolerance: number, cost: Cost): Float64Array | undefined {
  const ratios = new Map<number, number>()
  for (const [i, b] of y.entries()) {
    const a = x[i] ?? 0
    if (a !== 0 && b !== 0) {
      const ratio = snapped(a / b, tolerance)
      ratios.set(ratio, (ratios.get(ratio) ?? 0) + 1)
    }
  }
  const best = [...ratios].sort((p, q) => q[1] - p[1])[0]?.[0]
  if (best === undefined) return undefined
  const difference = cleaned(x.map((a, i) => a - best * (y[i] ?? 0)), tolerance)
  const size = total(difference, cost)
  return size > 0 && size < total(x, cost) ? difference : undefined
}

/** A basis of the same space, modulo `known` vectors, that is easier to read: pairs are eliminated greedily until nothing gets easier. */
export function sparseBasis(vectors: readonly Float64Array[], tolerance: number, cost: Cost, known: readonly Float64Array[] = []): readonly Float64Array[] {
  const basis = vectors.map((x) => cleaned(x, tolerance))
  for (let easier = true; easier;) {
    easier = false
    for (const i of basis.keys()) {
      for (const y of [...basis.filter((_, j) => j !== i), ...known]) {
        const candidate = eliminated(basis[i] ?? y, y, tolerance, cost)
        if (candidate !== undefined) {
          basis[i] = candidate
          easier = true
        }
      }
    }
  }
  return basis
}

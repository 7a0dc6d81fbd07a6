type Components = Float32Array | Float64Array

/**
 * Σ x[i]·y[i] over `length` components from the two offsets, in float64 and in four interleaved sums: the processor need not wait for
 * one addition before the next.
 */
export function dot(x: Components, y: Components, xAt: number, yAt: number, length: number): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    a += (x[xAt + i] ?? 0) * (y[yAt + i] ?? 0)
    b += (x[xAt + i + 1] ?? 0) * (y[yAt + i + 1] ?? 0)
    c += (x[xAt + i + 2] ?? 0) * (y[yAt + i + 2] ?? 0)
    d += (x[xAt + i + 3] ?? 0) * (y[yAt + i + 3] ?? 0)
  }
  for (; i < length; i++) a += (x[xAt + i] ?? 0) * (y[yAt + i] ?? 0)
  return a + b + (c + d)
}

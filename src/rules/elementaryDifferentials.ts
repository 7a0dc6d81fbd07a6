/**
 * Rooted trees with 1 … n vertices: each is an elementary differential of the gradient ([HLW] III.1.1). By Cayley's recursion
 * n·aₙ₊₁ = Σₖ aₙ₊₁₋ₖ Σ_{d|k} d·a_d (1857; OEIS A000081).
 */
export function rootedTrees(n: number): readonly number[] {
  const a = [1]
  for (let m = 1; m < n; m += 1) {
    let sum = 0
    for (let k = 1; k <= m; k += 1) {
      let weighted = 0
      for (let d = 1; d <= k; d += 1) if (k % d === 0) weighted += d * (a[d - 1] ?? 0)
      sum += weighted * (a[m - k] ?? 0)
    }
    a.push(sum / m)
  }
  return a
}

/** Elementary differentials that a modified vector field has to an order in the learning rate. */
export const differentialsTo = (order: number): number => rootedTrees(order + 1).reduce((x, y) => x + y, 0)

/** Σ aₘ xᵐ through values at different nodes, by Newton's divided differences. */
function interpolant(nodes: readonly number[], values: readonly number[]): readonly number[] {
  const differences = [...values]
  for (let level = 1; level < nodes.length; level += 1)
    for (let i = nodes.length - 1; i >= level; i -= 1)
      differences[i] = ((differences[i] ?? 0) - (differences[i - 1] ?? 0)) / ((nodes[i] ?? 0) - (nodes[i - level] ?? 0))
  return nodes.reduceRight<readonly number[]>((p, node, i) => {
    const shifted = [0, ...p]
    return shifted.map((a, m) => a - node * (p[m] ?? 0) + (m === 0 ? (differences[i] ?? 0) : 0))
  }, []).slice(0, nodes.length)
}

/**
 * The value and the derivatives up to an order of a series that is sampled with a step h, at its sample `at`: those of the polynomial through the
 * samples around it, as many on both sides where there are. hᵐ times the derivative of order m is off by O(h^{order+1}).
 */
export function derivativesAt(sample: (k: number) => number, at: number, order: number, h: number): readonly number[] {
  const reach = Math.ceil(order / 2)
  const nodes = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.max(-reach, -at) + i)
  let scale = 1
  return interpolant(nodes, nodes.map((node) => sample(at + node))).slice(0, order + 1).map((a, m) => {
    if (m > 0) scale *= m / h
    return scale * a
  })
}

import { type Ring, powerSeries } from './ring.js'

/** The leading number of a ring's element: the constant term of nested power series over fixed-point numbers or doubles. */
const leading = (x: unknown): number | bigint => (Array.isArray(x) ? leading(x[0]) : typeof x === 'bigint' || typeof x === 'number' ? x : Number.NaN)

/** 1/√s by Newton's iteration y ← y(3 − s y²)/2, from a start that is good to 30 bits; power series get a term more with every round. */
function inverseRoot<T>(ring: Ring<T>, s: T): T {
  const [value, one] = [leading(s), leading(ring.of(1))]
  const start = 1 / Math.sqrt(typeof value === 'bigint' && typeof one === 'bigint' ? Number((value << 60n) / one) / 2 ** 60 : Number(value))
  let y = ring.of(Math.round(start * 2 ** 30) / 2 ** 30)
  for (let round = 0; round < 16; round += 1)
    y = ring.mul(ring.of(1 / 2), ring.mul(y, ring.add(ring.of(3), ring.mul(ring.of(-1), ring.mul(s, ring.mul(y, y))))))
  return y
}

/** x/|x|, the polar factor of a vector as one column; its derivatives along directions are the coefficients of ε₁ε₂… at x + Σ εᵢ vᵢ. */
export function direction<T>(ring: Ring<T>, x: readonly T[], [first, ...others]: readonly (readonly T[])[]): readonly T[] {
  if (first === undefined) {
    const square = x.map((c) => ring.mul(c, c)).reduce(ring.add)
    const inverse = inverseRoot(ring, square)
    return x.map((c) => ring.mul(c, inverse))
  }
  const dual = powerSeries(ring, 2)
  const constant = (v: readonly T[]): readonly (readonly T[])[] => v.map((c) => [c, ring.of(0)])
  return direction(dual, x.map((c, i) => [c, first[i] ?? ring.of(0)]), others.map(constant)).map((c) => c[1] ?? ring.of(0))
}

/** The polar factor of a 2×2 matrix in closed form: X + sign(det X) cof X, divided by its size √(|X|² + 2|det X|). */
function polarOfTwo([a = 0, b = 0, c = 0, d = 0]: readonly number[]): readonly number[] {
  const det = a * d - b * c
  const size = Math.sqrt(a * a + b * b + c * c + d * d + 2 * Math.abs(det))
  const sign = Math.sign(det)
  return [a + sign * d, b - sign * c, c - sign * b, d + sign * a].map((x) => x / size)
}

/** The polar factors of blocks that are 2×2 matrices or vectors; what belongs to no block is a vector of its own. */
export function polarOfBlocks(masks: Readonly<Record<string, readonly boolean[]>>, matrices: ReadonlySet<string>): (x: readonly number[]) => readonly number[] {
  return (x) => {
    const out = x.map(() => 0)
    const blocks = [...Object.entries(masks), ['', x.map((_, i) => Object.values(masks).every((mask) => mask[i] !== true))] as const]
    for (const [name, mask] of blocks) {
      const at = x.flatMap((_, i) => (mask[i] === true ? [i] : []))
      const part = at.map((i) => x[i] ?? 0)
      const length = Math.hypot(...part)
      const value = matrices.has(name) ? polarOfTwo(part) : part.map((c) => (length === 0 ? 0 : c / length))
      for (const [j, i] of at.entries()) out[i] = value[j] ?? 0
    }
    return out
  }
}

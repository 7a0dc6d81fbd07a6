/** 32 well-mixed bits of a counter (finalizer of MurmurHash3, applied to a chain). */
function mix(words: readonly number[]): number {
  let h = 0x9e3779b9
  for (const w of words) {
    h ^= w
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    h = (h ^ (h >>> 16)) + 0x6d2b79f5
  }
  return h >>> 0
}

/** The largest seed: a word of 32 bits. */
export const LARGEST_SEED = 2 ** 32 - 1

/** Two independent standard normal numbers for a counter, by Box and Muller. */
function normals(...counter: readonly number[]): readonly [number, number] {
  const uniform = (which: number): number => (mix([...counter, which]) * 2 ** 21 + (mix([...counter, which + 1]) >>> 11) + 0.5) / 2 ** 53
  const radius = Math.sqrt(-2 * Math.log(uniform(0)))
  const angle = 2 * Math.PI * uniform(2)
  return [radius * Math.cos(angle), radius * Math.sin(angle)]
}

/** Increments over equal steps of one Brownian motion: ΔW and ΔZ = ∫ (W(s) − W(t)) ds. */
export interface Increments {
  readonly dW: Float64Array
  readonly dZ: Float64Array
}

/**
 * A Brownian path over a span in 2^level equal steps, a pure function of its seed: paths of different levels are the same path,
 * seen at different resolution. An interval of length h holds ξ₀, ξ₁ with ΔW = √h ξ₀ and ΔZ = h^(3/2) (ξ₀ + ξ₁/√3)/2;
 * its halves follow from these and two new numbers by the orthogonal map that keeps W and ∫W.
 * @param seed a whole number from 0 to `LARGEST_SEED`.
 * @param motion number of the motion, for several independent ones.
 */
export function brownianPath(seed: number, motion: number, span: number, level: number): Increments {
  const [first, second] = normals(seed, motion, 0, 0)
  let value = Float64Array.of(first)
  let tilt = Float64Array.of(second)
  for (let l = 1; l <= level; l += 1) {
    const [finer, finerTilt] = [new Float64Array(2 * value.length), new Float64Array(2 * value.length)]
    for (let i = 0; i < value.length; i += 1) {
      const [x0, x1] = [value[i] ?? 0, tilt[i] ?? 0]
      const [e0, e1] = normals(seed, motion, l, i)
      const difference = (Math.sqrt(3) * x1 + e0) / 2
      const sum = (x1 - Math.sqrt(3) * e0) / 2
      finer[2 * i] = (x0 + difference) * Math.SQRT1_2
      finer[2 * i + 1] = (x0 - difference) * Math.SQRT1_2
      finerTilt[2 * i] = (sum + e1) * Math.SQRT1_2
      finerTilt[2 * i + 1] = (sum - e1) * Math.SQRT1_2
    }
    value = finer
    tilt = finerTilt
  }
  const h = span / value.length
  return {
    dW: value.map((x) => Math.sqrt(h) * x),
    dZ: value.map((x, i) => (h ** 1.5 / 2) * (x + (tilt[i] ?? 0) / Math.sqrt(3))),
  }
}

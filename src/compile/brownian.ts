/** Well-mixed bits of a counter with one more word (finalizer of MurmurHash3, applied to a chain). */
function mixed(chain: number, word: number): number {
  let h = chain ^ word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) + 0x6d2b79f5) | 0
}

/** What the chains of all counters begin with. */
const CHAIN = 0x9e3779b9

/** The largest seed: a word of 32 bits. */
export const LARGEST_SEED = 2 ** 32 - 1

/** A number between 0 and 1 of 53 bits, for a counter and every second word. */
const uniform = (counter: number, word: number): number =>
  ((mixed(counter, word) >>> 0) * 2 ** 21 + (mixed(counter, word + 1) >>> 11) + 0.5) / 2 ** 53

/** Two independent standard normal numbers for a counter, of whose words all but the last are mixed already, by Box and Muller. */
function normals(chain: number, index: number): readonly [number, number] {
  const own = mixed(chain, index)
  const radius = Math.sqrt(-2 * Math.log(uniform(own, 0)))
  const angle = 2 * Math.PI * uniform(own, 2)
  return [radius * Math.cos(angle), radius * Math.sin(angle)]
}

/** What the chains of drawn values go on with; no Brownian motion has such a number. */
const DRAWN = 0x64726177

/**
 * A number drawn uniformly between 0 and 1, or a standard normal one: pure functions of the seed, the stream and a number in it.
 * Neither is independent of the other; streams are independent of each other and of Brownian motions.
 */
export function drawn(seed: number, stream: number, k: number): { readonly uniform: number; readonly normal: number } {
  const own = mixed(mixed(mixed(CHAIN, seed), DRAWN), stream)
  return { uniform: uniform(mixed(own, k), 0), normal: normals(own, k)[0] }
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
  const path = mixed(mixed(CHAIN, seed), motion)
  const [first, second] = normals(mixed(path, 0), 0)
  let value = Float64Array.of(first)
  let tilt = Float64Array.of(second)
  for (let l = 1; l <= level; l += 1) {
    const chain = mixed(path, l)
    const [finer, finerTilt] = [new Float64Array(2 * value.length), new Float64Array(2 * value.length)]
    for (let i = 0; i < value.length; i += 1) {
      const [x0, x1] = [value[i] ?? 0, tilt[i] ?? 0]
      const [e0, e1] = normals(chain, i)
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
  const [scale, tilted] = [Math.sqrt(h), h ** 1.5 / 2]
  for (let i = 0; i < value.length; i += 1) {
    const [x0, x1] = [value[i] ?? 0, tilt[i] ?? 0]
    value[i] = scale * x0
    tilt[i] = tilted * (x0 + x1 / Math.sqrt(3))
  }
  return { dW: value, dZ: tilt }
}

/**
 * Pseudo-random numbers: xoshiro128** (Blackman & Vigna, *Scrambled linear pseudorandom number generators*, ACM TOMS 2021), its 128 bits of
 * state filled by SplitMix32 from the seeds. Same seeds, same numbers, on every machine.
 */
export interface Random {
  /** A whole number in [0, 2³²). */
  bits(): number
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number
  /** Uniform among 0 … n−1, without bias. */
  below(n: number): number
  /** Standard normal (Marsaglia's polar method). */
  normal(): number
}

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

/** SplitMix32's output function (constants of MurmurHash3's finalizer). */
function mix(x: number): number {
  let z = x
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return z ^ (z >>> 16)
}

/** A stream for these seeds (integers); different seeds, and different numbers of seeds, give unrelated streams. */
export function random(...seeds: readonly number[]): Random {
  let counter = seeds.reduce((hash, seed) => mix(mix(hash ^ (seed | 0)) + Math.floor(seed / 2 ** 32) + 0x9e3779b9), seeds.length)
  const word = (): number => mix((counter = (counter + 0x9e3779b9) | 0))
  let [a, b, c, d] = [word(), word(), word(), word() | 1]
  const bits = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
  const uniform = (): number => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53
  const below = (n: number): number => {
    const limit = 2 ** 32 - (2 ** 32 % n)
    for (;;) {
      const drawn = bits()
      if (drawn < limit) return drawn % n
    }
  }
  const normal = (): number => {
    for (;;) {
      const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1]
      const square = x * x + y * y
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square)
    }
  }
  return { bits, uniform, below, normal }
}

/** Arithmetic of the verifier, deliberately apart from the search: another prime, plain remainders, another generator. */

/** The largest prime below 2²⁶: a product of two residues is exact in a double. */
export const MODULUS = 67_108_859

export const plus = (a: number, b: number): number => (a + b) % MODULUS
export const minus = (a: number, b: number): number => (a - b + MODULUS) % MODULUS
export const times = (a: number, b: number): number => (a * b) % MODULUS

export function powerOf(a: number, n: number): number {
  let result = 1
  for (let i = 0; i < n; i++) result = times(result, a)
  return result
}

/** a^(p−2) by squaring. */
export function inverseOf(a: number): number {
  let [result, square, n] = [1, a, MODULUS - 2]
  for (; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result = times(result, square)
    square = times(square, square)
  }
  return result
}

/** A linear congruential generator (Park & Miller 1988: multiplier 48271 modulo 2³¹ − 1), reduced to residues. */
export function residues(seed: number): () => number {
  let state = (Math.abs(Math.trunc(seed)) % 2_147_483_646) + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state % MODULUS
  }
}

/** Rank of rows of residues, by elimination that keeps each row scaled to 1 at its leading entry. */
export class RowSpace {
  private readonly leading = new Map<number, readonly number[]>()

  get rank(): number {
    return this.leading.size
  }

  add(vector: readonly number[]): boolean {
    const row = [...vector]
    for (let j = 0; j < row.length; j++) {
      const value = row[j] ?? 0
      const known = this.leading.get(j)
      if (value !== 0 && known === undefined) {
        const scale = inverseOf(value)
        this.leading.set(j, row.map((x) => times(x, scale)))
        return true
      }
      if (value !== 0 && known !== undefined) {
        const factor = MODULUS - value
        for (let i = j; i < row.length; i++) row[i] = ((row[i] ?? 0) + factor * (known[i] ?? 0)) % MODULUS
      }
    }
    return false
  }
}

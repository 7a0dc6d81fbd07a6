/**
 * Arithmetic modulo a prime below 2²³ in doubles: a product stays below 2⁴⁶, so 127 products can be summed exactly
 * before one reduction.
 */
export interface PrimeField {
  readonly p: number
  /** 1/p as a double, for division-free reduction. */
  readonly inverse: number
}

export const primeField = (p: number): PrimeField => ({ p, inverse: 1 / p })

/** The two largest primes below 2²³. */
export const PRIMES: readonly [number, number] = [8388593, 8388587]

/** How many products of residues (plus one residue) a double holds exactly. */
export const LAZY_PRODUCTS = 120

/** x mod p for an integer 0 ≤ x < 2⁵³. */
export function reduce(field: PrimeField, x: number): number {
  const r = x - Math.floor(x * field.inverse) * field.p
  if (r < 0) return r + field.p
  return r >= field.p ? r - field.p : r
}

export const multiply = (field: PrimeField, a: number, b: number): number => reduce(field, a * b)

/** a⁻¹ mod p by the extended Euclidean algorithm. @throws RangeError if p divides a. */
export function invert(field: PrimeField, a: number): number {
  let [r0, r1, s0, s1] = [field.p, reduce(field, a), 0, 1]
  if (r1 === 0) throw new RangeError(`zero has no inverse modulo ${field.p}`)
  while (r1 !== 0) {
    const q = Math.floor(r0 / r1)
    ;[r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1]
  }
  return s0 < 0 ? s0 + field.p : s0
}

/** The residue of a fraction, or undefined where p divides its denominator. */
export function residue(field: PrimeField, num: bigint, den: bigint): number | undefined {
  const p = BigInt(field.p)
  const d = Number(((den % p) + p) % p)
  if (d === 0) return undefined
  return multiply(field, Number(((num % p) + p) % p), invert(field, d))
}

/** The fraction n/d with |n|, d ≤ √(p/2) that a residue stands for, if there is one (Wang's rational reconstruction). */
export function reconstruct(field: PrimeField, a: number): { readonly num: number; readonly den: number } | undefined {
  const bound = Math.floor(Math.sqrt(field.p / 2))
  let [r0, r1, t0, t1] = [field.p, a, 0, 1]
  while (r1 > bound) {
    const q = Math.floor(r0 / r1)
    ;[r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1]
  }
  if (t1 === 0 || Math.abs(t1) > bound) return undefined
  return t1 < 0 ? { num: -r1, den: -t1 } : { num: r1, den: t1 }
}

/** A reproducible source of uniform residues (mulberry32 by T. Ettinger, public domain; its high 23 bits, redrawn if ≥ p). */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  bits(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }

  residue(field: PrimeField): number {
    for (;;) {
      const x = this.bits() >>> 9
      if (x < field.p) return x
    }
  }

  residues(field: PrimeField, length: number): Float64Array {
    return Float64Array.from({ length }, () => this.residue(field))
  }
}

/**
 * Constants to any precision, computed when the module loads: a real number v as the integer ⌊v·2^bits⌋.
 * π by Machin's formula 16 atan(1/5) − 4 atan(1/239), log 2 = 2 atanh(1/3).
 */
const GUARD = 16n

/** Σ (±1)^i / ((2i+1) q^(2i+1)): the arc tangent (sign −1) or its hyperbolic sibling (sign +1) of 1/q. */
function arcTangentOfInverse(q: bigint, bits: bigint, sign: 1n | -1n): bigint {
  let power = (1n << (bits + GUARD)) / q
  let sum = 0n
  let factor = 1n
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += (factor * power) / n
    power /= q * q
    factor *= sign
  }
  return sum >> GUARD
}

export const piFixed = (bits: bigint): bigint => {
  const wide = bits + 8n
  return (16n * arcTangentOfInverse(5n, wide, -1n) - 4n * arcTangentOfInverse(239n, wide, -1n)) >> 8n
}
export const logTwoFixed = (bits: bigint): bigint => 2n * arcTangentOfInverse(3n, bits, 1n)

/** atan(p/q) for 0 ≤ p/q ≤ 1 by its power series, above 1/2 of π/4 − atan((q−p)/(q+p)). */
export function arcTangentFixed(p: bigint, q: bigint, bits: bigint): bigint {
  const wide = bits + GUARD
  if (2n * p > q) return piFixed(bits) / 4n - arcTangentFixed(q - p, q + p, bits)
  let power = (p << wide) / q
  let sum = 0n
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += (n % 4n === 1n ? power : -power) / n
    power = (power * p * p) / (q * q)
  }
  return sum >> GUARD
}

/**
 * Splits value·2^−bits into doubles whose sum it is: all but the last keep `width` leading bits of what is left (so that their
 * product with a short integer is exact), the last is rounded.
 */
export function splitFixed(value: bigint, bits: number, width: number, count: number): readonly number[] {
  const parts: number[] = []
  let rest = value
  for (let i = 0; i < count; i += 1) {
    const drop = BigInt(Math.max(0, rest.toString(2).length - width))
    const part = i === count - 1 ? rest : (rest >> drop) << drop
    parts.push(Number(part) / 2 ** bits)
    rest -= part
  }
  return parts
}

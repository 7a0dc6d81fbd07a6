import { piFixed } from '../../src/compile/transcendental/constants.js'

/**
 * Elementary functions in fixed point of `BITS` fractional bits, by plain Taylor series after halving or doubling the argument:
 * an oracle that shares no algorithm with the module's functions.
 */
export const BITS = 1400n
const ONE = 1n << BITS
const times = (a: bigint, b: bigint): bigint => (a * b) >> BITS

/** The exact value of a double, scaled. */
export function fixed(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const mantissa = (bits & ((1n << 52n) - 1n)) | (exponent === 0 ? 0n : 1n << 52n)
  const shift = BigInt(Math.max(exponent, 1) - 1075) + BITS
  const value = shift >= 0n ? mantissa << shift : mantissa >> -shift
  return bits >> 63n === 1n ? -value : value
}

function series(x: bigint, first: bigint, step: bigint, from: bigint): bigint {
  let term = first
  let sum = 0n
  for (let n = from; term !== 0n; n += 2n) {
    sum += term
    term = (times(times(term, x), x) * step) / ((n + 1n) * (n + 2n))
  }
  return sum
}

export function expFixed(x: bigint): bigint {
  const halvings = BigInt(Math.max(0, (x < 0n ? -x : x).toString(2).length - Number(BITS) + 12))
  const small = x >> halvings
  let value = series(small, ONE, 1n, 0n) + series(small, small, 1n, 1n)
  for (let i = 0n; i < halvings; i += 1n) value = times(value, value)
  return value
}

/** x − n·π/2 nearest zero, and n mod 4. */
function quadrant(x: bigint): readonly [bigint, bigint] {
  const extra = 1200n
  const halfPi = piFixed(BITS + extra) / 2n
  const n = ((x << extra) * 2n + halfPi) / (2n * halfPi) - (((x << extra) * 2n + halfPi) < 0n ? 1n : 0n)
  return [((x << extra) - n * halfPi) >> extra, ((n % 4n) + 4n) % 4n]
}

export function sineCosine(x: bigint): readonly [bigint, bigint] {
  const [r, n] = quadrant(x)
  const [s, c] = [series(r, r, -1n, 1n), series(r, ONE, -1n, 0n)]
  if (n === 0n) return [s, c]
  if (n === 1n) return [c, -s]
  return n === 2n ? [-s, -c] : [-c, s]
}

/** Newton's iteration for a root of an increasing function, from a guess good to about 40 bits. */
function newton(guess: bigint, correction: (y: bigint) => bigint): bigint {
  let y = guess
  for (let i = 0; i < 8; i += 1) y -= correction(y)
  return y
}

export const logFixed = (x: bigint, guess: number): bigint =>
  newton(fixed(guess), (y) => { const e = expFixed(y); return ((e - x) << BITS) / e })
export const atanFixed = (x: bigint, guess: number): bigint =>
  newton(fixed(guess), (y) => { const [s, c] = sineCosine(y); return times(c, s - times(x, c)) })

export const divide = (a: bigint, b: bigint): bigint => (a << BITS) / b
export const product = times

/** |found − exact| in units in the last place of the exact value (of the least subnormal at least). */
export function ulps(found: number, exact: bigint): number {
  const size = exact < 0n ? -exact : exact
  const exponent = Math.max(size.toString(2).length - 1 - Number(BITS), -1022) - 52
  const shift = BITS + BigInt(exponent)
  const distance = fixed(found) - exact
  const scaled = shift > 40n ? Number((distance < 0n ? -distance : distance) >> (shift - 40n)) : Number((distance < 0n ? -distance : distance) << (40n - shift))
  return scaled / 2 ** 40
}

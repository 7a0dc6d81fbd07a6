import { type Rational, rational } from './rational.js'

/** xⁿ modulo p. */
export function powerMod(x: bigint, n: bigint, p: bigint): bigint {
  let result = 1n
  let square = x % p
  for (let k = n; k > 0n; k >>= 1n) {
    if (k & 1n) result = (result * square) % p
    square = (square * square) % p
  }
  return result
}

/** p − 1 = odd·2^twos, and an element of order 2^twos. */
interface TwoPart {
  readonly odd: bigint
  readonly twos: number
  readonly generator: bigint
}

const twoParts = new Map<bigint, TwoPart>()

function twoPart(p: bigint): TwoPart {
  const known = twoParts.get(p)
  if (known !== undefined) return known
  let [odd, twos] = [p - 1n, 0]
  for (; odd % 2n === 0n; odd /= 2n) twos += 1
  let nonResidue = 2n
  while (powerMod(nonResidue, (p - 1n) / 2n, p) === 1n) nonResidue += 1n
  const made = { odd, twos, generator: powerMod(nonResidue, odd, p) }
  twoParts.set(p, made)
  return made
}

/** A square root modulo an odd prime, undefined for a non-residue [Tonelli 1891, Shanks 1973]. */
export function squareRoot(a: bigint, p: bigint): bigint | undefined {
  if (a === 0n) return 0n
  const part = twoPart(p)
  const half = powerMod(a, (part.odd - 1n) / 2n, p)
  let { twos, generator } = part
  let root = (a * half) % p
  let rest = (root * half) % p
  while (rest !== 1n) {
    let order = 0
    for (let square = rest; square !== 1n; square = (square * square) % p) order += 1
    if (order === twos) return undefined
    let factor = generator
    for (let k = order + 1; k < twos; k += 1) factor = (factor * factor) % p
    root = (root * factor) % p
    generator = (factor * factor) % p
    rest = (rest * generator) % p
    twos = order
  }
  return root
}

/** The fraction n/d with |n|, d ≤ √(p/2) that a residue stands for, if there is one [Wang 1981]. */
export function fractionOf(residue: bigint, p: bigint): Rational | undefined {
  let [a, b, u, v] = [p, residue, 0n, 1n]
  while (2n * b * b > p) {
    const quotient = a / b
    ;[a, b, u, v] = [b, a - quotient * b, v, u - quotient * v]
  }
  return 2n * v * v > p || v === 0n ? undefined : rational(b, v)
}

/** Of integers that are not negative. */
export const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))

/** Prime factors with multiplicity, a cofactor without factors below 1000 kept whole. */
export function primeFactors(n: bigint): readonly bigint[] {
  const found: bigint[] = []
  let rest = n
  for (let p = 2n; p * p <= rest && p < 1000n; p += 1n)
    for (; rest % p === 0n; rest /= p) found.push(p)
  return rest > 1n ? [...found, rest] : found
}

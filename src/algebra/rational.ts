/** An exact fraction in lowest terms with a positive denominator. */
export interface Rational {
  readonly num: bigint
  readonly den: bigint
}

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a
  let y = b < 0n ? -b : b
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** `num/den` in lowest terms. @throws RangeError if `den` is zero. */
export function rational(num: bigint | number, den: bigint | number = 1n): Rational {
  const n = BigInt(num)
  const d = BigInt(den)
  if (d === 0n) throw new RangeError('division by zero')
  if (d === 1n) return { num: n, den: 1n }
  const g = gcd(n, d)
  const sign = d < 0n ? -1n : 1n
  return { num: (sign * n) / g, den: (sign * d) / g }
}

export const R0: Rational = rational(0)
export const R1: Rational = rational(1)

export const addR = (a: Rational, b: Rational): Rational =>
  a.den === 1n && b.den === 1n ? { num: a.num + b.num, den: 1n } : rational(a.num * b.den + b.num * a.den, a.den * b.den)
export const negR = (a: Rational): Rational => ({ num: -a.num, den: a.den })
export const subR = (a: Rational, b: Rational): Rational => addR(a, negR(b))
export const mulR = (a: Rational, b: Rational): Rational =>
  a.den === 1n && b.den === 1n ? { num: a.num * b.num, den: 1n } : rational(a.num * b.num, a.den * b.den)
/** @throws RangeError if `a` is zero. */
export const invR = (a: Rational): Rational => rational(a.den, a.num)
export const divR = (a: Rational, b: Rational): Rational => mulR(a, invR(b))
export const absR = (a: Rational): Rational => (a.num < 0n ? negR(a) : a)
export const isZeroR = (a: Rational): boolean => a.num === 0n
export const isOneR = (a: Rational): boolean => a.num === 1n && a.den === 1n
export const isIntegerR = (a: Rational): boolean => a.den === 1n
export const equalR = (a: Rational, b: Rational): boolean => a.num === b.num && a.den === b.den

export function compareR(a: Rational, b: Rational): number {
  const d = a.num * b.den - b.num * a.den
  return d < 0n ? -1 : d > 0n ? 1 : 0
}

/** `a^n` for an integer `n`. @throws RangeError for a negative power of zero. */
export function powR(a: Rational, n: bigint): Rational {
  return n >= 0n ? rational(a.num ** n, a.den ** n) : invR({ num: a.num ** -n, den: a.den ** -n })
}

/** The greatest integer not above `a`. */
export const floorR = (a: Rational): bigint => (a.num >= 0n ? a.num / a.den : -((-a.num + a.den - 1n) / a.den))

/** Greatest rational that divides both with integer quotients (the content of a pair of coefficients); positive. */
export function gcdR(a: Rational, b: Rational): Rational {
  return rational(gcd(a.num * b.den, b.num * a.den), a.den * b.den)
}

/** The double nearest to `a` (within one unit in the last place for operands beyond 2^1023). */
export function toNumber(a: Rational): number {
  const n = Number(a.num)
  const d = Number(a.den)
  if (Math.abs(n) <= Number.MAX_SAFE_INTEGER && d <= Number.MAX_SAFE_INTEGER) return n / d
  const shift = BigInt(Math.max(0, a.den.toString(2).length - a.num.toString(2).length + 64))
  const scaled = Number((a.num << shift) / a.den)
  return shift > 1000n ? (scaled / 2 ** 500) / 2 ** Number(shift - 500n) : scaled / 2 ** Number(shift)
}

/** The exact value of a finite double. @throws RangeError for NaN and infinities. */
export function fromNumber(x: number): Rational {
  if (!Number.isFinite(x)) throw new RangeError(`${x} is not a finite number`)
  let den = 1n
  let y = x
  while (!Number.isInteger(y)) {
    y *= 2
    den *= 2n
  }
  return rational(BigInt(y), den)
}

/** Reads `12`, `-3/4`, `0.25`, `1e-3` exactly. @throws RangeError for anything else. */
export function parseRational(text: string): Rational {
  const match = /^\s*(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?(?:\/(\d+))?\s*$/.exec(text)
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (match === null || whole + fraction === '') throw new RangeError(`'${text}' is not a number`)
  const exponent = BigInt(match[4] ?? '0') - BigInt(fraction.length)
  const digits = scaledByTen(BigInt(whole + fraction), exponent)
  const value = match[5] === undefined ? digits : divR(digits, rational(BigInt(match[5])))
  return match[1] === '-' ? negR(value) : value
}

/** n·10^exponent. Ten has the primes two and five: they are taken out one by one, which for a decimal of forty places is far less work than Euclid's algorithm. */
function scaledByTen(n: bigint, exponent: bigint): Rational {
  if (exponent >= 0n || n === 0n) return rational(n * 10n ** (exponent > 0n ? exponent : 0n))
  let [num, den] = [n, 1n]
  for (const prime of [2n, 5n]) {
    let left = -exponent
    for (; left > 0n && num % prime === 0n; left -= 1n) num /= prime
    den *= prime ** left
  }
  return { num, den }
}

export const textR = (a: Rational): string => (a.den === 1n ? `${a.num}` : `${a.num}/${a.den}`)

/** n! */
export const factorial = (n: number): bigint => (n <= 1 ? 1n : BigInt(n) * factorial(n - 1))

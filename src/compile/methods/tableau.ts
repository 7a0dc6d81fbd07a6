import { type Rational, R0, R1, addR, mulR, parseRational, rational, subR, toNumber } from '../../algebra/rational.js'

/** An explicit Runge–Kutta method as data. Rows hold exact numbers, so that its order conditions can be tested exactly. */
export interface Tableau {
  readonly name: string
  readonly title: string
  readonly order: number
  /** Power of the step with which the error norm goes; by default one more than the least order of the embedded methods. */
  readonly controlOrder?: number
  /** Stage times; the first is 0. */
  readonly c: readonly Rational[]
  /** Row i holds the i weights of the earlier stages. */
  readonly a: readonly (readonly Rational[])[]
  /** Weights of the result. The last stage is always the derivative at the result: its row is b, its own weight 0. */
  readonly b: readonly Rational[]
  /** Differences between the result's weights and those of embedded methods; empty for a method of fixed step. */
  readonly errors: readonly EmbeddedError[]
  readonly interpolant: Interpolant
  /** Paper and place of the coefficients. */
  readonly source: string
}

export interface EmbeddedError {
  /** Order of the embedded method. */
  readonly order: number
  readonly weights: readonly Rational[]
}

/** Dense output y(t + θh) = y + h Σ b_i(θ) k_i with b_i(θ) = Σ_j weights[i][j] θ^(j+1). */
export interface Interpolant {
  readonly order: number
  /** Stages computed only where output is wanted, after those of the step. */
  readonly extra: readonly { readonly c: Rational; readonly a: readonly Rational[] }[]
  readonly weights: readonly (readonly Rational[])[]
}

export const row = (...texts: readonly string[]): readonly Rational[] => texts.map(parseRational)

const doubles = new WeakMap<readonly Rational[], readonly number[]>()

/** A row in double precision, rounded once. */
export function numbers(weights: readonly Rational[]): readonly number[] {
  const known = doubles.get(weights)
  if (known !== undefined) return known
  const made = weights.map(toNumber)
  doubles.set(weights, made)
  return made
}

/** Place in a step about which weights of interpolants are expanded. */
export const CENTRE = 1 / 2
const HALF = rational(1, 2)
const shifted = new WeakMap<readonly Rational[], readonly number[]>()

/**
 * An interpolant's weight Σ_j w_j θ^(j+1) as θ Σ_j c_j (θ − ½)^j: its c_j in double precision, rounded once. They hardly cancel, where the w_j
 * of Verner's method are a thousand times as large as their sum.
 */
export function centred(weights: readonly Rational[]): readonly number[] {
  const known = shifted.get(weights)
  if (known !== undefined) return known
  const rest = [...weights]
  // Horner's rule once a coefficient: its remainders are those of the expansion about the centre.
  for (let j = 0; j < rest.length; j += 1)
    for (let i = rest.length - 2; i >= j; i -= 1) rest[i] = addR(rest[i] ?? R0, mulR(HALF, rest[i + 1] ?? R0))
  const made = rest.map(toNumber)
  shifted.set(weights, made)
  return made
}

type Polynomial = readonly Rational[]
const at = (p: Polynomial, i: number): Rational => p[i] ?? R0
const length = (p: Polynomial, q: Polynomial): number => Math.max(p.length, q.length)
const plus = (p: Polynomial, q: Polynomial): Polynomial => Array.from({ length: length(p, q) }, (_, i) => addR(at(p, i), at(q, i)))
const times = (p: Polynomial, q: Polynomial): Polynomial =>
  Array.from({ length: p.length + q.length - 1 }, (_, n) =>
    p.reduce((sum, x, i) => (n - i >= 0 && n - i < q.length ? addR(sum, mulR(x, at(q, n - i))) : sum), R0))
const scale = (p: Polynomial, s: Rational): Polynomial => p.map((x) => mulR(x, s))
const whole = (...coefficients: readonly number[]): Polynomial => coefficients.map((c) => rational(c))

/**
 * Dense output in the form of Hairer's codes (HNW I, II.6) as weights of the stages: the cubic with the step's end points and end
 * derivatives plus θ²(1−θ)²(d₀ + θ(d₁ + (1−θ)(d₂ + θ(d₃ + …)))), each d a combination of stages. Without d,
 * Hermite's interpolation of order 3.
 * @param b weights of the result, the last stage being the derivative there.
 * @param bulges rows of d, over the stages of the step and the extra ones.
 */
export function hermiteWeights(b: readonly Rational[], bulges: readonly (readonly Rational[])[] = []): readonly (readonly Rational[])[] {
  const count = Math.max(b.length, ...bulges.map((d) => d.length))
  const square = times(whole(0, 0, 1), whole(1, -2, 1))
  return Array.from({ length: count }, (_, i) => {
    const weight = b[i] ?? R0
    const first = i === 0 ? R1 : R0
    const end = i === b.length - 1 ? R1 : R0
    const linear = scale(whole(0, 1), weight)
    const quadratic = scale(whole(0, 1, -1), subR(first, weight))
    const cubic = scale(whole(0, 0, 1, -1), subR(subR(addR(weight, weight), end), first))
    let factor = square
    let polynomial = plus(plus(linear, quadratic), cubic)
    for (const [k, d] of bulges.entries()) {
      polynomial = plus(polynomial, scale(factor, d[i] ?? R0))
      factor = times(factor, k % 2 === 0 ? whole(0, 1) : whole(1, -1))
    }
    return polynomial.slice(1)
  })
}

/** A row of given length with numbers at some places and zeros elsewhere. */
export function sparseRow(length: number, places: readonly number[], ...texts: readonly string[]): readonly Rational[] {
  const values = new Map(places.map((place, i) => [place, parseRational(texts[i] ?? '0')]))
  return Array.from({ length }, (_, i) => values.get(i) ?? R0)
}

/**
 * How far along the negative real axis the method is stable: least z > 0 with |R(−z)| > 1, R the stability polynomial
 * R(z) = 1 + Σ_k z^k bᵀA^(k−1)1 (HNW II, IV.2).
 */
export function stabilityInterval(t: Tableau): number {
  const [a, b] = [t.a.map((r) => r.map(toNumber)), t.b.map(toNumber)]
  const dotWith = (weights: readonly number[], values: readonly number[]): number => weights.reduce((sum, w, j) =>
    sum + w * (values[j] ?? 0), 0)
  const coefficients = [1]
  let power = a.map(() => 1)
  for (let k = 1; k < t.a.length; k += 1) {
    coefficients.push(dotWith(b, power))
    power = a.map((r) => dotWith(r, power))
  }
  const unstable = (z: number): boolean => Math.abs(coefficients.reduceRight((sum, c) => sum * -z + c, 0)) > 1 + 1e-9
  let z = 0.01
  while (!unstable(z) && z < 100) z += 0.01
  return z
}

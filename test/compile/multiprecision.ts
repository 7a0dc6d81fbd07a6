/**
 * Polynomial differential equations in fixed point of `BITS` fractional bits (75 digits), by Taylor series whose coefficients are Cauchy
 * products: an oracle that shares neither numbers nor code with the compiled integrators.
 */
const BITS = 250n
const ORDER = 60
const STEP_BITS = 7n

/** A term of a rate: numerator/denominator times the product of some states. */
export interface Term {
  readonly coefficient: readonly [number, number]
  readonly states: readonly number[]
}

const product = (a: bigint, b: bigint): bigint => (a * b) >> BITS

/** A fraction of whole numbers, scaled. */
const scaled = ([numerator, denominator]: readonly [number, number]): bigint => (BigInt(numerator) << BITS) / BigInt(denominator)

/** Coefficient k of the product of two series. */
function cauchy(a: readonly bigint[], b: readonly bigint[], k: number): bigint {
  let sum = 0n
  for (let j = 0; j <= k; j += 1) sum += (a[j] ?? 0n) * (b[k - j] ?? 0n)
  return sum >> BITS
}

/** Taylor coefficients of every state about a point, scaled by powers of the step 2^-STEP_BITS. */
function expansion(rates: readonly (readonly Term[])[], y: readonly bigint[]): readonly (readonly bigint[])[] {
  const series = y.map((v) => [v])
  const terms = rates.map((rate) => rate.map(({ coefficient, states }) => ({ factor: scaled(coefficient), states, partial: states.map((): bigint[] => []) })))
  for (let k = 0; k < ORDER; k += 1) {
    const slopes = terms.map((rate) => rate.reduce((sum, { factor, states, partial }) => {
      let value = k === 0 ? 1n << BITS : 0n
      for (const [m, i] of states.entries()) {
        const last = partial[m - 1]
        value = last === undefined ? series[i]?.[k] ?? 0n : cauchy(last, series[i] ?? [], k)
        partial[m]?.push(value)
      }
      return sum + product(factor, value)
    }, 0n))
    for (const [i, s] of slopes.entries()) series[i]?.push((s >> STEP_BITS) / BigInt(k + 1))
  }
  return series
}

/**
 * The state at a time, rounded to doubles.
 * @param t1 a multiple of 2^-7.
 */
export function preciseEnd(rates: readonly (readonly Term[])[], y0: readonly (readonly [number, number])[], t1: number): readonly number[] {
  let y = y0.map(scaled)
  for (let steps = t1 * 2 ** Number(STEP_BITS); steps > 0; steps -= 1) y = expansion(rates, y).map((s) => s.reduce((sum, c) => sum + c, 0n))
  return y.map((v) => Number((v * 10n ** 40n) >> BITS) / 1e40)
}

const term = (numerator: number, ...states: readonly number[]): Term => ({ coefficient: [numerator, 1], states })

/** Lorenz' equations: x' = 10(y − x), y' = x(28 − z) − y, z' = xy − 8z/3 from (1, 1, 1). */
export const preciseLorenz = (t1: number): readonly number[] => preciseEnd([
  [term(10, 1), term(-10, 0)], [term(28, 0), term(-1, 0, 2), term(-1, 1)], [term(1, 0, 1), { coefficient: [-8, 3], states: [2] }],
], [[1, 1], [1, 1], [1, 1]], t1)

/** Van der Pol's equation x'' = μ(1 − x²)x' − x from (2, 0). */
export const preciseVanDerPol = (mu: number, t1: number): readonly number[] =>
  preciseEnd([[term(1, 1)], [term(mu, 1), term(-mu, 0, 0, 1), term(-1, 0)]], [[2, 1], [0, 1]], t1)

/** A kicked cubic oscillator x'' = −x − x³/4 + cos(2t)/2 from (1, 3/10), with the kick as two states more. */
export const preciseKicked = (t1: number): readonly number[] => preciseEnd([
  [term(1, 1)], [term(-1, 0), { coefficient: [-1, 4], states: [0, 0, 0] }, { coefficient: [1, 2], states: [2] }], [term(-2, 3)], [term(2, 2)],
], [[1, 1], [3, 10], [1, 1], [0, 1]], t1)

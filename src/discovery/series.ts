import { type PrimeField, invert, reduce } from './prime.js'

/**
 * A vector of truncated power series in t over a prime field: entry i has the coefficients of t⁰ … t^order
 * at `i·(order+1)`. `order` is at most 100, so that one coefficient of a product is summed without reduction.
 */
export interface SeriesVector {
  readonly length: number
  readonly order: number
  readonly data: Float64Array
}

export const seriesVector = (length: number, order: number): SeriesVector => ({
  length,
  order,
  data: new Float64Array(length * (order + 1)),
})

/** The coefficients of t^k, one for each entry. */
export const coefficient = (v: SeriesVector, k: number): Float64Array =>
  Float64Array.from({ length: v.length }, (_, i) => v.data[i * (v.order + 1) + k] ?? 0)

/** du/dt, one order lower. */
export function timeDerivative(field: PrimeField, u: SeriesVector): SeriesVector {
  const result = seriesVector(u.length, u.order - 1)
  for (let i = 0; i < u.length; i++)
    for (let k = 0; k < u.order; k++) result.data[i * u.order + k] = reduce(field, (k + 1) * (u.data[i * (u.order + 1) + k + 1] ?? 0))
  return result
}

/** target[o…] += a[i…]·b[j…] as series of the given order, all offsets into flat arrays. */
export function multiplyInto(
  field: PrimeField, order: number,
  target: Float64Array, o: number, a: Float64Array, i: number, b: Float64Array, j: number,
): void {
  const { p, inverse } = field
  for (let k = 0; k <= order; k++) {
    let sum = target[o + k] ?? 0
    for (let m = 0; m <= k; m++) sum += (a[i + m] ?? 0) * (b[j + k - m] ?? 0)
    const r = sum - Math.floor(sum * inverse) * p
    target[o + k] = r < 0 ? r + p : r >= p ? r - p : r
  }
}

/** target[o…] += a[i…] as series of the given order. */
export function addInto(field: PrimeField, order: number, target: Float64Array, o: number, a: Float64Array, i: number): void {
  for (let k = 0; k <= order; k++) {
    const sum = (target[o + k] ?? 0) + (a[i + k] ?? 0)
    target[o + k] = sum >= field.p ? sum - field.p : sum
  }
}

/** A denominator that vanishes at the point at hand: another point or member has to be drawn. */
export class SingularPoint extends Error {
  override readonly name = 'SingularPoint'
}

/** target[o…] = 1/a[i…]. @throws SingularPoint if a(0) = 0. */
export function reciprocalInto(field: PrimeField, order: number, target: Float64Array, o: number, a: Float64Array, i: number): void {
  if ((a[i] ?? 0) === 0) throw new SingularPoint()
  const lead = invert(field, a[i] ?? 0)
  target[o] = lead
  for (let k = 1; k <= order; k++) {
    let sum = 0
    for (let m = 1; m <= k; m++) sum += (a[i + m] ?? 0) * (target[o + k - m] ?? 0)
    const scaled = reduce(field, reduce(field, sum) * lead)
    target[o + k] = scaled === 0 ? 0 : field.p - scaled
  }
}

/** target[o…] −= x·y·z for three series given as (array, offset). */
export function subtractProduct(
  field: PrimeField, order: number, target: Float64Array, o: number, factors: readonly (readonly [Float64Array, number])[],
): void {
  let product = new Float64Array(order + 1)
  product[0] = field.p - 1
  for (const [array, at] of factors) {
    const next = new Float64Array(order + 1)
    multiplyInto(field, order, next, 0, product, 0, array, at)
    product = next
  }
  addInto(field, order, target, o, product, 0)
}

import type { Circuit } from './circuit.js'
import { GradientSweep } from './gradient.js'
import { type PrimeField, type Random, invert, multiply } from './prime.js'
import { type SeriesVector, SingularPoint, coefficient, seriesVector, timeDerivative } from './series.js'

/** One vector field of a family, followed along a curve. */
export interface FieldAlong {
  readonly value: SeriesVector
  /** (DX)u along the curve, to the order of u. */
  derivativeTimes(u: SeriesVector): SeriesVector
}

/** A linear space of polynomial vector fields on 𝔽ᴺ, given by a generic member that depends polynomially on `slots` coefficients. */
export interface FieldFamily {
  readonly dimension: number
  readonly slots: number
  along(field: PrimeField, point: SeriesVector, slots: SeriesVector, order: number): FieldAlong
}

/** V = span{∇φᵢ} under the Euclidean metric, the members of which are the gradients of a circuit with coefficient slots. */
export const gradientFields = (circuit: Circuit): FieldFamily => ({
  dimension: circuit.parameters,
  slots: circuit.slots,
  along(field, point, slots, order) {
    const sweep = new GradientSweep(field, circuit, point, slots, order)
    return { value: sweep.gradient, derivativeTimes: (u) => sweep.hessianTimes(u) }
  },
})

function randomSlots(field: PrimeField, random: Random, count: number, order: number): SeriesVector {
  return { length: count, order, data: random.residues(field, count * (order + 1)) }
}

/** A member that is singular at the point, one in millions, is drawn again. */
function drawn(draw: () => Float64Array, attempts = 5): Float64Array {
  try {
    return draw()
  } catch (fault) {
    if (!(fault instanceof SingularPoint) || attempts === 0) throw fault
    return drawn(draw, attempts - 1)
  }
}

/** The value of a random member of the family at a point. */
export function randomMember(field: PrimeField, family: FieldFamily, random: Random, point: Float64Array): Float64Array {
  const at: SeriesVector = { length: family.dimension, order: 0, data: point }
  return drawn(() => family.along(field, at, randomSlots(field, random, family.slots, 0), 0).value.data)
}

/** The solution of γ′ = X_t(γ), γ(0) = point, to the given order, where X_t is the member with slots c(t). */
function controlledCurve(field: PrimeField, family: FieldFamily, point: Float64Array, control: SeriesVector, order: number): SeriesVector {
  const curve = seriesVector(family.dimension, order)
  for (const [i, x] of point.entries()) curve.data[i * (order + 1)] = x
  for (let k = 0; k < order; k++) {
    const speed = coefficient(family.along(field, curve, control, k).value, k)
    const scale = invert(field, k + 1)
    for (const [i, x] of speed.entries()) curve.data[i * (order + 1) + k + 1] = multiply(field, x, scale)
  }
  return curve
}

/**
 * A random element at `point` of the brackets of at most order+1 members: the coefficient of t^order (times order!) of the pullback
 * (Φ_t)*Y along the flow of a random time-dependent member X_t. With w = J(t)⁻¹ Y(γ(t)), J′ = DX J, one has
 * w′ = J⁻¹ L y for L = d/dt − DX, so the coefficient is (L^order y)(0): a Hessian-vector product for each order and no
 * expansion. Such pullbacks over all controls span all right-nested brackets, because signatures of paths span the tensor algebra.
 */
export function randomBracket(field: PrimeField, family: FieldFamily, random: Random, point: Float64Array, order: number): Float64Array {
  if (order === 0) return randomMember(field, family, random, point)
  return drawn(() => pullback(field, family, random, point, order))
}

function pullback(field: PrimeField, family: FieldFamily, random: Random, point: Float64Array, order: number): Float64Array {
  const control = randomSlots(field, random, family.slots, order - 1)
  const curve = controlledCurve(field, family, point, control, order)
  const constant = randomSlots(field, random, family.slots, 0)
  const flow = family.along(field, curve, control, order - 1)
  let u = family.along(field, curve, constant, order).value
  for (let j = 0; j < order; j++) {
    const rate = timeDerivative(field, u)
    const change = flow.derivativeTimes(shortened(u))
    for (const [i, x] of change.data.entries()) {
      const difference = (rate.data[i] ?? 0) - x
      rate.data[i] = difference < 0 ? difference + field.p : difference
    }
    u = rate
  }
  return u.data
}

function shortened(u: SeriesVector): SeriesVector {
  const result = seriesVector(u.length, u.order - 1)
  for (let i = 0; i < u.length; i++) for (let k = 0; k < u.order; k++) result.data[i * u.order + k] = u.data[i * (u.order + 1) + k] ?? 0
  return result
}

import { R1, type Rational, negR } from '../algebra/rational.js'
import type { InverseMetric } from './exact.js'
import type { FieldFamily } from './fields.js'
import { type Model, type ParameterBlock } from './model.js'
import { type Polynomial, derivative, variablesOf } from './polynomial.js'
import { type PrimeField, residue } from './prime.js'
import { type SeriesVector, addInto, multiplyInto, seriesVector } from './series.js'

/** target[i] += factor · h along a curve. */
function addPolynomial(field: PrimeField, target: SeriesVector, i: number, h: Polynomial, point: SeriesVector, factor: Float64Array): void {
  const { order } = target
  for (const { coefficient, monomial } of h) {
    let product = Float64Array.from(factor)
    for (const v of monomial) {
      const next = new Float64Array(order + 1)
      multiplyInto(field, order, next, 0, product, 0, point.data, v * (point.order + 1))
      product = next
    }
    const scale = new Float64Array(order + 1)
    scale[0] = scalarIn(field, coefficient)
    multiplyInto(field, order, target.data, i * (order + 1), product, 0, scale, 0)
  }
}

function scalarIn(field: PrimeField, { num, den }: Rational): number {
  const r = residue(field, num, den)
  if (r === undefined) throw new RangeError(`${field.p} divides a denominator of the flow`)
  return r
}

const entry = (v: SeriesVector, i: number, order: number): Float64Array => v.data.slice(i * (v.order + 1), i * (v.order + 1) + order + 1)

/** The fields M(θ)X of a family under an inverse metric with polynomial entries. */
function underMetric(family: FieldFamily, metric: InverseMetric): FieldFamily {
  const rows = Array.from({ length: family.dimension }, (_, v) => metric(v))
  return {
    dimension: family.dimension,
    slots: family.slots,
    along(field, point, slots, order) {
      const base = family.along(field, point, slots, order)
      const value = seriesVector(family.dimension, order)
      for (const [i, row] of rows.entries()) for (const { to, weight } of row) addPolynomial(field, value, i, weight, point, entry(base.value, to, order))
      return {
        value,
        derivativeTimes(u) {
          const result = seriesVector(family.dimension, u.order)
          const change = base.derivativeTimes(u)
          for (const [i, row] of rows.entries()) {
            for (const { to, weight } of row) {
              addPolynomial(field, result, i, weight, point, entry(change, to, u.order))
              for (const v of variablesOf(weight)) {
                const factor = new Float64Array(u.order + 1)
                multiplyInto(field, u.order, factor, 0, base.value.data, to * (order + 1), u.data, v * (u.order + 1))
                addPolynomial(field, result, i, derivative(weight, v), point, factor)
              }
            }
          }
          return result
        },
      }
    },
  }
}

/** The model of θ̇ = −M(θ)∇f: mirror descent (M the inverse Hessian of the potential) and natural gradient (M the inverse metric). */
export const metricModel = (model: Model, metric: InverseMetric): Model => ({
  ...model,
  family: underMetric(model.family, metric),
  metric,
  // A sign flip need not be an isometry of another metric.
  labels: () => Array.from({ length: model.family.dimension }, () => [0, 0]),
  supports: model.supports.map((s) => ({ ...s, system: s.system.under({ metric }) })),
  whole: () => {
    const whole = model.whole()
    return whole === undefined ? undefined : { ...whole, system: whole.system.under({ metric }) }
  },
})

const ONE: Polynomial = [{ coefficient: R1, monomial: [] }]

/**
 * The drift of θ̈ + c θ̇ + ∇f = 0 on the state (θ, θ̇, clock): θ̇, −cθ̇, and for the clock e^{ct} its rate c e^{ct}
 * (for c = 0 the clock is t itself).
 */
function driftOf(parameters: number, damping: Rational): (v: number) => Polynomial {
  const clock = 2 * parameters
  return (v) => {
    if (v < parameters) return [{ coefficient: R1, monomial: [v + parameters] }]
    if (damping.num === 0n) return v === clock ? ONE : []
    return [{ coefficient: v === clock ? damping : negR(damping), monomial: [v] }]
  }
}

/** Drift times a slot in front, plus the base family acting on the velocities. */
function withMomentum(family: FieldFamily, drift: (v: number) => Polynomial): FieldFamily {
  const parameters = family.dimension
  const dimension = 2 * parameters + 1
  const fields = Array.from({ length: dimension }, (_, v) => drift(v))
  const head = (v: SeriesVector, length: number): SeriesVector => ({ length, order: v.order, data: v.data.slice(0, length * (v.order + 1)) })
  return {
    dimension,
    slots: family.slots + 1,
    along(field, point, slots, order) {
      const base = family.along(field, head(point, parameters), head(slots, family.slots), order)
      const weight = padded(slots, family.slots, order)
      const value = seriesVector(dimension, order)
      for (const [i, x] of fields.entries()) addPolynomial(field, value, i, x, point, weight)
      for (let v = 0; v < parameters; v++) addInto(field, order, value.data, (parameters + v) * (order + 1), base.value.data, v * (order + 1))
      return {
        value,
        derivativeTimes(u) {
          const result = seriesVector(dimension, u.order)
          const change = base.derivativeTimes(head(u, parameters))
          for (let v = 0; v < parameters; v++) addInto(field, u.order, result.data, (parameters + v) * (u.order + 1), change.data, v * (u.order + 1))
          for (const [i, x] of fields.entries()) {
            for (const v of variablesOf(x)) {
              const factor = new Float64Array(u.order + 1)
              multiplyInto(field, u.order, factor, 0, weight, 0, u.data, v * (u.order + 1))
              addPolynomial(field, result, i, derivative(x, v), point, factor)
            }
          }
          return result
        },
      }
    },
  }
}

/** One slot as a series of the given order, zeros beyond what it holds. */
function padded(slots: SeriesVector, i: number, order: number): Float64Array {
  const result = new Float64Array(order + 1)
  result.set(entry(slots, i, Math.min(order, slots.order)))
  return result
}

/** Name of the clock: laws of momentum flows may depend on time, through e^{ct}. */
function clockName(damping: Rational): string {
  if (damping.num === 0n) return 't'
  const size = damping.den === 1n ? `${damping.num}` : `${damping.num}/${damping.den}`
  return size === '1' ? 'exp(t)' : `exp(${size}*t)`
}

/** The model of θ̈ + c θ̇ + ∇f = 0: laws in t, θ and θ̇ (blocks `dW` beside `W`) [CL 2024]. */
export function momentumModel(model: Model, damping: Rational): Model {
  const parameters = model.family.dimension
  const drift = driftOf(parameters, damping)
  const metric: InverseMetric = (v) => (v >= parameters && v < 2 * parameters ? [{ to: v - parameters, weight: ONE }] : [])
  const clock: ParameterBlock = { name: clockName(damping), shape: [], offset: 2 * parameters }
  const doubled = (blocks: readonly ParameterBlock[]): readonly ParameterBlock[] => [
    ...blocks, ...blocks.map((b) => ({ ...b, name: `d${b.name}`, offset: b.offset + parameters })), clock,
  ]
  const lift = (s: Model['supports'][number]): Model['supports'][number] => ({ blocks: doubled(s.blocks), system: s.system.under({ metric, drift }) })
  const labels = (): readonly (readonly [number, number])[] => [...model.labels(), ...model.labels(), [0, 0]]
  return {
    blocks: doubled(model.blocks),
    family: withMomentum(model.family, drift),
    momentum: { parameters, clock: damping.num === 0n ? undefined : clock },
    labels,
    supports: model.supports.map(lift),
    whole: () => {
      const whole = model.whole()
      return whole === undefined ? undefined : lift(whole)
    },
  }
}


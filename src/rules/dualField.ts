import { simplifyVector } from '../jets/simplify.js'
import type { Schedules } from '../jets/leibniz.js'
import { subVectors } from '../jets/vector.js'
import { raised } from './mirror.js'
import type { DualVariables } from './model.js'
import { type VectorSeries, substituteSeries, termOf, transportWith } from './series.js'

/** The modified vector field of mirror descent, and the rate ∇²h F̃ of its dual variables. */
export interface DualField {
  readonly field: VectorSeries
  readonly dualField: VectorSeries
}

/** ∇h(φ_η(θ)) order by order in η, from the rate of ∇h along the field so far. */
export const dualTransport = (dual: DualVariables, { field, dualField }: DualField, length: number, schedules: Schedules): VectorSeries =>
  transportWith([dual.gradient], dualField, new Map([['theta', field]]), length, schedules)

/** ∇h(θ') order by order in η. */
export const dualStep = (dual: DualVariables, length: number): VectorSeries => substituteSeries(dual.update, () => undefined, length)

/** Backward error analysis of a rule that is linear in dual variables: ∇h(φ_η(θ)) = update, order by order in the rate of ∇h. */
export function dualModifiedField(dual: DualVariables, order: number, schedules: Schedules): DualField {
  let found: DualField = { field: [], dualField: [] }
  for (let n = 0; n <= order; n += 1) {
    const missing = simplifyVector(subVectors(termOf(dualStep(dual, n + 2), n + 1), termOf(dualTransport(dual, found, n + 2, schedules), n + 1)))
    found = { field: [...found.field, raised(dual, missing)], dualField: [...found.dualField, missing] }
  }
  return found
}

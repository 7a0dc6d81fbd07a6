import { ONE, ZERO, div, isZero, mul, sub, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { simplifyVector } from '../jets/simplify.js'
import { deriveVector, directional } from '../jets/leibniz.js'
import { byName, replaceInVector, substituteScalars } from '../jets/substitute.js'
import { THETA, type Vector, coefficientOf, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'
import { type Outcome, type Rule, nextName } from './model.js'
import { type VectorSeries, substituteSeries, termOf, transport } from './series.js'
import { type SlowRule, slowRule } from './slow.js'

export type { Outcome } from './model.js'

/** The modified vector field F̃ = Σ ηⁿFₙ and the states on the slow manifold as functions of θ (and of t, through schedules). */
export interface ModifiedField extends SlowRule {
  readonly field: VectorSeries
  readonly states: ReadonlyMap<string, VectorSeries>
}

/** The update of every name in quantities before the step: new values of earlier updates written out. */
export function writtenOut(rule: Rule): ReadonlyMap<string, Vector> {
  const values = new Map<string, Vector>()
  for (const u of rule.updates) {
    const earlier = Object.fromEntries([...values].map(([name, x]) => [nextName(name), x]))
    values.set(u.name, replaceInVector(u.value, byName(earlier)))
  }
  return values
}

const PROBE = variable('_x')

/** ∂update/∂state at η = 0 as a multiple of the identity. */
function couplings(updates: ReadonlyMap<string, Vector>, states: readonly string[]): Outcome<readonly (readonly Expr[])[]> {
  const rows: Expr[][] = []
  for (const to of states) {
    const row: Expr[] = []
    for (const from of states) {
      const at0 = substituteScalars(updates.get(to) ?? variable(to), new Map([[sym('eta'), ZERO]]))
      const slope = deriveVector(at0, directional(from, 0, PROBE))
      const c = coefficientOf(slope, variableAtom('_x'))
      if (!isZeroVector(subVectors(slope, scaleVector(c, PROBE))))
        return { ok: false, reason: `the state ${to} does not depend linearly on ${from}, so it cannot be eliminated` }
      row.push(c)
    }
    rows.push(row)
  }
  return { ok: true, value: rows }
}

/** Solves (1 − J)x = b by elimination; J a square matrix of scalars, b vectors. */
function solveStates(couplings: readonly (readonly Expr[])[], right: readonly Vector[]): readonly Vector[] | undefined {
  const n = right.length
  const m = couplings.map((row, i) => row.map((c, j) => sub(i === j ? ONE : ZERO, c)))
  const b = [...right]
  for (let i = 0; i < n; i += 1) {
    const pivot = m[i]?.[i] ?? ZERO
    if (isZero(pivot)) return undefined
    for (let k = 0; k < n; k += 1) {
      const factor = div(m[k]?.[i] ?? ZERO, pivot)
      if (k === i || isZero(factor)) continue
      m[k] = (m[k] ?? []).map((c, j) => sub(c, mul(factor, m[i]?.[j] ?? ZERO)))
      b[k] = subVectors(b[k] ?? { terms: [] }, scaleVector(factor, b[i] ?? { terms: [] }))
    }
  }
  return b.map((x, i) => scaleVector(div(ONE, m[i]?.[i] ?? ONE), x))
}

/**
 * Backward error analysis ([HLW] IX.1): the vector field F̃ whose time-η flow is the rule, with the states on the manifold
 * v = V(θ) that the rule leaves invariant. Order by order in η from θ(φ_η) = update of θ, V(φ_η(θ)) = update of v. With schedules the field
 * is not autonomous: t = kη, and one step takes t to t + η.
 * @param order highest power of η kept in F̃.
 */
export function modifiedField(given: Rule, order: number): Outcome<ModifiedField> {
  const slow = slowRule(given)
  if (!slow.ok) return slow
  const { rule, schedules } = slow.value
  const updates = writtenOut(rule)
  const names = rule.states.map((s) => s.name)
  const coupled = couplings(updates, names)
  if (!coupled.ok) return coupled
  let field: VectorSeries = []
  let states = new Map<string, VectorSeries>(names.map((name) => [name, []]))
  for (let n = 0; n <= order; n += 1) {
    const before = states
    const value = (name: string, o: number): VectorSeries | undefined => (o === 0 ? before.get(name) : undefined)
    const right = names.map((name) => {
      const target = termOf(substituteSeries(updates.get(name) ?? variable(name), value, n + 1), n)
      return subVectors(target, termOf(transport(states.get(name) ?? [], field, n + 1, schedules), n))
    })
    const solved = solveStates(coupled.value, right)
    if (solved === undefined) return { ok: false, reason: 'the states do not relax: the rule has no slow manifold' }
    states = new Map(names.map((name, i) => [name, [...(states.get(name) ?? []), simplifyVector(solved[i] ?? { terms: [] })]]))
    const withStates = (name: string, o: number): VectorSeries | undefined => (o === 0 ? states.get(name) : undefined)
    const step = termOf(substituteSeries(updates.get('theta') ?? THETA, withStates, n + 2), n + 1)
    const already = termOf(transport([THETA], field, n + 2, schedules), n + 1)
    field = [...field, simplifyVector(subVectors(step, already))]
  }
  return { ok: true, value: { ...slow.value, field, states } }
}

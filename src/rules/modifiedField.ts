import { ZERO, num, sym } from '../algebra/build.js'
import type { Diagonal } from '../jets/diagonal.js'
import { simplifyVector } from '../jets/simplify.js'
import { type Schedules, deriveVector, directional } from '../jets/leibniz.js'
import { byName, replaceInVector, substituteScalars } from '../jets/substitute.js'
import { type Vector, ZERO_VECTOR, isZeroVector, scaleVector, subVectors, variable } from '../jets/vector.js'
import { dualModifiedField } from './dualField.js'
import { writtenOut } from './writtenOut.js'
import type { Outcome, Rule } from './model.js'
import { PROBE, diagonalOfProbe, solveByBlocks } from './coupling.js'
import { type Fields, type VectorSeries, substituteSeries, termOf, transport } from './series.js'
import { type SlowRule, slowRule } from './slow.js'

export type { Outcome } from './model.js'

/** The modified vector field F̃ = Σ ηⁿFₙ of a rule, with what becomes of the states. */
export interface ModifiedField extends SlowRule {
  /** The fields of θ and of the states that move as slowly as θ does, such as a momentum with friction of order η. */
  readonly fields: Fields
  /** The other states, which relax to functions of θ and the slow states (and of t, through schedules). */
  readonly states: ReadonlyMap<string, VectorSeries>
  /** ∇²h F̃, the rate of the dual variables, for mirror descent. */
  readonly dualField?: VectorSeries
}

/** The field of θ. */
export const fieldOfTheta = ({ fields }: ModifiedField): VectorSeries => fields.get('theta') ?? []

const AT_ZERO = new Map([[sym('eta'), ZERO]])

/** The rule at η = 0: which states stand still there, as θ does, and how the others depend on each other. */
class Elimination {
  readonly slow: readonly string[]
  readonly fast: readonly string[]
  private readonly atZero: ReadonlyMap<string, Vector>

  constructor(
    private readonly updates: ReadonlyMap<string, Vector>,
    states: readonly string[],
    private readonly schedules: Schedules,
  ) {
    this.atZero = new Map([...updates].map(([name, x]) => [name, substituteScalars(x, AT_ZERO)]))
    this.slow = ['theta', ...states.filter((name) => this.standsStill(name))]
    this.fast = states.filter((name) => !this.slow.includes(name))
  }

  private standsStill(name: string): boolean {
    return isZeroVector(subVectors(this.atZero.get(name) ?? variable(name), variable(name)))
  }

  /** How the value of `to` at η = 0 answers to the fast states, each moved by a vector. */
  private response(to: string, moved: ReadonlyMap<string, Vector>): Vector {
    const update = this.atZero.get(to) ?? variable(to)
    return deriveVector(update, { variable: (name, order) => (order === 0 ? moved.get(name) : undefined) ?? ZERO_VECTOR })
  }

  /** ∂update/∂state of the fast states at η = 0, each a multiple of the identity on every block. */
  couplings(): Outcome<readonly (readonly Diagonal[])[]> {
    const rows: Diagonal[][] = []
    for (const to of this.fast) {
      const row = this.fast.map((from) => diagonalOfProbe(this.response(to, new Map([[from, PROBE]]))))
      const unknown = this.fast.find((_, j) => row[j] === undefined)
      if (unknown !== undefined) return { ok: false, reason: `the state ${to} does not depend linearly on ${unknown}, so it cannot be eliminated` }
      rows.push(row.filter((c) => c !== undefined))
    }
    return { ok: true, value: rows }
  }

  /** What the fast states at order n have to be, their own part left out. */
  targets(states: Fields, fields: Fields, n: number): readonly Vector[] {
    const value = (name: string, order: number): VectorSeries | undefined => (order === 0 ? states.get(name) : undefined)
    return this.fast.map((name) => {
      const target = termOf(substituteSeries(this.updates.get(name) ?? variable(name), value, n + 1), n)
      return subVectors(target, termOf(transport(states.get(name) ?? [], fields, n + 1, this.schedules), n))
    })
  }

  /**
   * How the slow variables at order n + 1 answer, by way of the fast states, to their own fields at order n: multiples of the identity on every block.
   * Undefined where they are none.
   */
  feedback(couplings: readonly (readonly Diagonal[])[], states: Fields): readonly (readonly Diagonal[])[] | undefined {
    const onManifold = byName(Object.fromEntries([...states].map(([name, x]) => [name, termOf(x, 0)])))
    const columns = this.slow.map((from) => {
      const carried = this.fast.map((name) => scaleVector(num(-1), deriveVector(termOf(states.get(name) ?? [], 0), directional(from, 0, PROBE))))
      const moved = solveByBlocks(couplings, carried) ?? []
      const answers = new Map(this.fast.map((name, i) => [name, moved[i] ?? ZERO_VECTOR]))
      return this.slow.map((to) => diagonalOfProbe(replaceInVector(this.response(to, answers), onManifold)))
    })
    const rows = this.slow.map((_, i) => columns.flatMap((column) => column[i] ?? []))
    return rows.every((row) => row.length === columns.length) ? rows : undefined
  }

  /** Whether a slow variable's update contains a fast state even at η = 0, so that its field needs the state to one order more. */
  looksAhead(): boolean {
    return this.slow.some((to) => this.fast.some((from) => !isZeroVector(this.response(to, new Map([[from, PROBE]])))))
  }

  /** The slow variable that does not stand still at η = 0 with the fast states on their manifold, if any. */
  moved(states: Fields): string | undefined {
    const onManifold = byName(Object.fromEntries([...states].map(([name, x]) => [name, termOf(x, 0)])))
    return this.slow.find((name) => !isZeroVector(simplifyVector(subVectors(replaceInVector(this.atZero.get(name) ?? variable(name), onManifold), variable(name)))))
  }
}

/**
 * Backward error analysis ([HLW] IX.1): the vector field F̃ whose time-η flow is the rule. The states that stand still at η = 0 move along
 * with θ, the others are on the manifold v = V(θ) that the rule leaves invariant. Order by order in η from θ(φ_η) = update of θ,
 * V(φ_η(θ)) = update of v. With schedules the field is not autonomous: t = kη, and one step takes t to t + η.
 * Mirror descent is followed in its dual variables.
 * @param order highest power of η kept in F̃.
 */
export function modifiedField(given: Rule, order: number): Outcome<ModifiedField> {
  const found = slowRule(given)
  if (!found.ok) return found
  const { rule, schedules } = found.value
  if (rule.dual !== undefined) {
    const { field, dualField } = dualModifiedField(rule.dual, order, schedules)
    return { ok: true, value: { ...found.value, fields: new Map([['theta', field]]), states: new Map(), dualField } }
  }
  const updates = writtenOut(rule)
  const elimination = new Elimination(updates, rule.states.map((s) => s.name), schedules)
  const { slow, fast } = elimination
  const coupled = elimination.couplings()
  if (!coupled.ok) return coupled
  let fields: Fields = new Map(slow.map((name) => [name, []]))
  let states: Fields = new Map(fast.map((name) => [name, []]))
  const extended = (n: number): Fields | undefined => {
    const solved = solveByBlocks(coupled.value, elimination.targets(states, fields, n))
    return solved === undefined ? undefined : new Map(fast.map((name, i) => [name, [...(states.get(name) ?? []), solved[i] ?? ZERO_VECTOR]]))
  }
  const looksAhead = elimination.looksAhead()
  let feedback: readonly (readonly Diagonal[])[] | undefined
  for (let n = 0; n <= order; n += 1) {
    const settled = extended(n)
    if (settled === undefined) return { ok: false, reason: 'the states do not relax: the rule has no slow manifold' }
    states = settled
    const moved = n === 0 ? elimination.moved(states) : undefined
    if (moved !== undefined) return { ok: false, reason: `${moved} moves by a finite amount in one step however small eta is` }
    feedback ??= elimination.feedback(coupled.value, states)
    if (feedback === undefined) return { ok: false, reason: 'as eta vanishes the update of theta depends on a state that moves with theta in a direction of its own' }
    const ahead = looksAhead ? (extended(n + 1) ?? states) : states
    const value = (name: string, o: number): VectorSeries | undefined => (o === 0 ? ahead.get(name) : undefined)
    const missing = slow.map((name) => {
      const step = termOf(substituteSeries(updates.get(name) ?? variable(name), value, n + 2), n + 1)
      return subVectors(step, termOf(transport([variable(name)], fields, n + 2, schedules), n + 1))
    })
    const solved = solveByBlocks(feedback, missing)
    if (solved === undefined) return { ok: false, reason: 'as eta vanishes the update of theta leaves the step undetermined' }
    fields = new Map(slow.map((name, i) => [name, [...(fields.get(name) ?? []), solved[i] ?? ZERO_VECTOR]]))
  }
  if (looksAhead) states = extended(order + 1) ?? states
  return { ok: true, value: { ...found.value, fields, states } }
}

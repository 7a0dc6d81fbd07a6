import type { Expr } from '../algebra/expr.js'
import { termsWritten } from '../algebra/written.js'
import { isIdenticallyZero } from '../algebra/zero.js'
import { type Diagonal, numbersIn } from '../jets/diagonal.js'
import { simplifyVector } from '../jets/simplify.js'
import { type Schedules, deriveVector, directional } from '../jets/leibniz.js'
import { allVectorsIn, allVectorsOf, scalarsOf } from '../jets/walk.js'
import { type Vector, ZERO_VECTOR, isZeroVector, subVectors, variable } from '../jets/vector.js'
import { type Scaling, inTimeOfFlow, orderOfFlow, powersOfStep, spread } from './accumulating.js'
import { dualModifiedField, dualStep } from './dualField.js'
import { explicitToOrder } from './implicit.js'
import { fromRelaxingStates, idleStatesAside, withRelaxingStates } from './equivalent.js'
import { writtenOut } from './writtenOut.js'
import { MOVING_MATRICES, multipliesByMatrices } from './matrixStates.js'
import type { Outcome, Rule } from './model.js'
import { PROBE, diagonalOfProbe, solveByBlocks } from './coupling.js'
import { withoutSignsOfSquares } from './signs.js'
import { type Fields, type VectorSeries, substituteSeries, taylorInEta, termOf, transport, unlessPole } from './series.js'
import { type SlowRule, kinksOfField, slowRule } from './slow.js'

export type { Outcome } from './model.js'

/** The modified vector field F̃ = Σ ηⁿFₙ of a rule, with what becomes of the states. */
export interface ModifiedField extends SlowRule {
  /** The highest power of η that is kept: what was asked for, or less. */
  readonly order: number
  /** How many terms the fields have with that power, and some how many they would have with the next: where it is less. */
  readonly swell?: { readonly terms: number; readonly next: number }
  /** The fields of θ and of the states that move as slowly as θ does, such as a momentum with friction of order η. */
  readonly fields: Fields
  /** The other states, which relax to functions of θ and the slow states (and of t, through schedules). */
  readonly states: ReadonlyMap<string, VectorSeries>
  /** What each of these keeps of itself in a step, a number below one. */
  readonly kept: readonly Expr[]
  /** For a rule with states in units of their own: what one step makes of all, with `eta` for the power of η that these are series in. */
  readonly ofStep?: { readonly fields: Fields; readonly states: Fields; readonly order: number }
  /** ∇²h F̃, the rate of the dual variables, for mirror descent. */
  readonly dualField?: VectorSeries
}

/** The field of θ. */
export const fieldOfTheta = ({ fields }: ModifiedField): VectorSeries => fields.get('theta') ?? []

/** States that depend on each other at η = 0, and how: ∂update/∂state row by row. */
interface Coupled {
  readonly names: readonly string[]
  readonly couplings: readonly (readonly Diagonal[])[]
}

const heldOtherwise = (state: string, other: string): string =>
  `the state ${state} holds ${other === state ? 'itself' : other} in another way than as a multiple on each block, so it cannot be eliminated`

const vanishes = (x: Vector): boolean => simplifyVector(x).terms.every(({ coefficient }) => isIdenticallyZero(coefficient))

/** A vector at η = 0 with the fast states as the manifold has them there, in the points of its fields too. */
const onManifold = (x: Vector, states: Fields): Vector => termOf(substituteSeries(x, (name, order) => (order === 0 ? states.get(name) : undefined), 1), 0)

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
    this.atZero = new Map([...updates].map(([name, x]) => [name, termOf(taylorInEta(x, 1), 0)]))
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

  /** ∂update/∂state within each group at η = 0, each a multiple of the identity on every block. */
  couplings(): Outcome<readonly Coupled[]> {
    const found: Coupled[] = []
    for (const names of this.groups()) {
      const rows = names.map((to) => names.map((from) => this.multipleIn(this.response(to, new Map([[from, PROBE]])))))
      const known = rows.map((row) => row.filter((c) => c !== undefined))
      const at = known.findIndex((row) => row.length < names.length)
      if (at >= 0) return { ok: false, reason: heldOtherwise(names[at] ?? '', names[rows[at]?.indexOf(undefined) ?? 0] ?? '') }
      found.push({ names, couplings: known })
    }
    return { ok: true, value: found }
  }

  /** How a response is a multiple on every block, by numbers that no state changes, as a sign of one does. */
  private multipleIn(response: Vector): Diagonal | undefined {
    const found = diagonalOfProbe(response)
    const held = found === undefined ? [] : numbersIn(found).flatMap(allVectorsIn)
    return held.some((a) => a.kind === 'variable' && this.fast.includes(a.name)) ? undefined : found
  }

  /** The fast states in groups that depend on each other, a group behind those that it depends on. */
  private groups(): readonly (readonly string[])[] {
    const names = new Map(this.fast.map((to) => [to, new Set(allVectorsOf(this.atZero.get(to) ?? variable(to)).flatMap((a) => (a.kind === 'variable' ? [a.name] : [])))]))
    const direct = new Map(this.fast.map((to) => [to, this.fast.filter((from) => from === to || names.get(to)?.has(from) === true)]))
    const reach = (names: readonly string[]): readonly string[] => {
      const wider = [...new Set(names.flatMap((n) => direct.get(n) ?? []))]
      return wider.length === names.length ? names : reach(wider)
    }
    const reached = new Map(this.fast.map((name) => [name, new Set(reach([name]))]))
    const size = (name: string): number => reached.get(name)?.size ?? 0
    const groups = this.fast.map((name) => this.fast.filter((other) => reached.get(name)?.has(other) === true && reached.get(other)?.has(name) === true))
    return groups.filter(([first], i) => first === this.fast[i]).sort(([a = ''], [b = '']) => size(a) - size(b))
  }

  /** What some fast states at order n have to be, their own part left out. */
  targets(names: readonly string[], states: Fields, fields: Fields, n: number): readonly Vector[] {
    const value = (name: string, order: number): VectorSeries | undefined => (order === 0 ? states.get(name) : undefined)
    return names.map((name) => {
      const target = termOf(substituteSeries(this.updates.get(name) ?? variable(name), value, n + 1), n)
      return subVectors(target, termOf(transport(states.get(name) ?? [], fields, n + 1, this.schedules), n))
    })
  }

  /**
   * How the slow variables at order n + 1 answer, by way of the fast states, to their own fields at order n: multiples of the identity on every block.
   * Undefined where they are none.
   */
  feedback(coupled: readonly Coupled[], states: Fields): readonly (readonly Diagonal[])[] | undefined {
    const columns = this.slow.map((from) => {
      const answers = new Map<string, Vector>()
      for (const { names, couplings } of coupled) {
        const carried = names.map((name) => subVectors(onManifold(this.response(name, answers), states), deriveVector(termOf(states.get(name) ?? [], 0), directional(from, 0, PROBE))))
        const moved = solveByBlocks(couplings, carried) ?? []
        for (const [i, name] of names.entries()) answers.set(name, moved[i] ?? ZERO_VECTOR)
      }
      return this.slow.map((to) => diagonalOfProbe(onManifold(this.response(to, answers), states)))
    })
    const rows = this.slow.map((_, i) => columns.flatMap((column) => column[i] ?? []))
    return rows.every((row) => row.length === columns.length) ? rows : undefined
  }

  /** The fast state that the updates move off the manifold even at η = 0, if any: one that they hold in a function of constant pieces, as sign(v) is. */
  left(states: Fields): string | undefined {
    return this.fast.find((name) => !vanishes(subVectors(onManifold(this.atZero.get(name) ?? variable(name), states), termOf(states.get(name) ?? [], 0))))
  }

  /** Whether a slow variable's update contains a fast state even at η = 0, so that its field needs the state to one order more. */
  looksAhead(): boolean {
    return this.slow.some((to) => this.fast.some((from) => !isZeroVector(this.response(to, new Map([[from, PROBE]])))))
  }

  /** The slow variable that does not stand still at η = 0 with the fast states on their manifold, if any. */
  moved(states: Fields): string | undefined {
    return this.slow.find((name) => !isZeroVector(simplifyVector(subVectors(onManifold(this.atZero.get(name) ?? variable(name), states), variable(name)))))
  }
}

/**
 * Backward error analysis ([HLW] IX.1): the vector field F̃ whose time-η flow is the rule. The states that stand still at η = 0 move along
 * with θ, the others are on the manifold v = V(θ) that the rule leaves invariant. Order by order in η from θ(φ_η) = update of θ,
 * V(φ_η(θ)) = update of v. With schedules the field is not autonomous: t = kη, and one step takes t to t + η.
 * Mirror descent is followed in its dual variables.
 * @param order highest power of η kept in F̃.
 */
export const modifiedField = (rule: Rule, order: number): Outcome<ModifiedField> => idleStatesAside(rule, (r) => unlessPole(() => fieldOf(r, order)))

/** Terms of a power of η that are too many to be derived, checked and read, those within coefficients and functions counted. */
const MOST_TERMS = 12_000

const termsIn = (x: Vector): number => scalarsOf(x).reduce((sum, e) => sum + termsWritten(e), x.terms.length)
const termsAt = (fields: Fields, n: number): number => [...fields.values()].reduce((sum, series) => sum + termsIn(termOf(series, n)), 0)

/** Whether the next power of η after those that fields have would have too many terms, if their number grows as it did. */
function swellOf(fields: Fields, n: number): ModifiedField['swell'] {
  const [before, terms] = [termsAt(fields, n - 2), termsAt(fields, n - 1)]
  const next = before === 0 ? 0 : Math.round(terms ** 2 / before)
  return n < 2 || next <= MOST_TERMS ? undefined : { terms, next }
}

/** Powers of η beyond the order that a step is looked at to, the states' one more included. */
const MARGIN = 3

const movedAtZero = (name: string): string => `${name} moves by a finite amount in one step however small eta is`

function fieldOf(given: Rule, wanted: number): Outcome<ModifiedField> {
  if (multipliesByMatrices(given) && (wanted > 0 || given.matrices.length > 0)) return { ok: false, reason: MOVING_MATRICES }
  const found = slowRule(given)
  if (!found.ok) return found
  const { schedules, scaling } = found.value
  const requested = scaling === undefined ? wanted : powersOfStep(scaling, wanted)
  const explicit = explicitToOrder(found.value.rule, requested + MARGIN)
  if (!explicit.ok) return explicit
  const rule = explicit.value
  if (rule.dual !== undefined) {
    if (!isZeroVector(simplifyVector(subVectors(termOf(dualStep(rule.dual, 1), 0), rule.dual.gradient)))) return { ok: false, reason: movedAtZero('theta') }
    const { field, dualField } = dualModifiedField(rule.dual, requested, schedules)
    return { ok: true, value: { ...found.value, order: requested, fields: new Map([['theta', field]]), states: new Map(), kept: [], dualField } }
  }
  const relaxing = withRelaxingStates(rule)
  const updates = writtenOut(relaxing)
  const elimination = new Elimination(updates, rule.states.map((s) => s.name), schedules)
  const { slow, fast } = elimination
  const coupled = elimination.couplings()
  if (!coupled.ok) return coupled
  const kept = coupled.value.flatMap(({ couplings }) => (couplings.length === 1 ? couplings.flat() : [])).flatMap(numbersIn)
  let fields: Fields = new Map(slow.map((name) => [name, []]))
  let states: Fields = new Map(fast.map((name) => [name, []]))
  const extended = (n: number): Fields | undefined => {
    const longer = new Map(states)
    for (const { names, couplings } of coupled.value) {
      const solved = solveByBlocks(couplings, elimination.targets(names, longer, fields, n))
      if (solved === undefined) return undefined
      for (const [i, name] of names.entries()) longer.set(name, [...(states.get(name) ?? []), simplifyVector(solved[i] ?? ZERO_VECTOR)])
    }
    return longer
  }
  const looksAhead = elimination.looksAhead()
  let feedback: readonly (readonly Diagonal[])[] | undefined
  let [order, swell]: [number, ModifiedField['swell']] = [requested, undefined]
  for (let n = 0; n <= order; n += 1) {
    swell = swellOf(fields, n)
    if (swell !== undefined) {
      order = n - 1
      break
    }
    const settled = extended(n)
    if (settled === undefined) return { ok: false, reason: 'the states do not relax: the rule has no slow manifold' }
    states = settled
    const left = n === 0 ? elimination.left(states) : undefined
    if (left !== undefined) return { ok: false, reason: heldOtherwise(left, left) }
    const moved = n === 0 ? elimination.moved(states) : undefined
    if (moved !== undefined) return { ok: false, reason: movedAtZero(moved) }
    feedback ??= elimination.feedback(coupled.value, states)
    if (feedback === undefined) return { ok: false, reason: 'as eta vanishes the update of theta depends on a state that moves with theta in a direction of its own' }
    const ahead = looksAhead ? (extended(n + 1) ?? states) : states
    const value = (name: string, o: number): VectorSeries | undefined => (o === 0 ? ahead.get(name) : undefined)
    const missing = slow.map((name) => {
      const step = termOf(substituteSeries(updates.get(name) ?? variable(name), value, n + 2), n + 1)
      return subVectors(withoutSignsOfSquares(step, kept), termOf(transport([variable(name)], fields, n + 2, schedules), n + 1))
    })
    const solved = solveByBlocks(feedback, missing)
    if (solved === undefined) return { ok: false, reason: 'as eta vanishes the update of theta leaves the step undetermined' }
    fields = new Map(slow.map((name, i) => [name, [...(fields.get(name) ?? []), solved[i] ?? ZERO_VECTOR]]))
  }
  if (looksAhead) states = extended(order + 1) ?? states
  const inTime = scaling === undefined ? { fields, states, order } : ofScaledStep({ fields, states, order }, scaling)
  if (inTime === undefined) return { ok: false, reason: 'beside a state that accumulates another one, or theta, moves on a time scale of its own' }
  const ofField = [...inTime.fields.values()].flatMap((series) => kinksOfField(termOf(series, 0), scaling))
  const roots = [...new Set(ofField)].filter((kink) => !found.value.kinks.includes(kink))
  const where = { kinks: [...found.value.kinks, ...roots], conditions: [...roots, ...found.value.conditions] }
  return { ok: true, value: { ...found.value, ...where, ...inTime, ...(swell === undefined ? {} : { swell }), rule, kept, states: fromRelaxingStates(rule, inTime.states) } }
}

/** The fields in the time of a flow by what they are in the time of one step; undefined where something moves in a step more than the flow makes in its time. */
function ofScaledStep(ofStep: NonNullable<ModifiedField['ofStep']>, scaling: Scaling): (Pick<ModifiedField, 'fields' | 'states' | 'order'> & Required<Pick<ModifiedField, 'ofStep'>>) | undefined {
  const before = powersOfStep(scaling, 0)
  if ([...ofStep.fields.values()].some((series) => series.slice(0, before).some((x) => !isZeroVector(simplifyVector(x))))) return undefined
  const mapped = (fields: Fields, f: (series: VectorSeries) => VectorSeries): Fields => new Map([...fields].map(([name, series]) => [name, f(series)]))
  return { ofStep, order: orderOfFlow(scaling, ofStep.order), fields: mapped(ofStep.fields, (x) => inTimeOfFlow(scaling, x)), states: mapped(ofStep.states, (x) => spread(scaling, x)) }
}

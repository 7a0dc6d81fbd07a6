import { ONE, TWO, ZERO, add, div, frac, mul, num, pow, sub, sym } from '../algebra/build.js'
import { substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { series } from '../algebra/series.js'
import { isIdenticallyZero } from '../algebra/zero.js'
import { isLossAnywhere } from '../jets/field.js'
import { GRADIENT_ATOM, THETA, THETA_ATOM, type VectorAtom, combine, isZeroVector, subVectors, variableAtom, vectorOf } from '../jets/vector.js'
import { statesWithin } from '../jets/square.js'
import { allVectorsIn, vectorsIn, squaresIn } from '../jets/walk.js'
import type { Row } from '../laws/discrete.js'
import type { Laws } from '../laws/engine.js'
import { type Outcome, type Rule, nextName } from '../rules/model.js'
import { writtenOut } from '../rules/writtenOut.js'
import type { Plan } from './plan.js'
import type { HyperparametersAt } from './quantities.js'

/** Σ coefficientsᵣ·dʳq/dsʳ = drive in the time s that a step takes one of, with the drive held through each step. */
export interface Truncated {
  readonly coefficients: readonly Expr[]
  readonly drive: Expr
}

const ETA = sym('eta')
const no = (reason: string): Outcome<never> => ({ ok: false, reason })

/** Where a flow has the hyperparameters that follow a schedule: in the middle of a step, from there on a straight line to its start, and a step before the middle. */
const PLACES = ['middle', 'linear', 'before'] as const
type Place = (typeof PLACES)[number]

/** An expression with its scheduled hyperparameters, and the step k, taken at a place. */
type Placed = (e: Expr, place: Place) => Expr

const placedBy = (scheduled: readonly string[]): Placed => (e, place) =>
  substitute(e, new Map(scheduled.filter((name) => symbolsOf(e).has(name)).map((name) => [sym(name), sym(`${name}_${place}`)])))

const unplaced: Placed = (x) => x

/** The numbers of a truncated law: `numbers` at the start of step k, and those that follow a schedule at the places of a flow. */
export function placedNumbers(at: HyperparametersAt, scheduled: readonly string[]): HyperparametersAt {
  if (scheduled.length === 0) return at
  const withStep = (k: number): Readonly<Record<string, number>> => ({ ...at(k), k })
  const known = new Map<number, Readonly<Record<string, number>>>()
  const numbersOf = (k: number): Readonly<Record<string, number>> => {
    const [middle, early, late] = [1 / 2, 1 / 4, 3 / 4].map((x) => withStep(k + x))
    const values = scheduled.flatMap((name) => {
      const [x = 0, slope = 0] = [middle?.[name], 2 * ((late?.[name] ?? 0) - (early?.[name] ?? 0))]
      return [[`${name}_middle`, x], [`${name}_linear`, x - slope / 2], [`${name}_before`, x - slope]] as const
    })
    return { ...withStep(k), ...Object.fromEntries(values) }
  }
  return (k) => {
    const found = known.get(k) ?? numbersOf(k)
    known.set(k, found)
    return found
  }
}

/** A series in η up to a power; each order in η that is left is one that a schedule is expanded to about the middle of the step. */
function upTo(e: Expr, power: number, placed: Placed): Expr {
  const found = series(e, 'eta', power)
  return add(...found.coefficients.map((c, i) => {
    const left = power - found.valuation - i
    const term = mul(c, pow(ETA, num(found.valuation + i)))
    return left > 1 ? term : placed(term, left === 0 ? 'middle' : 'linear')
  }))
}

/** q' = m·q + d as q̇ = log(m)·q + d·log(m)/(m − 1), both as series in 1 − m, which is of order η. */
function ofOneRow({ coefficients: [m = ZERO], drives }: Row, order: number, placed: Placed): Outcome<Truncated> {
  const less = sub(ONE, m)
  if (!isIdenticallyZero(substitute(less, new Map([[ETA, ZERO]])))) return no('the exact law does not go over into a flow as eta tends to zero')
  const gain = add(...Array.from({ length: order + 2 }, (_, j) => div(pow(less, num(j)), num(j + 1))))
  const drive = add(...drives.map((d) => mul(upTo(mul(gain, d.coefficient), order + 1, placed), placed(d.drive, 'linear'))))
  return { ok: true, value: { coefficients: [upTo(mul(less, gain), order + 1, placed), ONE], drive } }
}

/**
 * q(s+1) = a·q + b·y + d and y(s+1) = c·q + e·y + u, without y: q(s+1) − (a + b·e₋/b₋) q(s) + b(a₋e₋/b₋ − c₋) q(s−1) = …, where ₋ is a step before.
 * Its shifts e^{±d/ds} are cut off behind the last derivative that the flow's law has. Rows beyond the two are measured.
 */
function ofTwoRows(rows: readonly Row[], rates: number, order: number, placed: Placed): Truncated {
  const entry = (i: number, j: number, place: Place): Expr => placed(rows[i]?.coefficients[j] ?? ZERO, place)
  const [a, b, c, e] = [entry(0, 0, 'before'), entry(0, 1, 'before'), entry(1, 0, 'before'), entry(1, 1, 'before')]
  const ahead = entry(0, 1, 'middle')
  const before = [ahead, mul(e, sub(TWO, div(b, ahead)))] as const // b/b₋ to first order in the rates
  const shifts = [[-1, sub(mul(before[1], a), mul(ahead, c))], [0, sub(ZERO, add(entry(0, 0, 'middle'), before[1]))], [1, ONE]] as const
  const factorials = [1, 1, 2]
  const coefficients = Array.from({ length: rates + 1 }, (_, r) =>
    upTo(add(...shifts.map(([shift, x]) => mul(x, frac(r === 0 ? 1 : shift ** r, factorials[r] ?? 1)))), order + 1 - r, unplaced))
  return { coefficients, drive: driveOfTwo(rows, order) }
}

/** What drives the first of two rows when the second is put into it, rows beyond them among it. */
function driveOfTwo(rows: readonly Row[], order: number): Expr {
  const [, own = ZERO] = rows[0]?.coefficients ?? []
  const [, memory = ZERO] = rows[1]?.coefficients ?? []
  return add(...[sub(ONE, memory), own].flatMap((factor, i) => {
    const { coefficients, drives } = rows[i] ?? { coefficients: [], drives: [] }
    const measured = rows.slice(2).map(({ contraction }, l) => ({ coefficient: coefficients[l + 2] ?? ZERO, drive: contraction }))
    return [...drives, ...measured].map((d) => mul(upTo(mul(factor, d.coefficient), order + 1, unplaced), d.drive))
  }))
}

const OTHER_STATES = 'the exact law has states of the rule where the flow has what they tend to'
const NEW_STATES = 'the exact law has states of the rule after the step in it, the flow those at its start'
const NEW_PARAMETERS = 'the drive of the exact law has the parameters after the step in it, that of the flow those at its start'
const drivesOf = (rows: readonly Row[]): readonly Expr[] => rows.map((row) => add(...row.drives.map((d) => mul(d.coefficient, d.drive))))
const speaksOfState = (e: Expr): boolean =>
  allVectorsIn(e).some((a) => (a.kind === 'variable' && a.name !== 'theta') || statesWithin(squaresIn(vectorOf(a))).size > 0)
const atRest = (e: Expr): Expr => substitute(e, new Map([[ETA, ZERO]]))

/** Whether θ moves by η times what a step makes of its one state, as by a velocity: not by one that follows positions, or by states of states. */
function isMovedByVelocity({ states, updates }: Rule): boolean {
  const moved = writtenOut({ updates }).get('theta')
  return states.length === 1 && moved !== undefined && isZeroVector(subVectors(combine(moved.terms.map((t) => [atRest(t.coefficient), vectorOf(t.atom)])), THETA))
}

/**
 * Whether the flow has the drives of two rows with θ̇ in place of the state: they hold its new value alone, or the gradient beside it, as those of
 * the flow do then, which closes with the same second derivative.
 */
function hasSameDrives({ coefficients: [, c1 = ZERO, c2 = ZERO], drive: exact }: Truncated, { rule, flows }: Pick<Laws, 'rule' | 'flows'>): boolean {
  if (!isMovedByVelocity(rule)) return false
  const velocities = new Set<VectorAtom>([THETA_ATOM, ...rule.states.map((s) => variableAtom(nextName(s.name)))])
  if (vectorsIn(exact).every((a) => velocities.has(a.kind === 'apply' ? a.argument : a))) return true
  return flows.some(({ law: { coefficients: [, rate = ZERO, second], drive } }) =>
    second !== undefined && allVectorsIn(drive).includes(GRADIENT_ATOM) && isIdenticallyZero(atRest(sub(mul(c1, div(second, ETA)), mul(c2, rate)))))
}

/**
 * The exact law of a step as a flow of the same order in η and with the same number of time derivatives, made from its recursion alone: what a
 * law of that order leaves out is the distance between the two.
 */
export function truncatedLaw({ laws, rows: measured, followed }: Pick<Plan, 'laws' | 'rows' | 'followed'>, scheduled: readonly string[]): Outcome<Truncated> {
  if (measured === undefined || followed === undefined) return no('there is no exact law of a step that a run records')
  const rows = measured.map((r) => r.row)
  const { order, law } = followed
  const { rule } = laws
  const rates = law.coefficients.length - 1
  const [first] = rows
  if (first === undefined || law.charge !== laws.discrete?.charge) return no('the law along the flow is not that of the charge of a step')
  const drives = drivesOf(rows)
  if (drives.flatMap(allVectorsIn).some((x) => x.kind === 'tensor' && isLossAnywhere(x.field) && x.field.at !== undefined))
    return no('the exact law has the gradient at another point of the step, the flow at its start')
  if (laws.rule.schedule && [...rows.flatMap((row) => row.coefficients), ...drives].some((e) => symbolsOf(e).has('k'))) return no('the exact law depends on the step number by itself, and is not cut off at a power of the learning rate')
  const placed = placedBy(scheduled)
  if (rows.length === 1 && rates === 1) return drives.some(speaksOfState) ? no(rule.states.length === 0 ? NEW_PARAMETERS : speaksOfState(law.drive) ? NEW_STATES : OTHER_STATES) : ofOneRow(first, order, placed)
  if (rows.length === 1 || order > 1 || rates !== order + 1) return no(`the law along the flow has ${rates} rate${rates === 1 ? '' : 's'} of the charge at order ${order}, the exact law of a step ${rows.length === 1 ? 'is one row' : `${rows.length} rows`}`)
  const value = ofTwoRows(rows, rates, order, placed)
  if (isIdenticallyZero(value.coefficients.at(-1) ?? ZERO)) return no('the exact law has a second row that moves as slowly as the charge, and the flow has none')
  return !speaksOfState(value.drive) || hasSameDrives(value, laws) ? { ok: true, value } : no(OTHER_STATES)
}

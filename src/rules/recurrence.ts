import { ONE, ZERO, add, frac, mul, neg, num, pow, sym, symbolsOf } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { polynomialCoefficients } from '../algebra/factor.js'
import { derivativeOf } from '../algebra/function.js'
import { cancel, numeratorDenominator } from '../algebra/rational-form.js'
import { factorial } from '../algebra/rational.js'
import { linearSolve } from '../algebra/solve.js'
import { factored } from '../algebra/squareFree.js'
import { isIdenticallyZero } from '../algebra/zero.js'
import { type Diagonal, applyDiagonal, commonSets, factorOn, numbersIn } from '../jets/diagonal.js'
import type { Schedules } from '../jets/leibniz.js'
import type { ProjectorOperator } from '../jets/operator.js'
import { simplifyVector } from '../jets/simplify.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { type Vector, subVectors, variable } from '../jets/vector.js'
import type { Elimination } from './cascade.js'
import { PROBE, diagonalOfProbe } from './coupling.js'
import { delayed, knownStates, valuesAt } from './delays.js'
import { type Outcome, type Rule, nextName } from './model.js'
import { type VectorSeries, combineSeries, shiftInTime, shiftSeries, substituteSeries, sumSeries, taylorInEta } from './series.js'
import { type Linear, linearIn, takenBy } from './taken.js'

/** The updates with the new values of some states written out; the new θ stays what it is. */
function withoutNewStates({ updates }: Rule, names: readonly string[]): ReadonlyMap<string, Vector> {
  const values = new Map<string, Vector>()
  for (const u of updates) {
    const earlier = [...values].filter(([name]) => names.includes(name)).map(([name, x]) => [nextName(name), x] as const)
    values.set(u.name, replaceInVector(u.value, byName(Object.fromEntries(earlier))))
  }
  return values
}

/** What a schedule is called at a step of a recurrence. */
const lateName = (name: string, step: number): string => `_step${step}_${name}`

/** s(t + τ) = Σ τⁱ/i! dⁱs/dtⁱ for every schedule s at each step of a recurrence, the last of which is that at t; and t + τ itself. */
function inTime(schedules: readonly string[], last: number, length: number): ReadonlyMap<Expr, Expr> {
  const valueAt = (name: string, passed: Expr): Expr =>
    name === 't' ? add(sym('t'), passed) : add(...Array.from({ length }, (_, i) => mul(frac(1n, factorial(i)), pow(passed, num(i)), derivativeOf(sym(name), 't', i))))
  const steps = Array.from({ length: last + 1 }, (_, j) => j)
  return new Map(schedules.flatMap((name) => steps.map((j) => [sym(lateName(name, j)), valueAt(name, mul(num(j - last), sym('eta')))] as const)))
}

/** y·A for a row y. */
const times = (row: readonly Expr[], matrix: readonly (readonly Expr[])[]): readonly Expr[] =>
  row.map((_, j) => cancel(add(...row.map((y, i) => mul(y, matrix[i]?.[j] ?? ZERO)))))

const POWER = '_power'

/** The first of some rows that the ones before it make up: numbers p, without a common denominator, with Σ pⱼ·rowⱼ = 0. */
function relation(rowAt: (j: number) => readonly Expr[]): readonly Expr[] {
  const rows: (readonly Expr[])[] = []
  const columns: number[] = []
  for (;;) {
    const row = rowAt(rows.length)
    const found = linearSolve(columns.map((c) => rows.map((r) => r[c] ?? ZERO)), columns.map((c) => neg(row[c] ?? ZERO)))
    const left = row.findIndex((x, c) => !isIdenticallyZero(add(x, ...rows.map((r, j) => mul(found?.[j] ?? ZERO, r[c] ?? ZERO)))))
    if (found !== undefined && left < 0) {
      const [numerator] = numeratorDenominator(add(...[...found, ONE].map((p, j) => mul(p, pow(sym(POWER), num(j))))))
      return (polynomialCoefficients(numerator, POWER) ?? []).map(factored)
    }
    rows.push(row)
    columns.push(left)
  }
}

/** Σ pⱼ·Sʲ(Sθ − e) = Σ qᵢ·Sⁱd, with S the shift by one step. */
interface Recurrence {
  readonly positions: readonly Expr[]
  /** A row for each step, with a number for each state. */
  readonly drives: readonly (readonly Expr[])[]
}

/** The numbers of a recurrence at a time, by their age in steps. */
const atTime = ({ positions, drives }: Recurrence, schedules: readonly string[], length: number): Recurrence => {
  const values = inTime(schedules, drives.length, length)
  const now = (c: Expr): Expr => substitute(c, values)
  return { positions: positions.map(now).toReversed(), drives: drives.map((row) => row.map(now)).toReversed() }
}

/**
 * θ alone, where x' = A x + d and θ' = C x + e: as many steps as there are states have C Aʲ for their answers to x, and a relation between these (for a constant A
 * its characteristic polynomial, or a factor of it) is one between the values of θ.
 */
function recurrenceOf(carried: readonly (readonly Expr[])[], taken: readonly Expr[], schedules: readonly string[]): Recurrence {
  const at = (c: Expr, step: number): Expr => substitute(c, Object.fromEntries(schedules.map((name) => [name, sym(lateName(name, step))])))
  /** C at step `to` by all A from there down to step `from`. */
  const through = (to: number, from: number): readonly Expr[] => {
    let row = taken.map((c) => at(c, to))
    for (let step = to - 1; step >= from; step -= 1) row = [...times(row, carried.map((entries) => entries.map((c) => at(c, step))))]
    return row
  }
  const positions = relation((j) => through(j, 0))
  const drives = positions.slice(1).map((_, i) => taken.map((_, state) => factored(add(...positions.map((p, j) => (j > i ? mul(p, through(j, i + 1)[state] ?? ZERO) : ZERO))))))
  return { positions, drives }
}

/** D(x) expanded in η, D a function of it. */
function timesSeries(d: Diagonal, x: VectorSeries, length: number): VectorSeries {
  const factors = taylorInEta(applyDiagonal(d, PROBE), length).map((term) => diagonalOfProbe(simplifyVector(term)))
  return combineSeries(factors.flatMap((factor, n) => (factor === undefined ? [] : [[ONE, shiftSeries(x.map((y) => applyDiagonal(factor, y)), n)] as const])), length)
}

/**
 * The states of a rule eliminated all at once, where the updates are linear in them with numbers that depend on schedules only: θ then satisfies a linear recurrence of
 * its own (as an autoregressive process with a moving average, Box & Jenkins 1976, §3.4), driven by what is read at θ.
 */
export function linearRecurrence(rule: Rule, schedules: Schedules): Outcome<Elimination> {
  const remembered = delayed(rule)
  const names = rule.states.map((s) => s.name).filter((name) => !remembered.includes(name))
  const updates = withoutNewStates(rule, names)
  const of = (name: string): Vector => updates.get(name) ?? variable(name)
  const states: Linear[] = []
  for (const name of names) {
    const linear = linearIn(of(name), names)
    if (typeof linear === 'string') return { ok: false, reason: notLinear(name, linear) }
    states.push(linear)
  }
  const taken = takenBy(of('theta'), names)
  if (typeof taken === 'string') return { ok: false, reason: notLinear('theta', taken) }
  const { multiples, rest, factor } = taken
  const sets = commonSets([...multiples, ...states.flatMap((s) => s.multiples)])
  if (sets === undefined) return { ok: false, reason: 'the sets of blocks with multiples of their own overlap' }
  const moving = ['t', ...schedules].filter((name) => [...multiples, ...states.flatMap((s) => s.multiples)].flatMap(numbersIn).some((c) => symbolsOf(c).has(name)))
  const on = (set?: ProjectorOperator): Recurrence => recurrenceOf(states.map((s) => s.multiples.map((d) => factorOn(d, set))), multiples.map((d) => factorOn(d, set)), moving)
  const [elsewhere, parts] = [on(), sets.map((set) => ({ set, recurrence: on(set) }))]
  const steps = Math.max(...[elsewhere, ...parts.map((p) => p.recurrence)].map(({ drives }) => drives.length))
  const equation = (length: number): Outcome<VectorSeries> => {
    const [others, own] = [atTime(elsewhere, moving, length), parts.map(({ set, recurrence }) => ({ set, recurrence: atTime(recurrence, moving, length) }))]
    const number = (find: (r: Recurrence) => Expr | undefined): Diagonal => ({ elsewhere: find(others) ?? ZERO, parts: own.map(({ set, recurrence }) => ({ set, factor: find(recurrence) ?? ZERO })) })
    const values = valuesAt(knownStates(rule, length, schedules), length, schedules)
    const known = (x: Vector): VectorSeries => substituteSeries(x, values, length)
    const before = (x: VectorSeries, age: number, d: Diagonal): VectorSeries => timesSeries(d, shiftInTime(x, -age, length, schedules), length)
    const step = subVectors(variable(nextName('theta')), rest)
    const moved = known(factor === undefined ? step : factor.over(step))
    const drives = states.map((s) => known(s.rest))
    const ages = Array.from({ length: steps + 1 }, (_, age) => age)
    const terms = ages.flatMap((age) => [
      [ONE, before(moved, age, number((r) => r.positions[age]))] as const,
      ...drives.map((drive, i) => [num(-1), before(drive, age + 1, number((r) => r.drives[age]?.[i]))] as const),
    ])
    const left = combineSeries(terms, length)
    return { ok: true, value: (factor === undefined ? left : taylorInEta(factor.times(sumSeries(left)), length)).map(simplifyVector) }
  }
  return { ok: true, value: { least: 1, shifts: Array.from({ length: steps }, (_, n) => n + 1), hasScale: false, equation } }
}

const notLinear = (name: string, state: string): string => `the update of ${name} holds the state ${state} in another way than by numbers on each block`

import { ONE, ZERO, add, div, frac, isZero, mul, pow, sub, sym } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { cancel } from '../algebra/rational-form.js'
import { linearSolve } from '../algebra/solve.js'
import { isZeroExpr } from '../algebra/zero.js'
import { deriveVector } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { byName, replaceInVector } from '../jets/substitute.js'
import { GRADIENT_ATOM, THETA, type Vector, ZERO_VECTOR, addVectors, coefficientOf, scaleVector, subVectors, variable } from '../jets/vector.js'
import { holds } from '../jets/walk.js'
import { PROBE, multipleOfProbe } from './coupling.js'
import { type Outcome, type Rule, nextName } from './model.js'
import { type VectorSeries, unlessSingular } from './series.js'
import { writtenOut } from './writtenOut.js'

/** The rule without the states whose old values no update uses: each is written out where its new value stands. */
export function withoutTemporaries(rule: Rule): Rule {
  const remembered = (state: string): boolean => rule.updates.some((u) => holds(u.value, state))
  const temporary = new Set(rule.states.map((s) => s.name).filter((state) => !remembered(state)))
  const meaning = new Map<string, Vector>()
  const updates: Rule['updates'][number][] = []
  for (const u of rule.updates) {
    const value = replaceInVector(u.value, byName(Object.fromEntries(meaning)))
    if (temporary.has(u.name)) meaning.set(nextName(u.name), value)
    else updates.push({ ...u, value })
  }
  return temporary.size === 0 ? rule : { ...rule, updates, states: rule.states.filter((s) => !temporary.has(s.name)) }
}

/** The rule without the states that never reach θ, such as an average that is only looked at: the same motion of θ. */
export function withoutIdleStates(rule: Rule): Rule {
  const reached = new Set(['theta'])
  for (const to of reached) {
    const update = rule.updates.find((u) => u.name === to)?.value ?? variable(to)
    for (const { name } of rule.states) if (holds(update, name) || holds(update, nextName(name))) reached.add(name)
  }
  const states = rule.states.filter((s) => reached.has(s.name))
  return states.length === rule.states.length ? rule : { ...rule, states, updates: rule.updates.filter((u) => reached.has(u.name) || rule.states.every((s) => s.name !== u.name)) }
}

/** What is found of a rule, or of the same motion without the states that never reach θ, where one of them is in the way. */
export function idleStatesAside<T>(rule: Rule, find: (rule: Rule) => Outcome<T>): Outcome<T> {
  const found = find(rule)
  const moving = found.ok ? rule : withoutIdleStates(rule)
  return moving === rule ? found : find(moving)
}

/** How an update answers to a shift of one of its variables, all gradients held: a multiple of the shift, or nothing where it is none. */
function answer(update: Vector, name: string): Expr {
  const linear = { terms: update.terms.filter((t) => t.atom.kind === 'variable') }
  return multipleOfProbe(deriveVector(linear, { variable: (n, order) => (n === name && order === 0 ? PROBE : ZERO_VECTOR) })) ?? ZERO
}

/** How every state answers to the states and to θ, and θ itself: a row for each state, the last one for θ, whose column is the last too. */
function answers(rule: Rule): readonly (readonly Expr[])[] {
  const updates = writtenOut(rule)
  const names = [...rule.states.map((s) => s.name), 'theta']
  return names.map((to) => names.map((from) => answer(updates.get(to) ?? variable(to), from)))
}

/** (1 − J)w = J_θ: what the rows of states leave of a shift of θ by one. */
const left = (rows: readonly (readonly Expr[])[]): { readonly matrix: readonly (readonly Expr[])[]; readonly right: readonly Expr[] } => ({
  matrix: rows.map((row, i) => row.slice(0, -1).map((c, j) => sub(i === j ? ONE : ZERO, c))),
  right: rows.map((row) => row.at(-1) ?? ZERO),
})

/** η to half so much. */
const halfPower = (n: number): Expr => pow(sym('eta'), frac(n, 2))
/** The limit of √ηⁿc as η vanishes; undefined where it has none. */
const limitOf = (c: Expr, n: number): Expr | undefined => unlessSingular(() => substitute(n === 0 ? c : cancel(mul(c, halfPower(n))), { eta: ZERO }))

/** Powers of √η that may stand in the answer of a state. */
const HALF_POWERS = Array.from({ length: 9 }, (_, i) => i - 4)

/**
 * The powers of √η in whose units the states answer by what is finite as η vanishes: 0 for a copy of the parameters, 2 for a velocity that is kept as a
 * difference of copies over η. θ comes last, with 0.
 */
function unitsOf(rows: readonly (readonly Expr[])[]): readonly number[] {
  const poles = rows.map((row) => row.map((c) => (isZero(c) ? -Infinity : (HALF_POWERS.find((n) => limitOf(c, n) !== undefined) ?? Infinity))))
  const none = rows.map(() => 0)
  return rows.reduce<readonly number[]>((units) => units.map((n, i) => (i === rows.length - 1 ? 0 : Math.max(n, ...units.map((m, j) => m + (poles[i]?.[j] ?? 0))))), none)
}

/** The answers as η vanishes, in units of the states; undefined where they have no limit. */
function answersAtRest(rows: readonly (readonly Expr[])[]): { readonly atZero: readonly (readonly Expr[])[]; readonly units: readonly number[] } | undefined {
  const isFinite = rows.every((row) => row.every((c) => limitOf(c, 0) !== undefined))
  const units = isFinite ? rows.map(() => 0) : unitsOf(rows)
  if (!units.every(Number.isFinite)) return undefined
  const atZero = rows.map((row, i) => row.flatMap((c, j) => limitOf(c, (units[i] ?? 0) - (units[j] ?? 0)) ?? []))
  return atZero.every((row) => row.length === rows.length) ? { atZero, units } : undefined
}

/**
 * The shifts of the states that go with a shift of θ where the states alone do not settle as η vanishes: z in `z: z - eta*g`, `theta: beta*theta
 * + (1 - beta)*z` only adds up steps, and θ follows it. The shifts (w, 1) are those that the whole rule leaves as they are.
 * @returns undefined where the states settle, or more shifts than one are left as they are
 */
function sharedShifts(rows: readonly (readonly Expr[])[]): readonly Expr[] | undefined {
  const found = answersAtRest(rows)
  if (found === undefined) return undefined
  const { atZero, units } = found
  const { matrix, right } = left(atZero.slice(0, -1))
  if (linearSolve(matrix, right) !== undefined) return undefined
  const own = atZero.at(-1) ?? []
  const row = own.slice(0, -1)
  const value = sub(ONE, own.at(-1) ?? ZERO)
  for (const [i, replaced] of matrix.entries()) {
    const solved = linearSolve(matrix.with(i, row), right.with(i, value))
    if (solved !== undefined && isZeroExpr(sub(add(...replaced.map((c, j) => mul(c, solved[j] ?? ZERO))), right[i] ?? ZERO)).zero) return solved.map((x, j) => div(x, halfPower(units[j] ?? 0)))
  }
  return undefined
}

/**
 * How much of a shift of θ each state takes part in once it has settled, gradients unchanged: 0 for a momentum, 1 for a copy of the parameters
 * such as the second sequence of Nesterov's method or an average of the iterates. What a state holds beyond that is memory.
 */
export function translationWeights(rule: Rule): ReadonlyMap<string, Expr> {
  const rows = answers(rule)
  const { matrix, right } = left(rows.slice(0, -1))
  const solved = sharedShifts(rows) ?? linearSolve(matrix, right)
  return new Map(rule.states.map(({ name }, i) => [name, solved?.[i] ?? ZERO]))
}

/** The copies of the parameters, with their weights, where θ follows one that only adds up steps: it does not relax, what it lacks of θ does. */
function followedCopies(rule: Rule): ReadonlyMap<string, Expr> {
  const shifts = sharedShifts(answers(rule)) ?? []
  return new Map(rule.states.flatMap(({ name }, i) => (isZero(shifts[i] ?? ZERO) ? [] : [[name, shifts[i] ?? ZERO] as const])))
}

/** The rule, with relative states where θ follows a copy of itself that only adds up steps. */
export const withRelaxingStates = (rule: Rule): Rule => (followedCopies(rule).size === 0 ? rule : withRelativeStates(rule))

/** The states of a rule by what its rule with relaxing states has for them. */
export function fromRelaxingStates(rule: Rule, states: ReadonlyMap<string, VectorSeries>): ReadonlyMap<string, VectorSeries> {
  const copies = followedCopies(rule)
  return new Map([...states].map(([name, series]) => {
    const weight = copies.get(name)
    return [name, weight === undefined ? series : series.map((x, n) => subVectors(n === 0 ? scaleVector(weight, THETA) : ZERO_VECTOR, x))]
  }))
}

/** The rule with every copy y of the parameters replaced by what it lacks of them, c·θ − y: the same motion of θ. */
export function withRelativeStates(rule: Rule): Rule {
  const copies = [...translationWeights(rule)].filter(([, weight]) => !isZero(weight))
  const old = byName(Object.fromEntries(copies.map(([name, c]) => [name, subVectors(scaleVector(c, THETA), variable(name))])))
  const values = new Map([...writtenOut(rule)].map(([name, x]) => [name, replaceInVector(x, old)]))
  const lack = new Map(copies.map(([name, c]) => [name, subVectors(scaleVector(c, values.get('theta') ?? THETA), values.get(name) ?? variable(name))]))
  return { ...rule, updates: rule.updates.map((u) => ({ ...u, value: simplifyVector(lack.get(u.name) ?? values.get(u.name) ?? u.value) })) }
}

/**
 * The same motion of θ with what θ lacks of a copy that it follows in units of its own step, where that is a multiple of it, as in heavy ball: no
 * gradient is left in the update of θ, and its equation of motion has none of the gradient's derivatives.
 */
export function withStepsAsStates(given: Rule): Rule {
  const rule = withRelaxingStates(given)
  const [state] = [...followedCopies(given).keys()]
  const of = (name: string): Vector => rule.updates.find((u) => u.name === name)?.value ?? variable(name)
  if (state === undefined) return rule
  const [step, drive] = [of('theta'), of(state)].map((x) => coefficientOf(x, GRADIENT_ATOM))
  if (step === undefined || drive === undefined || isZero(step) || isZero(drive)) return rule
  const factor = cancel(div(step, drive))
  const scaled = scaleVector(factor, replaceInVector(of(state), byName({ [state]: scaleVector(div(ONE, factor), variable(state)) })))
  const rest = simplifyVector(subVectors(of('theta'), scaleVector(factor, of(state))))
  if (holds(rest, state)) return rule
  const others = rule.updates.filter((u) => u.name !== 'theta' && u.name !== state)
  return { ...rule, updates: [...others, { name: state, value: simplifyVector(scaled) }, { name: 'theta', value: addVectors(rest, variable(nextName(state))) }] }
}

import { ONE, ZERO, add, div, isZero, sub, sym } from '../algebra/build.js'
import { substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { R1, absR, compareR } from '../algebra/rational.js'
import { factored } from '../algebra/squareFree.js'
import { type Square, type SquareFactor, combineSquares, mapSquare, scalarsWithin, statesWithin, termsWithin, vectorsWithin } from '../jets/square.js'
import { rebuildVector, substituteScalars } from '../jets/substitute.js'
import { type Vector, fieldAt, pointOf } from '../jets/vector.js'
import { allVectorsOf, scalarsOf, squaresIn } from '../jets/walk.js'
import { multipliesByMatrices } from './matrixStates.js'
import type { MatrixState, Outcome, Rule } from './model.js'
import { transientsIn } from './slow.js'

/** A rule to leading order in η: its matrices are what they relax to. */
export interface SettledRule {
  readonly rule: Rule
  /** What each matrix relaxes to, with its update as η vanishes and the others are there already. */
  readonly matrices: readonly { readonly state: MatrixState; readonly value: Square; readonly after: Square }[]
}

const withScalars = (square: Square, values: ReadonlyMap<Expr, Expr>): Square => mapSquare(square, (x) => substituteScalars(x, values), (e) => substitute(e, values))

/** A matrix with what is known of states in their places; a state that has its new value has relaxed to the same. */
function withStates(square: Square, known: ReadonlyMap<string, Square>): Square {
  const value = (f: SquareFactor): Square | undefined => (f.kind === 'state' ? known.get(f.name.replace(/_next$/, '')) : undefined)
  const filled = (s: Square): Square => ({ ...combineSquares(s.terms.map((t) => [t.coefficient, value(t.factor) ?? { side: s.side, terms: [{ ...t, coefficient: ONE }] }] as const)), side: s.side })
  return mapSquare(square, (x) => x, (e) => e, filled)
}

const vectorWithStates = (x: Vector, known: ReadonlyMap<string, Square>): Vector =>
  rebuildVector(x, {
    square: (s) => withStates(s, known),
    field: (field) => (field.sandwich === undefined ? field : fieldAt(field, { name: '', point: vectorWithStates(pointOf(field), known) })),
  })

const refused = (reason: string): { readonly ok: false; readonly reason: string } => ({ ok: false, reason })

/** S with S = c S + rest, where the update of a matrix is that. */
function fixedPoint({ name, side }: MatrixState, update: Square): Outcome<Square> {
  const isOwn = ({ factor }: Square['terms'][number]): boolean => factor.kind === 'state' && factor.name === name
  const kept = add(...update.terms.filter(isOwn).map((t) => t.coefficient))
  const rest: Square = { side, terms: update.terms.filter((t) => !isOwn(t)) }
  const [other] = statesWithin([rest])
  if (other !== undefined) return refused(other === name ? `the matrix ${name} holds itself in another way than as a multiple, so it cannot be eliminated` : `the matrices ${name} and ${other} hold each other`)
  if ([kept, ...scalarsWithin(rest)].some((e) => symbolsOf(e).has('k'))) return refused(`the update of the matrix ${name} depends on the step number k`)
  const isGrowing = kept.kind === 'number' && compareR(absR(kept.value), R1) > 0
  if (isGrowing) return refused(`the matrix ${name} keeps more than all of itself and does not relax`)
  const lost = factored(sub(ONE, kept))
  if (isZero(lost)) return refused(`the matrix ${name} adds up all steps so far and does not relax`)
  return { ok: true, value: combineSquares([[div(ONE, lost), rest]]) }
}

/** Whether a power has an expansion in η where its base has lost rank, as g gᵀ of a block that is not square has. */
function losesRank({ factor }: Square['terms'][number]): boolean {
  if (factor.kind !== 'power') return false
  const { exponent, of } = factor
  const isWhole = exponent.kind === 'number' && exponent.value.den === 1n && exponent.value.num > 0n
  return !isWhole && !of.terms.some((t) => t.factor.kind === 'identity')
}

/**
 * A rule that multiplies by matrices to leading order in η: a matrix that keeps a part c of itself relaxes to S = c S + …, so an average of g gᵀ to g gᵀ.
 * @returns undefined for a rule that multiplies by none, the reason where a matrix does not relax or the step has no expansion.
 */
export function settledMatrices(given: Rule): Outcome<SettledRule> | undefined {
  if (!multipliesByMatrices(given)) return undefined
  if (given.schedules.size > 0) return refused('the matrices relax to what they are at constant hyperparameters; with schedules their flow is not derived')
  const scalars = [...given.updates.flatMap((u) => scalarsOf(u.value)), ...given.matrices.flatMap((m) => scalarsWithin(m.update))]
  const limit = new Map<Expr, Expr>(transientsIn(scalars).map((p) => [p, ZERO] as const))
  const known = new Map<string, Square>()
  const found: SettledRule['matrices'][number][] = []
  for (let open = given.matrices; open.length > 0; ) {
    const updates = open.map((state) => ({ state, update: withStates(withScalars(withScalars(state.update, limit), new Map([[sym('eta'), ZERO]])), known) }))
    const results = updates.map(({ state, update }) => ({ state, update, solved: fixedPoint(state, update) }))
    const next = results.find(({ solved }) => solved.ok)
    if (next?.solved.ok !== true) return results[0]?.solved.ok === false ? results[0].solved : refused('the matrices do not relax')
    known.set(next.state.name, next.solved.value)
    found.push({ state: next.state, value: next.solved.value, after: withStates(next.update, known) })
    open = open.filter((state) => state !== next.state)
  }
  const updates = given.updates.map(({ name, value }) => ({ name, value: vectorWithStates(substituteScalars(value, limit), known) }))
  const squares = updates.flatMap((u) => squaresIn(u.value))
  const [inPoint] = statesWithin(squares)
  if (inPoint !== undefined) return refused(`the gradient is read at a point to which the matrix ${inPoint} leads: what it tends to is not derived`)
  const driven = updates.find((u) => u.name !== 'theta' && squaresIn(u.value).length > 0)
  if (driven !== undefined) return refused(`the state ${driven.name} relaxes to a product with matrices that change with theta, whose derivative is not derived`)
  const states = new Set(given.states.map((s) => s.name))
  const held = squares.flatMap(vectorsWithin).flatMap(allVectorsOf).find((a) => a.kind === 'variable' && (states.has(a.name.replace(/_next$/, '')) || a.name.endsWith('_next')))
  if (held?.kind === 'variable') return refused(`a matrix holds ${held.name}, which relaxes too: the flow of the two together is not derived`)
  if (squares.flatMap(termsWithin).some(losesRank))
    return refused('a power of a matrix that tends to one without full rank, as g*transpose(g) of a block that is not square, has no expansion in powers of eta: add a multiple of I, as in mpow(L + epsilon*I, -1/4)')
  return { ok: true, value: { rule: { ...given, updates, matrices: [] }, matrices: found } }
}

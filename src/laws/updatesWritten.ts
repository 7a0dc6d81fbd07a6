import type { Expr } from '../algebra/expr.js'
import { type Written, writeSquare, writeVector } from '../jets/notation.js'
import { statesWithin, termsWithin } from '../jets/square.js'
import { vectorOf } from '../jets/vector.js'
import { allVectorsIn, squaresIn } from '../jets/walk.js'
import { type Rule, nextName } from '../rules/rule.js'

/** An update as it is told: the name of what takes the value, and the value. */
export interface WrittenUpdate {
  readonly name: string
  readonly value: Written
}

/** The updates of a rule in their order, those of matrices among them. */
export function updatesWritten({ updates, matrices }: Pick<Rule, 'updates' | 'matrices'>): readonly WrittenUpdate[] {
  const before = (i: number): readonly WrittenUpdate[] => matrices.filter((m) => m.after === i).map(({ name, update }) => ({ name, value: writeSquare(update) }))
  return [...updates.flatMap(({ name, value }, i) => [...before(i), { name, value: writeVector(value) }]), ...before(updates.length)]
}

/** What matrices beside vectors are, as clauses for a reader of the rule. */
export function matrixNotation({ updates, matrices }: Pick<Rule, 'updates' | 'matrices'>): readonly string[] {
  const squares = [...updates.flatMap((u) => squaresIn(u.value)), ...matrices.map((m) => m.update)]
  const shapes = matrices.map(({ name, side }) => `${name} [${side}, ${side}]`)
  const hasPower = squares.flatMap(termsWithin).some(({ factor }) => factor.kind === 'power')
  return [
    ...(squares.length === 0 ? [] : [`products with ${shapes.length === 0 ? 'matrices' : `the matrices ${shapes.join(' and ')}`} are taken block by block; a vector is one column, a kernel [filters, all else]`]),
    ...(hasPower ? ['mpow(S, p) is the power p of a symmetric positive matrix S over its eigenvalues above zero'] : []),
  ]
}

/** The matrices of which the new values are named in scalars. */
export const namedMatrices = (scalars: readonly Expr[]): readonly string[] =>
  [...statesWithin(scalars.flatMap(allVectorsIn).flatMap((a) => squaresIn(vectorOf(a))))].filter((name) => name.endsWith(nextName('')))

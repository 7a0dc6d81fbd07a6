import { ONE, ZERO, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { linearSolve } from '../algebra/solve.js'
import { type Diagonal, commonSets, diagonalOf, factorOn } from '../jets/diagonal.js'
import type { ProjectorOperator } from '../jets/operator.js'
import { simplifyVector } from '../jets/simplify.js'
import { type Vector, addVectors, apply, coefficientOf, combine, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'

/** A direction that no rule has. */
export const PROBE = variable('_x')
const PROBE_ATOM = variableAtom('_x')
/** c where a vector is c times the probe. */
export function multipleOfProbe(x: Vector): Expr | undefined {
  const c = coefficientOf(x, PROBE_ATOM)
  return isZeroVector(subVectors(x, scaleVector(c, PROBE))) ? c : undefined
}

/** Solves (1 − J)x = b by the inverse of 1 − J; J a square matrix of scalars, b vectors. Undefined where 1 − J is singular. */
export function solveCoupled(couplings: readonly (readonly Expr[])[], right: readonly Vector[]): readonly Vector[] | undefined {
  const unit = (i: number): readonly Expr[] => right.map((_, j) => (i === j ? ONE : ZERO))
  const matrix = couplings.map((row, i) => row.map((c, j) => sub(unit(i)[j] ?? ZERO, c)))
  const columns = right.map((_, j) => linearSolve(matrix, unit(j)))
  if (columns.includes(undefined)) return undefined
  return right.map((_, i) => simplifyVector(combine(right.map((x, j) => [columns[j]?.[i] ?? ZERO, x] as const))))
}

/** D where a vector is D(probe), a multiple of the probe on every block. */
export const diagonalOfProbe = (x: Vector): Diagonal | undefined => diagonalOf(x, PROBE_ATOM)

/** Solves (1 − J)x = b on each set of blocks that has couplings of its own, and elsewhere. */
export function solveByBlocks(couplings: readonly (readonly Diagonal[])[], right: readonly Vector[]): readonly Vector[] | undefined {
  const sets = commonSets(couplings.flat())
  const on = (set: ProjectorOperator | undefined): readonly Vector[] | undefined => solveCoupled(couplings.map((row) => row.map((d) => factorOn(d, set))), right)
  const elsewhere = on(undefined)
  const solved = sets?.map((set) => ({ set, values: on(set) }))
  if (elsewhere === undefined || solved === undefined || solved.some(({ values }) => values === undefined)) return undefined
  return elsewhere.map((x, i) => addVectors(x, ...solved.map(({ set, values }) => apply(set, subVectors(values?.[i] ?? x, x)))))
}

import { ONE, ZERO, div, isZero, mul, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { type Diagonal, commonSets, diagonalOf, factorOn } from '../jets/diagonal.js'
import type { ProjectorOperator } from '../jets/operator.js'
import { simplifyVector } from '../jets/simplify.js'
import { type Vector, ZERO_VECTOR, addVectors, apply, coefficientOf, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'

/** A direction that no rule has. */
export const PROBE = variable('_x')
const PROBE_ATOM = variableAtom('_x')
/** c where a vector is c times the probe. */
export function multipleOfProbe(x: Vector): Expr | undefined {
  const c = coefficientOf(x, PROBE_ATOM)
  return isZeroVector(subVectors(x, scaleVector(c, PROBE))) ? c : undefined
}

/** Solves (1 − J)x = b by elimination; J a square matrix of scalars, b vectors. */
export function solveCoupled(couplings: readonly (readonly Expr[])[], right: readonly Vector[]): readonly Vector[] | undefined {
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
      b[k] = subVectors(b[k] ?? ZERO_VECTOR, scaleVector(factor, b[i] ?? ZERO_VECTOR))
    }
  }
  return b.map((x, i) => simplifyVector(scaleVector(div(ONE, m[i]?.[i] ?? ONE), x)))
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

import { ONE, ZERO, div, isZero, mul, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { simplifyVector } from '../jets/simplify.js'
import { type Vector, ZERO_VECTOR, coefficientOf, isZeroVector, scaleVector, subVectors, variable, variableAtom } from '../jets/vector.js'

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

import { add, derivativeOf, mul, sym } from '../algebra/build.js'
import { substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import type { Statement } from './derivation.js'
import type { Laws } from './engine.js'
import type { LinearLaw } from './flow.js'
import { letterOf } from './letter.js'

/**
 * Σ coefficient·dʲq/dtʲ = drive, with q, or the letter that is printed for it, for the charge, also where it stands in a coefficient or the drive by
 * itself: diff(q,t) = -2*lambda*q^2.
 */
export function lawEquation(law: Pick<LinearLaw, 'charge' | 'coefficients' | 'drive'>, laws: Pick<Laws, 'symmetry'>): Statement {
  const charge = sym(letterOf(laws))
  const told = (e: Expr): Expr => (law.charge.kind === 'atom' ? substitute(e, new Map([[law.charge, charge]])) : e)
  const left = add(...law.coefficients.map((c, j) => mul(told(c), derivativeOf(charge, 't', j))))
  return writeEquation(writeScalar(left), writeScalar(told(law.drive)))
}

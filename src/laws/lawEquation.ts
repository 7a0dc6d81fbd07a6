import { add, derivativeOf, mul, sym } from '../algebra/build.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import type { Statement } from './derivation.js'
import type { LinearLaw } from './flow.js'

/** Σ coefficient·dʲq/dtʲ = drive, with q for the charge. */
export function lawEquation(law: Pick<LinearLaw, 'coefficients' | 'drive'>): Statement {
  const left = add(...law.coefficients.map((c, j) => mul(c, derivativeOf(sym('q'), 't', j))))
  return writeEquation(writeScalar(left), writeScalar(law.drive))
}

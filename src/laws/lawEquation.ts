import { add, derivativeOf, mul, sym } from '../algebra/build.js'
import { writeEquation, writeScalar } from '../jets/notation.js'
import type { Statement } from './derivation.js'
import type { Laws } from './engine.js'
import type { LinearLaw } from './flow.js'
import { letterOf } from './letter.js'

/** Σ coefficient·dʲq/dtʲ = drive, with q, or the letter that is printed for it, for the charge. */
export function lawEquation(law: Pick<LinearLaw, 'coefficients' | 'drive'>, laws: Pick<Laws, 'symmetry'>): Statement {
  const charge = sym(letterOf(laws))
  const left = add(...law.coefficients.map((c, j) => mul(c, derivativeOf(charge, 't', j))))
  return writeEquation(writeScalar(left), writeScalar(law.drive))
}

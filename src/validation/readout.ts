import { ONE, ZERO, div, isZero, sym } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { simplifyScalar } from '../jets/simplify.js'
import { replaceInScalar } from '../jets/substitute.js'
import { THETA, scaleVector, subVectors } from '../jets/vector.js'
import { expandIn } from '../laws/eliminate.js'
import type { Laws } from '../laws/engine.js'
import { writtenOut } from '../rules/writtenOut.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'
import { type Quantity, quantityOf } from './quantities.js'

/** The charge that a run draws, Σ coefficientᵢ·(contraction of row i) + drive. */
export interface Readout {
  readonly coefficients: readonly Expr[]
  readonly drive: Quantity | undefined
}

/**
 * The charge of the flow by the contractions of the exact law: the same for a function of θ; a momentum ⟨θ̇, ξ⟩ is that of the step the rule is
 * about to take, ⟨(θ' − θ)/η, ξ⟩, reduced by the symmetry.
 * @returns undefined where a run does not record what is left
 */
export function readoutOf({ flows, discrete, rule, rules }: Laws, symmetry: NetworkSymmetry): Readout | undefined {
  const charge = flows[0]?.law.charge ?? discrete?.charge
  const update = writtenOut(rule).get('theta')
  if (charge === undefined || discrete === undefined || update === undefined) return undefined
  if (charge === discrete.charge) return { coefficients: discrete.rows.map((_, i) => (i === 0 ? ONE : ZERO)), drive: undefined }
  const rate = scaleVector(div(ONE, sym('eta')), subVectors(update, THETA))
  const ahead = replaceInScalar(charge, (name, order) => (name === 'theta' && order === 1 ? rate : undefined))
  const { coefficients, rest } = expandIn(simplifyScalar(rules.scalar(ahead)), discrete.rows.map((row) => row.contraction))
  const drive = isZero(rest) ? undefined : quantityOf(rest, symmetry)
  return isZero(rest) || drive !== undefined ? { coefficients, drive } : undefined
}

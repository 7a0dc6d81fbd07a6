import { ONE, TWO, ZERO, atom, div, isZero, sym } from '../algebra/build.js'
import { mapAtoms } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction } from '../jets/contraction.js'
import { simplifyScalar } from '../jets/simplify.js'
import { replaceInScalar } from '../jets/substitute.js'
import { THETA, addVectors, scaleVector, subVectors } from '../jets/vector.js'
import { expandIn } from '../laws/eliminate.js'
import type { Laws } from '../laws/engine.js'
import { writtenOut } from '../rules/writtenOut.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'
import { type Quantity, isOfMiddle, quantityOf } from './quantities.js'

/** The charge that a run draws, Σ coefficientᵢ·(contraction of row i) + drive. */
export interface Readout {
  readonly coefficients: readonly Expr[]
  readonly drive: Quantity | undefined
}

/**
 * The charge of the flow by the contractions of the exact law: the same for a function of θ; a momentum ⟨θ̇, ξ⟩ is that of the step the rule is
 * about to take, ⟨(θ' − θ)/η, ξ⟩, with θ itself in its middle, reduced by the symmetry.
 * @returns undefined where a run does not record what is left
 */
export function readoutOf({ flows, discrete, rule, rules }: Laws, symmetry: NetworkSymmetry): Readout | undefined {
  const charge = flows[0]?.law.charge ?? discrete?.charge
  const update = writtenOut(rule).get('theta')
  if (charge === undefined || discrete === undefined || update === undefined) return undefined
  if (charge === discrete.charge) return { coefficients: discrete.rows.map((_, i) => (i === 0 ? ONE : ZERO)), drive: undefined }
  const rate = scaleVector(div(ONE, sym('eta')), subVectors(update, THETA))
  const middle = addVectors(THETA, scaleVector(div(sym('eta'), TWO), rate))
  const ahead = mapAtoms(charge, (o) => {
    const c = asContraction(o)
    const position = c !== undefined && isOfMiddle(c) ? middle : undefined
    return replaceInScalar(atom(o), (name, order) => (name !== 'theta' ? undefined : order === 1 ? rate : order === 0 ? position : undefined))
  })
  const { coefficients, rest } = expandIn(simplifyScalar(rules.scalar(ahead)), discrete.rows.map((row) => row.contraction))
  const drive = isZero(rest) ? undefined : quantityOf(rest, symmetry)
  return isZero(rest) || drive !== undefined ? { coefficients, drive } : undefined
}

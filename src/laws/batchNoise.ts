import { add, atom, sub } from '../algebra/build.js'
import { mapAtoms } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction } from '../jets/contraction.js'
import { simplifyScalar } from '../jets/simplify.js'
import { childrenOf } from '../jets/walk.js'
import { isLossAnywhere } from '../jets/field.js'
import { GRADIENT_ATOM, type VectorAtom, variable, vectorOf } from '../jets/vector.js'
import type { Budget } from './budget.js'
import { isFraction } from './discrete.js'
import { vectorWithGradient, withGradient } from './gradientVariable.js'

/** Where the noise of earlier batches is, for rules with states. */
export const earlierNoise = (states: readonly string[]): string =>
  `what the noise of earlier batches has left in ${states.join(' and ')} counts where ${states.length === 1 ? 'this state stands' : 'these states stand'}`

/** The gradient of the loss on all data, where g is that of the batch. */
export const FULL_GRADIENT = variable('full')

/** Whether a function of components, or of a matrix, is one of g. */
const isOfGradient = (a: VectorAtom): boolean =>
  (a.kind === 'elementwise' || (a.kind === 'tensor' && a.field.gradient !== undefined)) && vectorWithGradient(vectorOf(a), FULL_GRADIENT).terms[0]?.atom !== a

/** Whether g stands beside a higher derivative of the loss or one at another point, which the batch has its own of, in a function, or in a new state. */
const isInvolved = (a: VectorAtom): boolean =>
  (a.kind === 'variable' && a.name.endsWith('_next')) ||
  (a.kind === 'tensor' && isLossAnywhere(a.field) && a !== GRADIENT_ATOM) || isOfGradient(a) || childrenOf(a).some(isInvolved)

/**
 * What the noise of a minibatch does to a charge in one step, beyond what the gradient on all data would: the budget with g less the budget with
 * the full gradient in its place. Zero for a budget in which g does not occur.
 * @returns undefined where the step holds higher derivatives of the batch's loss, those at other points, functions of g or new states, for which the difference says no
 *   more than the budget itself
 */
export function batchNoise({ charge, terms }: Budget): Expr | undefined {
  const total = add(...terms.map((t) => t.change))
  let involved = false
  mapAtoms(total, (o) => {
    const c = asContraction(o)
    involved ||= c !== undefined && (isInvolved(c.left) || isInvolved(c.right))
    return atom(o)
  })
  if (involved) return undefined
  const noise = sub(total, withGradient(total, FULL_GRADIENT))
  return isFraction(charge) ? noise : simplifyScalar(noise)
}

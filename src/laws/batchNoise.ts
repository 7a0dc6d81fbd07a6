import { add, atom, sub } from '../algebra/build.js'
import { mapAtoms } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction, dot } from '../jets/contraction.js'
import { elementwise } from '../jets/elementwise.js'
import { simplifyScalar } from '../jets/simplify.js'
import { GRADIENT_ATOM, type Vector, type VectorAtom, apply, slotsOf, tensor, variable, vectorOf } from '../jets/vector.js'
import type { Budget } from './budget.js'

/** The gradient of the loss on all data, where g is that of the batch. */
export const FULL_GRADIENT = variable('full')

function inAtom(a: VectorAtom): Vector {
  if (a === GRADIENT_ATOM) return FULL_GRADIENT
  if (a.kind === 'apply') return apply(a.operator, inAtom(a.argument))
  if (a.kind === 'elementwise') return elementwise(withFullGradient(a.body), Object.fromEntries(a.args.map((x, i) => [`_${i}`, inAtom(x)])))
  if (a.kind === 'tensor') return tensor(a.field, a.along.map(inAtom), a.own.map((x) => (x === null ? null : inAtom(x))), a.openAlong)
  return vectorOf(a)
}

/** A scalar with the full gradient in the place of the batch's. */
function withFullGradient(e: Expr): Expr {
  return mapAtoms(e, (o) => {
    const c = asContraction(o)
    return c === undefined ? atom(o) : dot(inAtom(c.left), inAtom(c.right))
  })
}

/** Whether g stands in a higher derivative of the loss, which the batch has its own of, in a function of components, or in a new state. */
const isInvolved = (a: VectorAtom): boolean =>
  (a.kind === 'variable' && a.name.endsWith('_next')) ||
  (a.kind === 'tensor' && a.field.name === 'f' && a.along.length > 0) || (a.kind === 'elementwise' && inAtom(a).terms[0]?.atom !== a) || slotsOf(a).some((s) => isInvolved(s.child))

/**
 * What the noise of a minibatch does to a charge in one step, beyond what the gradient on all data would: the budget with g less the budget with
 * the full gradient in its place. Zero for a budget in which g does not occur.
 * @returns undefined where the step holds higher derivatives of the batch's loss, functions of g or new states, for which the difference says no
 *   more than the budget itself
 */
export function batchNoise({ terms }: Budget): Expr | undefined {
  const total = add(...terms.map((t) => t.change))
  let involved = false
  mapAtoms(total, (o) => {
    const c = asContraction(o)
    involved ||= c !== undefined && (isInvolved(c.left) || isInvolved(c.right))
    return atom(o)
  })
  if (involved) return undefined
  return simplifyScalar(sub(total, withFullGradient(total)))
}

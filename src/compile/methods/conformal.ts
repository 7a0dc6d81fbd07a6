import { ZERO, neg, sym } from '../../algebra/build.js'
import { differentiate, substitute } from '../../algebra/calculus.js'
import { expand } from '../../algebra/expand.js'
import type { Expr } from '../../algebra/expr.js'
import { symbolsOf } from '../../algebra/parts.js'
import { InputError } from '../../errors.js'
import type { System } from '../integrator/rightHandSide.js'

/**
 * Compositions of the splitting step: substeps as parts of the step. The single one has order 2; the triple jump of
 * Yoshida, Phys. Lett. A 150 (1990) 262, has order 4.
 */
const CUBE_ROOT = Math.cbrt(2)
export const CONFORMAL: Readonly<Record<string, { readonly order: number; readonly substeps: readonly number[] }>> = {
  conformal2: { order: 2, substeps: [1] },
  conformal4: { order: 4, substeps: [1 / (2 - CUBE_ROOT), -CUBE_ROOT / (2 - CUBE_ROOT), 1 / (2 - CUBE_ROOT)] },
}

/**
 * A damped Lagrangian system q′ = v, v′ = −γ(t) v + a(q, t), as one degree of freedom a triple of position, velocity and expressions.
 */
export interface DegreeOfFreedom {
  readonly position: number
  readonly velocity: number
  /** γ. */
  readonly damping: Expr
  /** a. */
  readonly acceleration: Expr
}

/**
 * Recognises a damped Lagrangian system.
 * @throws InputError if the equations are not of its form.
 */
export function degreesOfFreedom(system: System): readonly DegreeOfFreedom[] {
  const { states, rhs } = system
  const refuse = (why: string): InputError =>
    new InputError(`no damped Lagrangian system: ${why}`, 'write q′ = v, v′ = −γ v + a(q), or use another method')
  const degrees = rhs.flatMap((rate, position): readonly DegreeOfFreedom[] => {
    const velocity = states.findIndex((s, k) => k !== position && rate === sym(s))
    const force = rhs[velocity]
    const name = states[velocity]
    if (force === undefined || name === undefined) return []
    const damping = expand(neg(differentiate(force, name)))
    if (states.some((s) => symbolsOf(damping).has(s))) throw refuse(`the damping of ${name} depends on the state`)
    return [{ position, velocity, damping, acceleration: substitute(force, { [name]: ZERO }) }]
  })
  const velocities = new Set(degrees.map((d) => d.velocity))
  if (2 * degrees.length !== states.length || velocities.size !== degrees.length || degrees.some((d) => velocities.has(d.position)))
    throw refuse('not every state is a position or its velocity')
  for (const d of degrees)
    for (const v of velocities)
      if (symbolsOf(d.acceleration).has(states[v] ?? '')) throw refuse(`the force on ${states[d.velocity]} depends on ${states[v]}`)
  return degrees
}

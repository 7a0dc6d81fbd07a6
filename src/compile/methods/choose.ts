import { InputError } from '../../errors.js'
import { type GeneratedIntegrator, contextFor, generateIntegrator } from '../integrator/driver.js'
import { ExplicitMethod, storageFor } from '../integrator/explicit.js'
import type { System } from '../integrator/rightHandSide.js'
import { TABLEAUS } from './index.js'

/** Names of all methods for ordinary differential equations. */
export const METHODS: readonly string[] = Object.keys(TABLEAUS)

/**
 * The integrator of a system by a method.
 * @throws InputError for an unknown method.
 */
export function generate(system: System, method: string, _rtol = 1e-9): GeneratedIntegrator {
  const tableau = TABLEAUS[method]
  if (tableau === undefined) throw new InputError(`unknown method ${method}`, `one of ${METHODS.join(', ')}`)
  const context = contextFor(system, storageFor(tableau.c.length, system.states.length))
  return generateIntegrator(context, new ExplicitMethod(context, tableau))
}

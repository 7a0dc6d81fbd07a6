import { InputError } from '../../errors.js'
import { type GeneratedIntegrator, contextFor, generateIntegrator } from '../integrator/driver.js'
import { ExplicitMethod, UNROLLED, storageFor } from '../integrator/explicit.js'
import type { System } from '../integrator/rightHandSide.js'
import { TaylorMethod, taylorOrder, taylorStorage } from '../integrator/taylor.js'
import { RosenbrockMethod } from '../integrator/rosenbrock.js'
import { SplittingMethod } from '../integrator/splitting.js'
import { CONFORMAL } from './conformal.js'
import { TABLEAUS } from './index.js'
import { RODAS5P } from './rodas5p.js'

/** Names of all methods for ordinary differential equations. */
export const METHODS: readonly string[] = [...Object.keys(TABLEAUS), 'taylor', RODAS5P.name, ...Object.keys(CONFORMAL)]

/** Whether a method takes steps of given size only. */
export const isFixedStep = (method: string): boolean => TABLEAUS[method]?.errors.length === 0 || CONFORMAL[method] !== undefined

/** Tells apart the programs that `generate` makes of one system. */
export const generationKey = (method: string, rtol: number): string => (method === 'taylor' ? `taylor ${taylorOrder(rtol)}` : method)

/**
 * The integrator of a system by a method.
 * @param rtol relative tolerance that a method of automatic order is generated for.
 * @throws InputError for an unknown method.
 */
export function generate(system: System, method: string, rtol = 1e-9): GeneratedIntegrator {
  if (system.external !== undefined && TABLEAUS[method] === undefined)
    throw new InputError(`method ${method} needs the right-hand side as expressions`, `one of ${Object.keys(TABLEAUS).join(', ')}`)
  if (method === 'taylor') {
    const order = taylorOrder(rtol)
    const context = contextFor(system, taylorStorage(order, system.states.length))
    return generateIntegrator(context, new TaylorMethod(context, order))
  }
  if (method === RODAS5P.name) {
    const context = contextFor(system, system.states.length <= UNROLLED ? 'memory' : 'loops')
    return generateIntegrator(context, new RosenbrockMethod(context, RODAS5P))
  }
  if (CONFORMAL[method] !== undefined) {
    const context = contextFor(system, system.states.length <= UNROLLED ? 'registers' : 'memory')
    return generateIntegrator(context, new SplittingMethod(context, method))
  }
  const tableau = TABLEAUS[method]
  if (tableau === undefined) throw new InputError(`unknown method ${method}`, `one of ${METHODS.join(', ')}`)
  const context = contextFor(system, system.external === undefined ? storageFor(tableau.c.length, system.states.length) : 'loops')
  return generateIntegrator(context, new ExplicitMethod(context, tableau))
}

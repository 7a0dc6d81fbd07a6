import { InputError } from '../../errors.js'
import type { Context } from '../integrator/context.js'
import { type GeneratedIntegrator, type GeneratedLanes, contextFor, generateIntegrator, generateLanes } from '../integrator/driver.js'
import { ExplicitMethod } from '../integrator/explicit.js'
import type { Method } from '../integrator/method.js'
import type { System } from '../integrator/rightHandSide.js'
import { TaylorMethod, taylorOrder } from '../integrator/taylor.js'
import { RosenbrockMethod } from '../integrator/rosenbrock.js'
import { SplittingMethod } from '../integrator/splitting.js'
import type { Storage } from '../integrator/vectors.js'
import { isOptimized } from '../bytecode.js'
import { CONFORMAL } from './conformal.js'
import { TABLEAUS } from './index.js'
import { type Use, explicitStorage, stiffStorage, taylorStorage } from './storage.js'
import { RODAS5P } from './rodas5p.js'

/** Names of all methods for ordinary differential equations. */
export const METHODS: readonly string[] = [...Object.keys(TABLEAUS), 'taylor', RODAS5P.name, ...Object.keys(CONFORMAL)]

/** Whether a method takes steps of given size only. */
export const isFixedStep = (method: string): boolean => TABLEAUS[method]?.errors.length === 0 || CONFORMAL[method] !== undefined

/** States of splitting methods that are kept in variables. */
const SPLIT = 24

/** Tells apart the programs that `generate` makes of one system. */
export const generationKey = (method: string, rtol: number): string => (method === 'taylor' ? `taylor ${taylorOrder(rtol)}` : method)

/** Context and method, with the vectors kept as suits the use, or as told. */
function parts(system: System, method: string, rtol: number, use: Use, told?: Storage): readonly [Context, Method] {
  if (system.external !== undefined && TABLEAUS[method] === undefined)
    throw new InputError(`method ${method} needs the right-hand side as expressions`, `one of ${Object.keys(TABLEAUS).join(', ')}`)
  const n = system.states.length
  if (method === 'taylor') {
    const order = taylorOrder(rtol)
    const context = contextFor(system, told ?? taylorStorage(order, system.rhs, use))
    return [context, new TaylorMethod(context, order)]
  }
  if (method === RODAS5P.name) {
    const context = contextFor(system, told ?? stiffStorage(system, use))
    return [context, new RosenbrockMethod(context, RODAS5P)]
  }
  if (CONFORMAL[method] !== undefined) {
    const context = contextFor(system, n <= SPLIT ? 'registers' : 'memory')
    return [context, new SplittingMethod(context, method)]
  }
  const tableau = TABLEAUS[method]
  if (tableau === undefined) throw new InputError(`unknown method ${method}`, `one of ${METHODS.join(', ')}`)
  const context = contextFor(system, told ?? explicitStorage(tableau, system, use))
  return [context, new ExplicitMethod(context, tableau)]
}

/**
 * The integrator of a system by a method, in JavaScript with loops where it would be too long without.
 * @param rtol relative tolerance that a method of automatic order is generated for.
 * @throws InputError for an unknown method.
 */
export function generate(system: System, method: string, use: Exclude<Use, 'lanes'>, rtol = 1e-9): GeneratedIntegrator {
  const made = generateIntegrator(...parts(system, method, rtol, use))
  return use !== 'js' || isOptimized(made.program) ? made : generateIntegrator(...parts(system, method, rtol, use, 'loops'))
}

/**
 * The integrator of many trajectories on lanes, or undefined where lanes would go different ways through memory: a stiff method's
 * pivots, Taylor recurrences in loops, and rates that a routine of their own computes.
 * @throws InputError for an unknown method.
 */
export function generateForLanes(system: System, method: string, rtol = 1e-9): GeneratedLanes | undefined {
  if (method === RODAS5P.name || system.external !== undefined) return undefined
  if (method === 'taylor' && taylorStorage(taylorOrder(rtol), system.rhs, 'lanes') === 'loops') return undefined
  return generateLanes(...parts(system, method, rtol, 'lanes'))
}

import { InputError } from '../errors.js'
import { type Emitted, emitSystem, targetNamed } from './emit.js'
import { emitStochastic } from './emitStochastic.js'
import type { OdeProblem } from './odeFile.js'
import { checkMethod } from './odeMethod.js'
import { within } from './odeSource.js'
import { stochasticMethod, stochasticSystem } from './stochastic.js'
import { explicitFor } from './attempts.js'
import { DEFAULT_RTOL } from './options.js'

/**
 * Generated code for the equation of an ODE file, and the method it is generated for.
 * @param method one of the methods of the equation's kind; by default the file's. `auto` is an explicit method by the file's tolerance,
 * for a stochastic equation the most accurate that its noise allows.
 * @throws InputError for an unknown target or method, or a target that does not have the method.
 */
export function emitProblem(
  problem: OdeProblem, { target: given, method: asked }: { readonly target: string; readonly method?: string },
): Emitted & { readonly method: string } {
  const target = targetNamed(given)
  checkMethod(asked, problem.noise !== undefined)
  const name = asked ?? problem.file.method ?? 'auto'
  if (problem.noise !== undefined) {
    const s = stochasticSystem(problem)
    const method = stochasticMethod(s, name)
    const noisy = within(problem.place(['noise']), () => emitStochastic(s, problem.system.parameters ?? [], method, target))
    return { method: method.name, ...noisy }
  }
  if (name === 'exponential')
    throw new InputError('the exponential method has no file of code', 'name a step method', asked === undefined ? problem.place(['method']) : {})
  const rtol = problem.file.rtol ?? DEFAULT_RTOL
  const method = name === 'auto' ? explicitFor(rtol) : name
  const system = problem.events.length === 0 ? problem.system : { ...problem.system, events: problem.events }
  const place = asked === undefined && problem.file.method !== undefined ? problem.place(['method']) : {}
  return { method, ...within(place, () => emitSystem(system, { target, method, rtol })) }
}

import { attempts } from './attempts.js'
import { type Executable, type Target, RESERVED, load } from './executable.js'
import type { GeneratedIntegrator } from './integrator/driver.js'
import type { System } from './integrator/rightHandSide.js'
import { type Integration, eventsHappened, prepareLane, readLane } from './lane.js'
import { generate, generationKey } from './methods/choose.js'
import { DEFAULT_RTOL, type IntegrationOptions, count } from './options.js'
import type { Entry } from './wasm/engine.js'

export type { Integration, IntegrationStatus } from './lane.js'
export type { SignalShape, System } from './integrator/rightHandSide.js'
export type { IntegrationOptions, Signals } from './options.js'

export interface CompiledSystem {
  readonly system: System
  readonly method: string
  /** @throws InputError for input that no integration can start from. */
  integrate(options: IntegrationOptions): Integration
}

/** One generated integrator, loaded. */
interface Loaded {
  readonly method: string
  readonly generated: GeneratedIntegrator
  readonly executable: Executable
  readonly entry: Entry
}

/** Doubles that the events of one integration may fill: a quarter of a gigabyte. */
export const EVENT_VALUES = 2 ** 25

/**
 * Compiles a system of ordinary differential equations to code that runs the whole integration.
 * @param method one of `METHODS`, or `auto`: an explicit method by the tolerance, the stiff one where that fails.
 * @param rtol tolerance that a method of automatic order is generated for ahead of time.
 * @throws InputError for an unknown method or a right-hand side with a quantity that is neither state, parameter, signal nor time.
 */
export function compileSystem(
  system: System,
  { target = 'wasm', method = 'dopri5', rtol = DEFAULT_RTOL }:
  { readonly target?: Target; readonly method?: string; readonly rtol?: number } = {},
): CompiledSystem {
  if (system.external === undefined) count('right-hand sides', system.rhs.length, system.states.length)
  const cache = new Map<string, Loaded>()
  const loaded = (name: string, tolerance: number): Loaded => {
    const key = generationKey(name, tolerance)
    const known = cache.get(key)
    if (known !== undefined) return known
    const generated = generate(system, name, target, tolerance)
    const executable = load(generated.program, target)
    const made = { method: name, generated, executable, entry: executable.entry('integrate') }
    cache.set(key, made)
    return made
  }

  /** Integrates, and again with room for all events where there was none. */
  const run = (integrator: Loaded, options: IntegrationOptions): Integration => {
    const { method: name, generated, executable, entry } = integrator
    const { lane, at, write } = prepareLane(system, name, generated, options, RESERVED)
    const memory = executable.memory(lane.end)
    write(memory)
    entry(lane.base, lane.times, lane.count, lane.out, lane.signals)
    const happened = Math.min(eventsHappened(memory, lane), Math.floor(EVENT_VALUES / (system.states.length + 2)))
    if (options.maxEvents === undefined && happened > lane.capacity) return run(integrator, { ...options, maxEvents: happened })
    return readLane(system, name, memory, lane, at)
  }

  if (method !== 'auto') loaded(method, rtol)
  return {
    system, method,
    integrate(options) {
      const tries = attempts(system, method, rtol, options)
      let next = tries.next()
      while (next.done !== true) next = tries.next(run(loaded(next.value.method, next.value.options.rtol ?? rtol), next.value.options))
      return next.value
    },
  }
}

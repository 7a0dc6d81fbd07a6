import type { System } from './integrator/rightHandSide.js'
import type { Integration } from './lane.js'
import type { IntegrationOptions } from './options.js'

/** An integration by one of `METHODS`. */
export interface Attempt {
  readonly method: string
  readonly options: IntegrationOptions
}

/** Limit on steps of the explicit attempt of the automatic choice, and how many times as many it may take where it is not held down by stability. */
const PATIENCE = 20_000
const LONGER = 10

/** The explicit method that is cheapest at a tolerance, by the work–precision comparison in test/bench. */
export const explicitFor = (rtol: number): string => (rtol > 1e-6 ? 'tsit5' : rtol > 1e-8 ? 'dop853' : 'vern9')

/**
 * The attempts that integrate a system, the result of each awaited before the next.
 * @param method one of `METHODS`, or `auto`: an explicit method by the tolerance, the stiff one where that fails.
 * @param rtol where the options name none.
 * @returns the result of the last attempt.
 */
export function* attempts(
  system: System, method: string, rtol: number, options: IntegrationOptions,
): Generator<Attempt, Integration, Integration> {
  const { t0 = 0, t1, maxSteps = Infinity } = options
  const told = { ...options, rtol: options.rtol ?? rtol }
  if (method !== 'auto') return yield { method, options: told }
  const stiff = system.external === undefined ? 'rodas5p' : explicitFor(told.rtol)
  const explicit = (patience: number): Attempt => ({ method: explicitFor(told.rtol), options: { ...told, maxSteps: Math.min(maxSteps, patience) } })
  const isTired = ({ status }: Integration): boolean => (status === 'stepLimit' || status === 'chattering') && maxSteps > PATIENCE
  const first = yield explicit(PATIENCE)
  // Many steps alone do not make an equation stiff: it may just go round and round.
  const turns = first.status === 'stepLimit' && first.hint === undefined && LONGER * (first.final.t - t0) / (t1 - t0) >= 1
  const found = turns && isTired(first) ? yield explicit(LONGER * PATIENCE) : first
  if (!isTired(found) && found.hint === undefined) return found
  return yield { method: stiff, options: told }
}

import { InputError } from '../errors.js'
import { exponentialIntegrator } from './exponential.js'
import { type OdeProblem, readOde } from './odeFile.js'
import { type OdeOverrides, planOf } from './odePlan.js'
import { within } from './odeSource.js'
import { integrateStochastic } from './stochastic.js'
import { type Integration, type IntegrationStatus, compileSystem } from './system.js'

/** The result of integrating an ODE file: plain data. */
export interface OdeResult {
  readonly title: string
  readonly method: string
  readonly status: IntegrationStatus
  readonly failure?: Integration['failure']
  readonly hint?: string
  readonly time: string
  readonly t: readonly number[]
  /** Values of every state at these times. */
  readonly states: Readonly<Record<string, readonly number[]>>
  readonly events: Integration['events']
  /** How many more events happened than there is room for, if any. */
  readonly lostEvents?: number
  /** Names of events that were looked for and did not happen. */
  readonly missed?: readonly string[]
  readonly statistics: Integration['statistics']
  /** Accumulated local errors of every state; for a stochastic equation none. */
  readonly errorEstimate: Readonly<Record<string, number>>
}

export function toResult(problem: OdeProblem, integration: Integration, unused?: string): OdeResult {
  const { states, time = 't' } = problem.system
  const hint = integration.hint ?? unused
  const missed = problem.events.map(({ name }) => name).filter((name) => !integration.events.some((e) => e.name === name))
  return {
    title: problem.title,
    method: integration.method,
    status: integration.status,
    ...(integration.failure === undefined ? {} : { failure: integration.failure }),
    ...(hint === undefined ? {} : { hint }),
    time,
    t: [...integration.t],
    states: Object.fromEntries(states.map((s, i) => [s, [...(integration.y[i] ?? [])]])),
    events: integration.events,
    ...(integration.lostEvents === undefined ? {} : { lostEvents: integration.lostEvents }),
    ...(missed.length === 0 ? {} : { missed }),
    statistics: integration.statistics,
    errorEstimate: Object.fromEntries(states.flatMap((s, i) =>
      (integration.errorEstimate[i] === undefined ? [] : [[s, integration.errorEstimate[i]]]))),
  }
}

/**
 * Integrates the equation of an ODE file that was read.
 * @throws InputError for input that no integration can start from; an integration that ends early is a result with `failure`.
 */
export function integrateProblem(problem: OdeProblem, overrides: OdeOverrides = {}): OdeResult {
  const { y0, parameters, place } = problem
  if (problem.ensemble !== undefined)
    throw new InputError('the file states an ensemble', 'integrate it as one, or drop it', place(['ensemble']))
  const { method, at, system, rtol, options, unused, tolerances } = planOf(problem, overrides)
  if (problem.noise !== undefined) return toResult(problem, integrateStochastic(problem, { at, method }), unused)
  if (method === 'exponential') return toResult(problem, exponentialIntegrator(problem, at)(parameters, y0), unused)
  const target = overrides.target === undefined ? {} : { target: overrides.target }
  const compiled = within(place(['states']), () => compileSystem(system, { method, rtol, ...target }))
  return toResult(problem, within(tolerances, () => compiled.integrate({ y0, parameters, ...options })), unused)
}

/**
 * Reads and integrates an ODE file: the body of `noether integrate`.
 * @param settings values that stand instead of the file's, e.g. `parameters.mu=3`
 * @throws InputError as `readOde` and `integrateProblem` do.
 */
export function integrateFile(path: string, overrides: OdeOverrides = {}, settings: readonly string[] = []): OdeResult {
  const problem = readOde(path, settings)
  try {
    return integrateProblem(problem, overrides)
  } catch (fault) {
    throw fault instanceof InputError ? fault.at({ file: path }) : fault
  }
}

/** Rows of CSV that are put together at a time. */
const ROWS = 4096

/** The result as CSV: time and states, one row an output time, numbers that read back exactly; some thousand rows at a time. */
export function* odeCsv(result: OdeResult): Generator<string> {
  const names = Object.keys(result.states)
  const columns = [result.t, ...names.map((s) => result.states[s] ?? [])]
  yield `${[result.time, ...names].join(',')}\n`
  for (let from = 0; from < result.t.length; from += ROWS) {
    const rows = result.t.slice(from, from + ROWS)
    yield rows.map((_, k) => `${columns.map((values) => values[from + k] ?? NaN).join(',')}\n`).join('')
  }
}

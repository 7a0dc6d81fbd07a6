import { InputError, type Place } from '../errors.js'
import type { OdeProblem } from './odeFile.js'
import { readOde } from './odeFile.js'
import { checkMethod, checkSettings, unusedSettings } from './odeMethod.js'
import { within } from './odeSource.js'
import type { Target } from './executable.js'
import { DEFAULT_RTOL, checkTimes } from './options.js'
import { type Integration, type IntegrationStatus, compileSystem } from './system.js'
import { integrateExponentially } from './exponential.js'
import { integrateStochastic } from './stochastic.js'

/** What the command line may say instead of the file. */
export interface OdeOverrides {
  readonly method?: string
  readonly rtol?: number
  readonly atol?: number
  readonly at?: readonly number[]
  readonly target?: Target
}

/** Where a setting stands that the command line gives. */
const option = (name: keyof OdeOverrides): Place => ({ file: `--${name}` })

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

function toResult(problem: OdeProblem, method: string, integration: Integration, unused?: string): OdeResult {
  const { states, time = 't' } = problem.system
  const hint = integration.hint ?? unused
  const missed = problem.events.map(({ name }) => name).filter((name) => !integration.events.some((e) => e.name === name))
  return {
    title: problem.title,
    method,
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
  const { file, system, y0, parameters, place } = problem
  const [t0, t1] = problem.span
  const at = overrides.at ?? problem.at
  const noise = problem.noise !== undefined
  checkMethod(overrides.method, noise, option('method'))
  const asked = overrides.method ?? file.method ?? 'auto'
  checkSettings({ rtol: overrides.rtol, atol: overrides.atol }, asked, noise, (setting) => ({ file: `--${setting}` }))
  const unused = unusedSettings(file, asked, noise)
  if (overrides.at !== undefined) within(option('at'), () => checkTimes(at, t0, t1))
  if (noise) {
    const { method, integration } = integrateStochastic(problem, { at, method: asked })
    return toResult(problem, method, integration, unused)
  }
  if (asked === 'exponential') return toResult(problem, asked, integrateExponentially(problem, at), unused)
  const rtol = overrides.rtol ?? file.rtol ?? DEFAULT_RTOL
  const compiled = within(place(['states']), () => compileSystem(problem.events.length === 0 ? system : { ...system, events: problem.events }, {
    method: asked, rtol, ...(overrides.target === undefined ? {} : { target: overrides.target }),
  }))
  const integration = within(overrides.rtol === undefined ? place(['rtol']) : option('rtol'), () => compiled.integrate({
    y0, parameters, t0, t1, at, rtol,
    atol: overrides.atol ?? problem.atol,
    ...(file.step === undefined ? {} : { step: file.step }),
    ...(file.largestStep === undefined ? {} : { largestStep: file.largestStep }),
    ...(file.maxSteps === undefined ? {} : { maxSteps: file.maxSteps }),
    ...(problem.signals === undefined ? {} : { signals: problem.signals }),
  }))
  return toResult(problem, integration.method, integration, unused)
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

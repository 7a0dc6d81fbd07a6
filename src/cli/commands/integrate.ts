import { setImmediate } from 'node:timers/promises'
import { type OdeProblem, type OdeResult, integrateProblem, odeCsv, readOde } from '../../compile/index.js'
import { InputError } from '../../errors.js'
import { wrapText } from '../format/wrap.js'
import { optimizeLate } from '../optimizeLate.js'
import { type Terminal, writeJson } from '../terminal.js'
import { integrateEnsemble } from './integrateEnsemble.js'

export interface IntegrateOptions {
  readonly method?: string
  readonly rtol?: number
  readonly atol?: number
  readonly at?: readonly number[]
  readonly set: readonly string[]
  readonly json?: boolean
  readonly moments?: boolean
}

/** Events that are told one by one beside CSV; all are in JSON. */
const TOLD = 10

/** What CSV has no place for, a line each: events, the method and its work. */
function facts({ events, lostEvents = 0, missed = [], states, method, statistics, time, failure }: OdeResult): readonly string[] {
  const names = Object.keys(states)
  const state = (y: readonly number[]): string =>
    names
      .slice(0, 3)
      .map((name, i) => `${name} = ${y[i]?.toPrecision(6)}`)
      .join(', ')
  const more = events.length - TOLD
  const { accepted, rejected, evaluations } = statistics
  return [
    ...events.slice(0, TOLD).map((e) => `${e.name} at ${time} = ${e.t.toPrecision(10)}: ${state(e.y)}${names.length > 3 ? ', …' : ''}`),
    ...(more > 0 ? [`… and ${more} more events: --json has them all`] : []),
    ...(lostEvents > 0 ? [`${lostEvents} later events did not fit into memory: end earlier`] : []),
    ...missed.map((name) => `${name} did not happen`),
    `${failure === undefined ? '' : 'until then '}${method}: ${accepted} steps, ${rejected} rejected, ${evaluations} evaluations`,
  ]
}

/**
 * `noether integrate ODE`: CSV on stdout and events and statistics on stderr, or one JSON document with all; what ended the
 * integration early goes to stderr, and what was computed until then is printed.
 *
 * @returns the exit code: 2 if the integration did not reach its end
 */
export async function integrate(terminal: Terminal, file: string, { set, ...options }: IntegrateOptions): Promise<0 | 2> {
  optimizeLate()
  const problem = readOde(file, set)
  try {
    if (problem.ensemble !== undefined) return await integrateEnsemble(terminal, file, problem, options)
    return await integrateOne(terminal, file, problem, options)
  } catch (fault) {
    throw fault instanceof InputError ? fault.at({ file }) : fault
  }
}

async function integrateOne(
  terminal: Terminal, file: string, problem: OdeProblem, { json, moments, ...overrides }: Omit<IntegrateOptions, 'set'>,
): Promise<0 | 2> {
  if (moments === true) throw new InputError('--moments is for a file with ensemble:', 'add it, or drop --moments')
  const result = integrateProblem(problem, overrides)
  if (json === true) writeJson(terminal, result)
  else
    for (const rows of odeCsv(result)) {
      terminal.out(rows.trimEnd())
      await setImmediate() // a reader that has seen enough ends it here
    }
  if (result.failure !== undefined) terminal.note(`${terminal.noteColour.red('noether:')} ${file}: ${result.failure.message}`)
  else if (result.hint !== undefined) terminal.note(result.hint)
  if (json !== true)
    for (const line of facts(result).flatMap((fact) => wrapText(fact, terminal.columns))) terminal.note(terminal.noteColour.dim(line))
  return result.failure === undefined ? 0 : 2
}

import { integrateFile, odeCsv } from '../../compile/index.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface IntegrateOptions {
  readonly method?: string
  readonly rtol?: number
  readonly atol?: number
  readonly at?: readonly number[]
  readonly json?: boolean
}

/**
 * `noether integrate ODE`: CSV on stdout, or one JSON document with statistics; what ended the integration early goes to stderr.
 *
 * @returns the exit code: 1 if the integration did not reach its end
 */
export function integrate(terminal: Terminal, file: string, { json, ...overrides }: IntegrateOptions): 0 | 1 {
  const result = integrateFile(file, overrides)
  if (json === true) writeJson(terminal, result)
  else terminal.out(odeCsv(result).trimEnd())
  if (result.failure === undefined) return 0
  terminal.note(`noether: ${result.failure.message}${result.hint === undefined ? '' : ` — ${result.hint}`}`)
  return 1
}

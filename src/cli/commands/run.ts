import type { Engine } from '../engine.js'
import { renderResult } from '../format/result.js'
import { resolve } from '../resolve.js'
import { type Terminal, writeJson } from '../terminal.js'
import { version } from '../version.js'
import { runPicture } from './runAll.js'
import { watched } from './watched.js'

export interface RunCommandOptions {
  readonly out?: string
  readonly json?: boolean
  readonly set: readonly string[]
}

/**
 * `noether run PROBLEM`: derive, compile, train, validate, report. A result of the catalogue that is shown by a picture is derived and
 * drawn.
 *
 * @returns the exit code: 1 for a verdict that failed
 */
export async function run(
  terminal: Terminal,
  { run, writeReport, derive, writeBook }: Engine & Required<Pick<Engine, 'run' | 'writeReport'>>,
  nameOrFile: string,
  options: RunCommandOptions,
): Promise<0 | 1> {
  const { problem, entry } = await resolve(nameOrFile, options.set)
  if (entry?.picture !== undefined && problem.network === undefined && derive !== undefined && writeBook !== undefined)
    return runPicture(terminal, { derive, run, writeBook }, entry, options)
  const out = options.out ?? `reports/${nameOrFile.replace(/^.*[/\\]/, '').replace(/\.[^.]+$/, '')}`
  const result = await watched(terminal, (callbacks) => run(problem, { out, version: version(), ...callbacks }))
  const report = await writeReport(result, out, {})
  if (options.json === true) writeJson(terminal, { ...result, report })
  else terminal.out(renderResult(result, [report.tex, report.html], terminal))
  return result.verdict === 'failed' ? 1 : 0
}

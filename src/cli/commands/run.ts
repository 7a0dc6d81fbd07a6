import type { Engine } from '../engine.js'
import { renderResult } from '../format/result.js'
import { resolveProblem } from '../resolve.js'
import { type Terminal, writeJson } from '../terminal.js'
import { version } from '../version.js'
import { watched } from './watched.js'

export interface RunCommandOptions {
  readonly out?: string
  readonly json?: boolean
  readonly set: readonly string[]
}

/**
 * `noether run PROBLEM`: derive, compile, train, validate, report.
 *
 * @returns the exit code: 1 for a verdict that failed
 */
export async function run(
  terminal: Terminal,
  { run, writeReport }: Required<Pick<Engine, 'run' | 'writeReport'>>,
  nameOrFile: string,
  options: RunCommandOptions,
): Promise<0 | 1> {
  const problem = await resolveProblem(nameOrFile, options.set)
  const out = options.out ?? `reports/${nameOrFile.replace(/^.*[/\\]/, '').replace(/\.[^.]+$/, '')}`
  const result = await watched(terminal, (callbacks) => run(problem, { out, version: version(), ...callbacks }))
  const report = await writeReport(result, out, {})
  if (options.json === true) writeJson(terminal, { ...result, report })
  else terminal.out(renderResult(result, [report.tex, report.html], terminal))
  return result.verdict === 'passed' ? 0 : 1
}

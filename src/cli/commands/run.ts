import type { RunResult } from '../../validation/result.js'
import type { Engine, RunOptions } from '../engine.js'
import { renderResult } from '../format/result.js'
import { phasedProgress } from '../format/progress.js'
import { resolveProblem } from '../resolve.js'
import { type Terminal, writeJson } from '../terminal.js'
import { version } from '../version.js'

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

/** Runs with a progress bar; the first Ctrl-C stops the training cleanly, a second one the program. */
async function watched(
  terminal: Terminal,
  action: (callbacks: Pick<RunOptions, 'signal' | 'onBackend' | 'onProgress'>) => Promise<RunResult>,
): Promise<RunResult> {
  const controller = new AbortController()
  const progress = phasedProgress(terminal)
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
    progress.note('stopping: the run up to here is kept and validated; Ctrl-C again to quit at once')
  }
  process.on('SIGINT', interrupt)
  try {
    return await action({ signal: controller.signal, onBackend: (name) => progress.note(`backend: ${name}`), onProgress: progress.update })
  } finally {
    process.off('SIGINT', interrupt)
    progress.stop()
  }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../errors.js'
import type { RunResult } from '../../validation/result.js'
import type { Engine, ReportFormat } from '../engine.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface ReportOptions {
  readonly pdf?: boolean
  readonly html?: boolean
  readonly json?: boolean
}

/** `noether report DIR`: the reports of a run again from its `result.json`. */
export async function report(terminal: Terminal, { report }: Required<Pick<Engine, 'report'>>, folder: string, options: ReportOptions): Promise<void> {
  const result = await readResult(join(folder, 'result.json'))
  const formats: ReportFormat[] = options.pdf === true || options.html === true ? [] : ['latex', 'html']
  if (options.pdf === true) formats.push('latex', 'pdf')
  if (options.html === true) formats.push('html')
  const paths = await report(result, folder, formats)
  if (options.json === true) writeJson(terminal, { report: paths })
  else terminal.out(paths.map((path) => `report: ${path}`).join('\n'))
}

async function readResult(file: string): Promise<RunResult> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new InputError('no result of a run there', 'give a folder that noether run wrote', { file })
  })
  try {
    const value: RunResult = JSON.parse(text)
    if (value?.format === 'noether-result-1') return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new InputError('not the result of a run', 'run noether run again', { file })
}

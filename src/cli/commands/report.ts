import type { Engine } from '../engine.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface ReportCommandOptions {
  readonly pdf?: boolean
  readonly html?: boolean
  readonly json?: boolean
}

/** `noether report DIR`: the reports of a run again from its `result.json`; names those that were asked for, or all. */
export async function report(
  terminal: Terminal,
  { writeReport, readResult }: Required<Pick<Engine, 'writeReport' | 'readResult'>>,
  folder: string,
  { pdf = false, html = false, json = false }: ReportCommandOptions,
): Promise<void> {
  const written = await writeReport(await readResult(folder), folder, { pdf })
  if (json) return writeJson(terminal, { report: written })
  const wanted = [...(html && !pdf ? [] : [written.tex]), ...(pdf && !html ? [] : [written.html]), ...(written.pdf === undefined ? [] : [written.pdf])]
  terminal.out(wanted.map((path) => `report: ${path}`).join('\n'))
}

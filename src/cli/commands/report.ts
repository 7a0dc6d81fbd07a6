import type { Engine } from '../engine.js'
import { type Terminal, writeJson } from '../terminal.js'

export interface ReportCommandOptions {
  readonly pdf?: boolean
  readonly html?: boolean
  readonly json?: boolean
}

/** `noether report FOLDER`: the reports of a run, a book or a discovery again from its JSON; names those that were asked for, or all. */
export async function report(
  terminal: Terminal,
  { rewriteReport }: Required<Pick<Engine, 'rewriteReport'>>,
  folder: string,
  { pdf = false, html = false, json = false }: ReportCommandOptions,
): Promise<void> {
  const written = await rewriteReport(folder, { pdf })
  if (json) return writeJson(terminal, { report: written })
  const wanted = [
    ...(html && !pdf ? [] : [written.tex]),
    ...(pdf && !html ? [] : [written.html]),
    ...(written.pdf === undefined ? [] : [written.pdf]),
  ]
  terminal.out(wanted.map((path) => `report: ${path}`).join('\n'))
}

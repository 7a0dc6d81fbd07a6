import { join } from 'node:path'
import type { CatalogueEntry } from '../../problem/index.js'
import { type BookEntry, isRun } from '../../report/content/book.js'
import type { Verdict } from '../../validation/result.js'
import type { Engine, RunOptions } from '../engine.js'
import { type Terminal, writeJson } from '../terminal.js'
import { version } from '../version.js'
import { catalogueByPaper, paperName } from './papers.js'
import { watched } from './watched.js'

export interface RunAllOptions {
  readonly out?: string
  readonly json?: boolean
}

type Parts = Required<Pick<Engine, 'derive' | 'run' | 'writeBook'>>

/** The chapter of one result: its run where it has a network and data, else its derivations, with the picture that it has. */
async function chapter(entry: CatalogueEntry, { derive, run }: Parts, options: RunOptions): Promise<BookEntry> {
  const { paper, where, shows, problem, picture } = entry
  const content = problem.network !== undefined && problem.data !== undefined ? await run(problem, options) : await derive(problem)
  const part = paperName(paper)
  const drawn = picture === undefined ? {} : { picture }
  return { title: problem.title, part, content, introduction: `${shows} (${part}, ${where}).`, ...drawn }
}

/**
 * `noether run NAME` of a result of the catalogue that is shown by a picture in place of a run: its laws and the picture.
 *
 * @returns the exit code
 */
export async function runPicture(
  terminal: Terminal,
  parts: Parts,
  entry: CatalogueEntry,
  { out = `reports/${entry.name}`, json }: RunAllOptions,
): Promise<0> {
  const only = await watched(terminal, (callbacks) => chapter(entry, parts, { out, version: version(), ...callbacks }))
  const subtitle = `Derived, drawn and reported by noether ${version()}`
  const written = await parts.writeBook({ title: only.title, subtitle, date: today(), entries: [only] }, out)
  if (json === true) writeJson(terminal, { title: only.title, report: written })
  else terminal.out([`report: ${written.tex}`, `report: ${written.html}`].join('\n'))
  return 0
}

const today = (): string => new Date().toISOString().slice(0, 10)

/**
 * `noether run all`: the whole catalogue, derived and run, as one book; what there is of it after Ctrl-C.
 *
 * @returns the exit code: 1 if a verdict failed
 */
export async function runAll(terminal: Terminal, parts: Parts, { out = 'reports/all', json }: RunAllOptions): Promise<0 | 1> {
  const entries = await catalogueByPaper()
  const book: BookEntry[] = []
  for (const [index, entry] of entries.entries()) {
    terminal.note(`${index + 1} of ${entries.length}: ${entry.name}`)
    const done = await watched(terminal, (callbacks) =>
      chapter(entry, parts, { out: join(out, entry.name), version: version(), ...callbacks }),
    )
    book.push(isRun(done.content) ? { ...done, folder: entry.name } : done)
    // Ctrl-C stops the whole catalogue, not one run of it.
    if (isRun(done.content) && done.content.training.partial) break
  }
  if (book.length < entries.length) terminal.note(`stopped after ${book.length} of ${entries.length} results: the book holds these`)
  const subtitle = `The catalogue of noether ${version()}, derived and run`
  const written = await parts.writeBook({ title: 'Noether’s laws of learning', subtitle, date: today(), entries: book, ksb: true }, out)
  const titles = (verdict: Verdict): readonly string[] => book.flatMap(({ content }) => (isRun(content) && content.verdict === verdict ? [content.title] : []))
  const [failed, apart] = [titles('failed'), titles('not compared')]
  const outcome = failed.length > 0 ? `failed: ${failed.join(', ')}` : apart.length > 0 ? `no verdict failed, not compared: ${apart.join(', ')}` : 'every verdict passed'
  if (json === true) writeJson(terminal, { chapters: book.length, failed, ...(apart.length === 0 ? {} : { notCompared: apart }), book: written })
  else
    terminal.out(
      [
        `${book.length} chapters, ${outcome}`,
        written.tex,
        written.html,
      ].join('\n'),
    )
  return failed.length === 0 ? 0 : 1
}

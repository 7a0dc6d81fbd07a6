import { join } from 'node:path'
import { catalogue, type CatalogueEntry } from '../../problem/index.js'
import type { BookEntry } from '../../report/index.js'
import type { Engine, RunOptions } from '../engine.js'
import { type Terminal, writeJson } from '../terminal.js'
import { version } from '../version.js'
import { paperName } from './list.js'
import { watched } from './watched.js'

export interface RunAllOptions {
  readonly out?: string
  readonly json?: boolean
}

type Parts = Required<Pick<Engine, 'derive' | 'run' | 'writeBook'>>

/** A chapter's opening: what the result shows, and where it was first said. */
const introduction = ({ paper, where, shows }: CatalogueEntry): string => `${shows} (${paperName(paper)}, ${where}).`

/** The chapters of one result: its run where it has a network and data, else its derivations. */
async function chapters(entry: CatalogueEntry, { derive, run }: Parts, options: RunOptions): Promise<readonly BookEntry[]> {
  const { problem } = entry
  if (problem.network !== undefined && problem.data !== undefined) return [{ content: await run(problem, options), introduction: introduction(entry) }]
  return (await derive(problem)).map((content) => ({ content, introduction: introduction(entry) }))
}

/**
 * `noether run all`: the whole catalogue, derived and run, as one book.
 *
 * @returns the exit code: 1 if a verdict failed
 */
export async function runAll(terminal: Terminal, parts: Parts, { out = 'reports/all', json }: RunAllOptions): Promise<0 | 1> {
  const entries = await catalogue()
  const book: BookEntry[] = []
  for (const [index, entry] of entries.entries()) {
    terminal.note(`${index + 1} of ${entries.length}: ${entry.name}`)
    book.push(...(await watched(terminal, (callbacks) => chapters(entry, parts, { out: join(out, entry.name), version: version(), ...callbacks }))))
  }
  const date = new Date().toISOString().slice(0, 10)
  const written = await parts.writeBook({ title: 'Noether’s laws of learning', subtitle: `The catalogue of noether ${version()}, derived and run`, date, entries: book, pictures: true, ksb: true }, out)
  const failed = book.flatMap(({ content }) => ('format' in content && content.verdict === 'failed' ? [content.title] : []))
  if (json === true) writeJson(terminal, { chapters: book.length, failed, book: written })
  else terminal.out([`${book.length} chapters, ${failed.length === 0 ? 'every verdict passed' : `failed: ${failed.join(', ')}`}`, written.tex, written.html].join('\n'))
  return failed.length === 0 ? 0 : 1
}

import { join } from 'node:path'
import { InputError } from '../errors.js'
import { type RunResult, nameOfLaw } from '../validation/result.js'
import { articleOf } from './content/article.js'
import { type Book, type BookEntry, chapterId, documentOf, isRun, pictureId } from './content/book.js'
import { type DiscoveryReport, discoveryArticle } from './content/discovery.js'
import { namesIn, readText, writeFiles } from './files.js'
import type { ShownLaw } from './html/payload.js'
import { renderHtml } from './html/render.js'
import { renderLatex } from './latex/render.js'
import { compilePdf } from './pdf.js'
import type { Block } from './document.js'
import { writeJson } from './schema.js'
import { BOOK, DISCOVERY, RESULT, bookJson, readBook, readDiscovery, readResult, writeRuns } from './store.js'

export interface ReportOptions {
  /** Compile the LaTeX document as well. */
  readonly pdf?: boolean
}

/** Paths of what was written. */
export interface Written {
  readonly json: string
  readonly tex: string
  readonly html: string
  readonly pdf?: string
}

/**
 * Writes `result.json`, `report.tex` and `report.html` (and `report.pdf`) of a run.
 * @throws {InputError} if the directory cannot be written, a formula is no LaTeX math, or pdflatex is missing; in the last case the other
 * files are there.
 */
export function writeReport(result: RunResult, directory: string, options: ReportOptions = {}): Promise<Written> {
  const document = articleOf(result)
  const page = renderHtml(document, shownLaws(result, '', ''))
  return write(directory, { json: RESULT, name: 'report' }, { json: writeJson(result), tex: renderLatex(document), html: page }, options)
}

/**
 * Writes `book.json`, `book.tex` and `book.html` (and `book.pdf`): one chapter a result; of one result that was not run, `report.tex` and
 * so on, an article. Runs with a folder have their `result.json` there.
 * @throws {InputError} as {@link writeReport}.
 */
export async function writeBook(book: Book, directory: string, options: ReportOptions = {}): Promise<Written> {
  const document = documentOf(book, await figuresOf(book.entries))
  const shown = book.entries.flatMap(({ content }, index) =>
    isRun(content) ? shownLaws(content, `${chapterId(index)}-`, `${index + 1} ${content.title}: `) : [],
  )
  const files = { json: bookJson(book), tex: renderLatex(document), html: renderHtml(document, shown) }
  await writeRuns(book, directory)
  return write(directory, { json: BOOK, name: document.kind === 'book' ? 'book' : 'report' }, files, options)
}

/**
 * Writes `discovery.json`, `report.tex` and `report.html` (and `report.pdf`) of a discovery.
 * @param answer the discovery as plain JSON. @throws {InputError} as {@link writeReport}.
 */
export function writeDiscovery(
  report: DiscoveryReport,
  answer: Readonly<Record<string, unknown>>,
  directory: string,
  options: ReportOptions = {},
): Promise<Written> {
  const { title, version, date, document, complete, run } = report
  const page = discoveryArticle(report)
  const json = writeJson({ ...answer, format: 'noether-discovery-1', title, version, date, document, complete, run }, 1)
  return write(directory, { json: DISCOVERY, name: 'report' }, { json, tex: renderLatex(page), html: renderHtml(page, []) }, options)
}

/** The figures of the entries that have a picture, by id. What draws them is loaded when it is asked for: it trains networks. */
async function figuresOf(entries: readonly BookEntry[]): Promise<ReadonlyMap<string, Block>> {
  const found = new Map<string, Block>()
  for (const [index, { picture }] of entries.entries()) {
    if (picture !== undefined) found.set(pictureId(index), await (await import('./pictures/index.js')).figureOf(picture, pictureId(index)))
  }
  return found
}

/**
 * Writes the reports of a directory again: of a run, a book or a discovery, by the JSON that is there and stays as it is.
 * @throws {InputError} if there is none, or as {@link writeReport}.
 */
export async function rewriteReport(directory: string, options: ReportOptions = {}): Promise<Written> {
  const present = await namesIn(directory)
  if (present.includes(RESULT)) return writeReport(await readResult(directory), directory, options)
  if (present.includes(BOOK)) return writeBook(await readBook(directory), directory, options)
  if (present.includes(DISCOVERY)) {
    const page = discoveryArticle(await readDiscovery(directory))
    const json = await readText(join(directory, DISCOVERY))
    return write(directory, { json: DISCOVERY, name: 'report' }, { json, tex: renderLatex(page), html: renderHtml(page, []) }, options)
  }
  const remedy = 'give the folder that noether run or noether discover wrote with --out'
  throw new InputError(`no report: neither ${RESULT} nor ${BOOK} nor ${DISCOVERY} is there`, remedy, { file: directory })
}

/** The laws that have a solution to hold against the measurement. */
const shownLaws = (result: RunResult, prefix: string, label: string): ShownLaw[] =>
  result.laws.flatMap((law, index) =>
    law.curves.theory.length === 0 ? [] : [{ law, label: `${label}${nameOfLaw(law)}`, grid: `${prefix}law-${index + 1}-neurons` }],
  )

async function write(
  directory: string,
  names: { readonly json: string; readonly name: string },
  { json, tex, html }: { readonly json: string; readonly tex: string; readonly html: string },
  { pdf = false }: ReportOptions,
): Promise<Written> {
  const { name } = names
  await writeFiles(directory, { [names.json]: json, [`${name}.tex`]: tex, [`${name}.html`]: html })
  const written = { json: join(directory, names.json), tex: join(directory, `${name}.tex`), html: join(directory, `${name}.html`) }
  return pdf ? { ...written, pdf: (await compilePdf(directory, { name })).path } : written
}

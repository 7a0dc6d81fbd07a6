import { join } from 'node:path'
import type { RunResult } from '../validation/result.js'
import { type Book, type BookEntry, isRun } from './content/book.js'
import type { DiscoveryReport } from './content/discovery.js'
import { parseDiscovery } from './discoverySchema.js'
import { readText, writeFiles } from './files.js'
import { type StoredBook, parseBook, parseRun, writeJson } from './schema.js'

export const RESULT = 'result.json'
export const BOOK = 'book.json'
export const DISCOVERY = 'discovery.json'

/** Reads `result.json` of a report directory. @throws {InputError} that names the place of the first fault. */
export async function readResult(directory: string): Promise<RunResult> {
  const file = join(directory, RESULT)
  return parseRun(await readText(file), file)
}

/** Reads `discovery.json` of a discovery's directory. @throws {InputError} that names the place of the first fault. */
export async function readDiscovery(directory: string): Promise<DiscoveryReport> {
  const file = join(directory, DISCOVERY)
  return parseDiscovery(await readText(file), file)
}

/** Reads `book.json` of a book's directory and the runs that it names. @throws {InputError} that names the place of the first fault. */
export async function readBook(directory: string): Promise<Book> {
  const file = join(directory, BOOK)
  const book = parseBook(await readText(file), file)
  const entries: BookEntry[] = []
  for (const { content, ...entry } of book.entries) {
    if ('folder' in content) entries.push({ ...entry, folder: content.folder, content: await readResult(join(directory, content.folder)) })
    else entries.push({ ...entry, content })
  }
  return { ...book, entries }
}

/** The text of `book.json`. A run that has a folder of its own is named by it: its numbers are in `result.json` there and nowhere twice. */
export function bookJson(book: Book): string {
  const entries = book.entries.map(({ folder, content, ...entry }) => ({
    ...entry,
    content: folder !== undefined && isRun(content) ? { folder } : content,
  }))
  const stored: StoredBook = { ...book, format: 'noether-book-1', entries }
  return writeJson(stored)
}

/** Writes the results of a book's runs into their folders. @throws {InputError} if one cannot be written. */
export async function writeRuns(book: Book, directory: string): Promise<void> {
  for (const { folder, content } of book.entries) {
    if (folder !== undefined && isRun(content)) await writeFiles(join(directory, folder), { [RESULT]: writeJson(content) })
  }
}

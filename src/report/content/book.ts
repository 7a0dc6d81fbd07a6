import type { Derivation } from '../../laws/derivation.js'
import type { RunResult } from '../../validation/result.js'
import type { Document, Section } from '../document.js'
import { referencesOf, runSections, summaryBlocks } from './article.js'
import { citedBy, derivationSections } from './derivation.js'
import { ksbChapter } from './ksb.js'
import { sentence } from './sentence.js'

/** One chapter: a validated run, or a derivation that was not run. */
export interface BookEntry {
  readonly content: RunResult | Derivation
  /** One or two sentences under the chapter's title, e.g. which theorem or figure of which paper it is. */
  readonly introduction?: string
}

export interface Book {
  readonly title: string
  readonly subtitle: string
  readonly date: string
  readonly entries: readonly BookEntry[]
  /** Two last chapters: the experiments beyond single runs, and the pictures in two parameters. */
  readonly pictures?: boolean
  /** A chapter with kinetic symmetry breaking of every rule, family and metric. */
  readonly ksb?: boolean
}

export const isRun = (content: RunResult | Derivation): content is RunResult => 'format' in content

/** The catalogue as a book: one chapter a result, then what else there is to show. */
export function bookOf(book: Book, appendix: readonly Section[] = []): Document {
  const derivations = book.entries.flatMap(({ content }) => (isRun(content) ? content.laws.map((law) => law.derivation) : [content]))
  return {
    kind: 'book',
    title: book.title,
    subtitle: book.subtitle,
    date: book.date,
    blocks: book.entries.some(({ content }) => isRun(content)) ? [{ kind: 'explorer' }] : [],
    sections: [...book.entries.map(chapter), ...(book.ksb === true ? [ksbChapter()] : []), ...appendix],
    references: referencesOf([...derivations.flatMap(citedBy), ...(book.ksb === true ? (['NLD'] as const) : []), ...(book.pictures === true ? (['NM'] as const) : [])]),
  }
}

function chapter({ content, introduction }: BookEntry, index: number): Section {
  const id = `chapter-${index + 1}`
  const number = `${index + 1}`
  const opening = introduction === undefined ? [] : [{ kind: 'paragraph', content: [sentence(introduction)] } as const]
  if (!isRun(content)) return { id, title: [content.title], blocks: opening, sections: derivationSections(content, id, number) }
  const summary = summaryBlocks(content, `${id}-`).filter((block) => block.kind !== 'explorer')
  return { id, title: [content.title], blocks: [...opening, ...summary], sections: runSections(content, `${id}-`, `${number}.`) }
}

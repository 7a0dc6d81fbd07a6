import type { Derivation } from '../../laws/derivation.js'
import type { Picture } from '../../problem/picture.js'
import type { RunResult } from '../../validation/result.js'
import { type Block, type Document, type Section, paragraph } from '../document.js'
import { referencesOf, runSections, summaryBlocks } from './article.js'
import { citedBy, derivationSections } from './derivation.js'
import { ksbChapter } from './ksb.js'
import { sentence } from './sentence.js'
import type { ToldSteps } from './steps.js'

/** One chapter: a validated run, or the laws of a problem that was not run. */
export interface BookEntry {
  readonly title: string
  /** Title of the part that the chapter belongs to, e.g. a paper's name; entries of one part stand together. */
  readonly part?: string
  readonly content: RunResult | readonly Derivation[]
  /** Where the run was recorded, a folder within the book's: `book.json` names it, and the run's numbers are in `result.json` there. */
  readonly folder?: string
  /** One or two sentences under the chapter's title, e.g. which theorem or figure of which paper it is. */
  readonly introduction?: string
  /** What is drawn beside the derivation. */
  readonly picture?: Picture
}

export interface Book {
  readonly title: string
  readonly subtitle: string
  readonly date: string
  readonly entries: readonly BookEntry[]
  /** A last chapter with kinetic symmetry breaking of every rule, family and metric. */
  readonly ksb?: boolean
}

export const isRun = (content: BookEntry['content']): content is RunResult => 'format' in content

const derivationsOf = ({ content }: BookEntry): readonly Derivation[] =>
  isRun(content) ? content.laws.map((law) => law.derivation) : content

/** Id of a chapter, and of its figure if it has a picture. */
export const chapterId = (index: number): string => `chapter-${index + 1}`
export const pictureId = (index: number): string => `${chapterId(index)}-picture`

/**
 * The catalogue as a book: one chapter a result.
 *
 * @param figures of the entries that have a picture, by the id of the figure
 */
export function bookOf(book: Book, figures: ReadonlyMap<string, Block> = new Map()): Document {
  const { entries, ksb = false } = book
  const told: ToldSteps = new Map()
  return {
    kind: 'book',
    title: book.title,
    subtitle: book.subtitle,
    date: book.date,
    blocks: entries.some(({ content }) => isRun(content)) ? [{ kind: 'explorer' }] : [],
    sections: [
      ...entries.map((entry, index) => ({ ...chapter(entry, index, figures, told), ...partOf(entry, entries[index - 1]) })),
      ...(ksb ? [{ ...ksbChapter(), ...(entries.some(({ part }) => part !== undefined) ? { part: 'All rules and families' } : {}) }] : []),
    ],
    references: referencesOf([...entries.flatMap(derivationsOf).flatMap(citedBy), ...(ksb ? (['NLD'] as const) : [])]),
  }
}

/** The laws of one problem that was not run, as an article. */
function lawsArticle(book: Book, entry: BookEntry & { readonly content: readonly Derivation[] }, figure?: Block): Document {
  const { title, content, introduction } = entry
  return {
    kind: 'article',
    title,
    subtitle: book.subtitle,
    date: book.date,
    blocks: openingOf(introduction, figure),
    sections: lawSections(content, 'law', '1', new Map()),
    references: referencesOf(content.flatMap(citedBy)),
  }
}

/** A book of one result that was not run is no book. */
export function documentOf(book: Book, figures: ReadonlyMap<string, Block>): Document {
  const [entry] = book.entries
  if (entry === undefined || book.entries.length > 1 || book.ksb === true) return bookOf(book, figures)
  const { content } = entry
  return isRun(content) ? bookOf(book, figures) : lawsArticle(book, { ...entry, content }, figures.get(pictureId(0)))
}

const openingOf = (introduction: string | undefined, figure: Block | undefined): Block[] => [
  ...(introduction === undefined ? [] : [paragraph(sentence(introduction))]),
  ...(figure === undefined ? [] : [figure]),
]

/** The title of a part stands at its first chapter. */
const partOf = ({ part }: BookEntry, before: BookEntry | undefined): { readonly part?: string } =>
  part === undefined || part === before?.part ? {} : { part }

function chapter(entry: BookEntry, index: number, figures: ReadonlyMap<string, Block>, told: ToldSteps): Section {
  const { content, introduction, title } = entry
  const id = chapterId(index)
  const opening = openingOf(introduction, figures.get(pictureId(index)))
  if (!isRun(content)) return { id, title: [title], blocks: opening, sections: lawSections(content, id, `${index + 1}`, told) }
  const summary = summaryBlocks(content, `${id}-`).filter((block) => block.kind !== 'explorer')
  return { id, title: [title], blocks: [...opening, ...summary], sections: runSections(content, `${id}-`, `${index + 1}.`, told) }
}

/** One law is the chapter; of several, each is a section by the name of its symmetry. */
function lawSections(derivations: readonly Derivation[], id: string, number: string, told: ToldSteps): Section[] {
  const [only] = derivations
  if (only !== undefined && derivations.length === 1) return derivationSections(only, id, number, told)
  return derivations.map((derivation, index) => {
    const law = `${number}.${index + 1}`
    const own = `${id}-law-${index + 1}`
    const name = sentence(derivation.symmetry.name).replace(/\.$/, '')
    return { id: own, title: [`Law ${law}. ${name}`], blocks: [], sections: derivationSections(derivation, own, law, told) }
  })
}

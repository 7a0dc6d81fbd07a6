import type { Derivation } from '../laws/derivation.js'
import { referencesOf } from '../report/content/article.js'
import { bookOf } from '../report/content/book.js'
import { citedBy, derivationSections } from '../report/content/derivation.js'
import { renderLatex } from '../report/latex/render.js'

/** A LaTeX document of one derivation, or a book with a chapter for each of several. */
export function derivationsLatex(title: string, derivations: readonly Derivation[]): string {
  const [only] = derivations
  const plain = { title, subtitle: '', date: '' }
  if (only === undefined || derivations.length > 1) return renderLatex(bookOf({ ...plain, entries: derivations.map((content) => ({ content })) }))
  return renderLatex({
    ...plain,
    kind: 'article',
    blocks: [],
    sections: derivationSections(only, 'law', '1'),
    references: referencesOf(citedBy(only)),
  })
}

import { join } from 'node:path'
import type { Document } from '../document.js'
import { writeFiles } from '../files.js'
import { renderHtml } from '../html/render.js'
import { renderLatex } from '../latex/render.js'
import { compilePdf } from '../pdf.js'
import { picturesSection } from './section.js'

/** The pictures alone. @param date as in `2025-01-31`. */
export const picturesDocument = (date: string): Document => ({
  kind: 'article', title: 'Symmetry and learning in two parameters', subtitle: 'Gradient fields, continuous models and phase portraits', date, blocks: [], sections: [picturesSection('pictures')], references: ['NM'],
})

/**
 * Writes `pictures.tex` and `pictures.html`, and `pictures.pdf` if asked.
 * @returns the paths of what was written. @throws InputError if the directory cannot be written or pdflatex is missing.
 */
export async function writePictures(directory: string, date: string, { pdf = false }: { readonly pdf?: boolean } = {}): Promise<readonly string[]> {
  const document = picturesDocument(date)
  await writeFiles(directory, { 'pictures.tex': renderLatex(document), 'pictures.html': renderHtml(document, []) })
  const written = ['pictures.tex', 'pictures.html'].map((name) => join(directory, name))
  return pdf ? [...written, (await compilePdf(directory, { name: 'pictures' })).path] : written
}

export { picturesSection } from './section.js'

import { join } from 'node:path'
import type { Section } from '../document.js'
import { writeFiles } from '../files.js'
import { renderHtml } from '../html/render.js'
import { renderLatex } from '../latex/render.js'
import { compilePdf } from '../pdf.js'
import { experimentsSection } from './experiments.js'
import { picturesSection } from './section.js'

/** The last chapters of the book: experiments beyond single runs, and the pictures in two parameters. */
export const appendixSections = async (): Promise<readonly Section[]> => [await experimentsSection('experiments'), picturesSection('pictures')]

/**
 * Computes the experiments and pictures and writes them as `pictures.tex` and `pictures.html`, and `pictures.pdf` if asked.
 * @param date as in `2025-01-31`.
 * @returns the paths of what was written. @throws InputError if the directory cannot be written or pdflatex is missing.
 */
export async function writePictures(directory: string, date: string, { pdf = false }: { readonly pdf?: boolean } = {}): Promise<readonly string[]> {
  const document = {
    kind: 'article', title: 'Laws of learning in pictures', subtitle: 'Experiments on real digits, and losses of two parameters', date, blocks: [], sections: await appendixSections(), references: ['NM', 'NLD', 'GU'],
  } as const
  await writeFiles(directory, { 'pictures.tex': renderLatex(document), 'pictures.html': renderHtml(document, []) })
  const written = ['pictures.tex', 'pictures.html'].map((name) => join(directory, name))
  return pdf ? [...written, (await compilePdf(directory, { name: 'pictures' })).path] : written
}

import type { Derivation } from '../laws/derivation.js'
import { documentOf } from '../report/content/book.js'
import { renderLatex } from '../report/latex/render.js'

/** A LaTeX document of the laws of one problem. */
export const derivationsLatex = (title: string, derivations: readonly Derivation[]): string =>
  renderLatex(documentOf({ title, subtitle: '', date: '', entries: [{ title, content: derivations }] }, new Map()))

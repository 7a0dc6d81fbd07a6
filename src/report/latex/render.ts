import type { Document, Section } from '../document.js'
import { numberFloats } from '../floats.js'
import { REFERENCES, type ReferenceKey } from '../references.js'
import { blocks } from './blocks.js'
import { escapeLatex } from './escape.js'
import { type Context, inline } from './inline.js'
import { preamble } from './preamble.js'

const ARTICLE_LEVELS = ['section', 'subsection', 'subsubsection']
const BOOK_LEVELS = ['chapter', 'section', 'subsection', 'subsubsection']

/** The whole document as one LaTeX file without outside parts. */
export function renderLatex(document: Document): string {
  const context: Context = { floats: numberFloats(document) }
  const levels = document.kind === 'book' ? BOOK_LEVELS : ARTICLE_LEVELS
  return `${preamble(document.kind)}
\\hypersetup{pdftitle={${escapeLatex(document.title).replaceAll('\\allowbreak{}', '')}}}
\\title{\\vspace{-12mm}\\bfseries ${escapeLatex(document.title)}}
\\author{${escapeLatex(document.subtitle)}}
\\date{${escapeLatex(document.date)}}
\\begin{document}
\\maketitle
${document.kind === 'book' ? '\\tableofcontents\n' : ''}
${blocks(document.blocks, context)}

${document.sections.map((section) => sectionLatex(section, levels, 0, context)).join('\n\n')}

${bibliography(document.references)}
\\end{document}
`
}

function sectionLatex(section: Section, levels: readonly string[], depth: number, context: Context): string {
  const command = levels[depth] ?? 'paragraph'
  return [
    ...(section.part === undefined ? [] : [`\\part{${escapeLatex(section.part)}}`]),
    `\\${command}{${inline(section.title, context)}}`,
    blocks(section.blocks, context),
    ...section.sections.map((each) => sectionLatex(each, levels, depth + 1, context)),
  ].join('\n\n')
}

/** Several papers under one key are one entry. */
function bibliography(keys: readonly ReferenceKey[]): string {
  const entries = keys.map((key) => {
    const papers = REFERENCES[key].map(({ authors, title, venue, arxiv }) => {
      const link = arxiv === undefined ? '' : ` \\href{https://arxiv.org/abs/${arxiv}}{arXiv:${arxiv}}.`
      return `${escapeLatex(authors)}. \\emph{${escapeLatex(title)}}. ${escapeLatex(venue)}.${link}`
    })
    return `\\bibitem[${key}]{${key}} ${papers.join(' ')}`
  })
  return `\\begin{thebibliography}{HLW}\n${entries.join('\n')}\n\\end{thebibliography}`
}

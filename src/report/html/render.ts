import { createHash } from 'node:crypto'
import { type Document, type Section, walkBlocks } from '../document.js'
import { numberFloats } from '../floats.js'
import { REFERENCES, type ReferenceKey } from '../references.js'
import { type Context, blocks, inline } from './blocks.js'
import { escapeHtml, scriptJson } from './escape.js'
import { type LazyFormulas, lazyFormulas, mathStyle, typesetFormulas } from './math.js'
import { type ShownLaw, payloadOf } from './payload.js'
import { asset, pageScript } from './scripts.js'
import { STYLE } from './style.js'

/** Characters of a page that has its formulas typeset; a longer one leaves that to its script. */
const LONGEST = 3_500_000

/**
 * The whole document as one HTML file that asks the network for nothing: its content security policy forbids it to, and runs the one script
 * by its hash. Formulas are typeset ahead of time; a book, and what else would be too long, has them as TeX that the page typesets when it is
 * about to be seen.
 * @param laws whose curves the interactive plots show.
 */
export function renderHtml(document: Document, laws: readonly ShownLaw[]): string {
  const ahead = document.kind === 'book' ? undefined : pageOf(document, laws)
  return ahead === undefined || ahead.length > LONGEST ? pageOf(document, laws, lazyFormulas()) : ahead
}

function pageOf(document: Document, laws: readonly ShownLaw[], lazy?: LazyFormulas): string {
  const interactive = laws.length > 0 && [...walkBlocks(document)].some((block) => block.kind === 'explorer')
  const script = pageScript({ explorer: interactive, formulas: lazy !== undefined })
  const context: Context = {
    floats: numberFloats(document),
    explorer: interactive ? explorerHtml(laws) : '',
    formulas: lazy ?? typesetFormulas,
    level: 3,
  }
  const body = `<a class="skip" href="#content">To the content</a>
<header class="title"><h1>${escapeHtml(document.title)}</h1>
${[document.subtitle, document.date].map((line) => `<p class="subtitle">${escapeHtml(line)}</p>`).join('')}</header>
<main id="content">
${document.kind === 'book' ? contents(document, context) : ''}
${blocks(document.blocks, context)}
${document.kind === 'article' ? contents(document, context) : ''}
${document.sections.map((section, index) => sectionHtml(section, 2, context, document.kind === 'book' ? String(index + 1) : '')).join('\n')}
${bibliography(document.references)}
</main>
<footer>${escapeHtml(document.subtitle)}. The numbers behind every plot are in the JSON file beside this page.</footer>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy(script)}">
<title>${escapeHtml(document.title)}</title>
<style>${mathStyle(lazy?.sample() ?? body)}</style>
<style>${!interactive ? '' : asset('uplot/dist/uPlot.min.css')}${STYLE}</style>
</head>
<body>
${body}
${script === '' ? '' : `<script>${script}</script>`}
</body>
</html>
`
}

/** The page may load nothing and run its own script only. */
function contentPolicy(script: string): string {
  const own = script === '' ? "'none'" : `'sha256-${createHash('sha256').update(script).digest('base64')}'`
  const looks = "style-src 'unsafe-inline'; font-src data:; img-src data:"
  return `default-src 'none'; ${looks}; script-src ${own}; base-uri 'none'; form-action 'none'`
}

function explorerHtml(laws: readonly ShownLaw[]): string {
  const button = (id: string, text: string, label: string) =>
    `<button type="button" id="explore-${id}" aria-label="${label}" title="${label}">${text}</button>`
  return `<section class="explorer" id="explore" aria-labelledby="explore-title">
<h2 id="explore-title">Theory over measurement, every neuron</h2>
<p id="explore-without">With scripts this place shows every neuron of every law; without, the figures below show the neuron with the largest
residual and all neurons in small.</p>
<div id="explore-tool" hidden>
<div class="controls"><label>Law <select id="explore-law"></select></label><label>Neuron <select id="explore-neuron"></select></label>
<span class="group">${button('previous', '‹', 'Previous neuron')}${button('next', '›', 'Next neuron')}</span>
<span class="group">${button('in', '+', 'Zoom in')}${button('out', '−', 'Zoom out')}
${button('left', '←', 'Earlier steps')}${button('right', '→', 'Later steps')}${button('whole', 'all', 'Whole run')}</span></div>
<div id="explore-charge"></div><div id="explore-residual"></div><div id="explore-discrete"></div>
<p class="note" id="explore-reading" aria-live="polite"></p>
<p class="note">Grey: measured. Blue line: theory, with the error that it predicts for itself. Drag across a plot to zoom, double-click
for the whole run.</p>
</div>
<script type="application/json" id="explore-data">${scriptJson(payloadOf(laws))}</script>
</section>`
}

/** Of an article two levels; of a book its parts and chapters, and within a chapter what is peculiar to it: its laws. */
function contents(document: Document, context: Context): string {
  const link = ({ id, title }: Section, number: string): string => `<a href="#${id}">${number}${inline(title, context)}</a>`
  const article = (sections: readonly Section[], depth: number): string =>
    sections.length === 0 || depth > 1
      ? ''
      : `<ol>${sections.map((section) => `<li>${link(section, '')}${article(section.sections, depth + 1)}</li>`).join('')}</ol>`
  const laws = ({ id, sections }: Section): string => {
    const own = sections.filter((section) => section.id.startsWith(`${id}-law-`))
    return own.length === 0 ? '' : `<ul>${own.map((section) => `<li>${link(section, '')}</li>`).join('')}</ul>`
  }
  const book = document.sections.map((chapter, index) => {
    const part = chapter.part === undefined ? '' : `${index === 0 ? '' : '</ul>'}<p class="part">${escapeHtml(chapter.part)}</p><ul>`
    const opening = index === 0 && part === '' ? '<ul>' : part
    return `${opening}<li>${link(chapter, `<span class="number">${index + 1}</span>`)}${laws(chapter)}</li>`
  })
  const all = document.kind === 'book' ? `${book.join('')}</ul>` : article(document.sections, 0)
  return document.sections.length === 0
    ? ''
    : `<nav class="contents ${document.kind}" ` +
        `aria-label="Contents"><details${document.kind === 'book' ? ' open' : ''}><summary>Contents</summary>${all}</details></nav>`
}

/** @param number of a book's chapter. */
function sectionHtml(section: Section, level: number, context: Context, number = ''): string {
  const inner: Context = { ...context, level: Math.min(6, level + 1) }
  const heading = `h${Math.min(6, level)}`
  const part = section.part === undefined ? '' : `<p class="part">${escapeHtml(section.part)}</p>\n`
  const counted = number === '' ? '' : `<span class="number">${number}</span>`
  return `${part}<section id="${section.id}"><${heading}>${counted}${inline(section.title, context)}</${heading}>
${blocks(section.blocks, inner)}
${section.sections.map((each) => sectionHtml(each, level + 1, context)).join('\n')}</section>`
}

function bibliography(keys: readonly ReferenceKey[]): string {
  const entries = keys.map((key) => {
    const papers = REFERENCES[key].map(
      ({ authors, title, venue, arxiv }) =>
        `${escapeHtml(authors)}. <em>${escapeHtml(title)}</em>. ${escapeHtml(venue)}.${arxiv === undefined ? '' : ` arXiv:${arxiv}.`}`,
    )
    return `<li id="reference-${key}"><b>[${key}]</b>${papers.join(' ')}</li>`
  })
  return `<section id="references"><h2>References</h2><ul class="references">${entries.join('')}</ul></section>`
}

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { renderToString } from 'katex'
import { breakFormula } from '../formula/break.js'
import { checkFormula } from '../formula/check.js'
import { escapeHtml } from './escape.js'

/**
 * Narrowest place of a formula on a wide screen, the step of a derivation, in em of KaTeX's size: 638 px of 18.7 px letters, less a margin
 * for the estimate.
 */
const COLUMN_WIDTH = 32.5

/** How the formulas of a page are written. */
export interface Formulas {
  /** In the line of text, with MathML for screen readers. */
  readonly inline: (latex: string) => string
  /** Displayed, broken like the LaTeX one, in a box that scrolls by itself where the screen is too narrow. */
  readonly display: (latex: string) => string
}

const IN_LINE = 'katex-inline'
const DISPLAYED = 'formula'

/** Every formula typeset ahead of time: the page needs no script. */
export const typesetFormulas: Formulas = {
  inline: (latex) => `<span class="${IN_LINE}">${typeset(checkFormula(latex, 'inline formula'), false)}</span>`,
  display: (latex) => `<div class="${DISPLAYED}">${typeset(broken(latex), true)}</div>`,
}

/** Formulas of a page that the browser typesets. */
export interface LazyFormulas extends Formulas {
  /** Every formula that was written so far, each once and typeset, for {@link mathStyle} to see what they need. */
  readonly sample: () => string
}

/**
 * Formulas as their TeX, which the page's script has KaTeX put in their place shortly before they are seen; without scripts they are read
 * as TeX. A book has thousands of formulas, and typeset they are ten times as long.
 */
export function lazyFormulas(): LazyFormulas {
  const typesetBefore = new Map<string, string>()
  const write = (latex: string, displayed: boolean): string => {
    const key = `${displayed} ${latex}`
    if (!typesetBefore.has(key)) typesetBefore.set(key, typeset(latex, displayed))
    const [element, name] = displayed ? ['div', DISPLAYED] : ['span', IN_LINE]
    return `<${element} class="${name}" data-tex>${escapeHtml(latex)}</${element}>`
  }
  return {
    inline: (latex) => write(checkFormula(latex, 'inline formula'), false),
    display: (latex) => write(broken(latex), true),
    sample: () => [...typesetBefore.values()].join(''),
  }
}

function broken(latex: string): string {
  const rows = breakFormula(latex, COLUMN_WIDTH)
  const [only] = rows
  if (rows.length === 1 && only !== undefined) return only.right
  return `\\begin{aligned}${rows.map(({ left, right }) => `${left} &${right}`).join(' \\\\ ')}\\end{aligned}`
}

function typeset(latex: string, displayMode: boolean): string {
  const html = renderToString(latex, { displayMode, throwOnError: true, strict: 'ignore', trust: false, maxExpand: 1000 + latex.length, output: 'htmlAndMathml' })
  // HTML needs no namespaces, and without them the page names no address at all. The TeX source is in result.json.
  const source = /<annotation[^>]*>[^]*?<\/annotation>|<\/?semantics>/g
  const plain = html.replaceAll(/ xmlns="[^"]*"/g, '').replaceAll(source, '')
  // Upright words are one identifier, which screen readers say as a word.
  return plain.replaceAll(/(?:<mi mathvariant="normal">[A-Za-z]<\/mi>){2,}/g, (word) => `<mi>${word.replaceAll(/<[^>]*>/g, '')}</mi>`)
}

/**
 * KaTeX's style sheet with exactly those of its fonts inlined that the page's formulas are set in: a font is needed if a rule that names it
 * has all its classes on the page.
 */
export function mathStyle(page: string): string {
  const file = createRequire(import.meta.url).resolve('katex/dist/katex.min.css')
  const css = readFileSync(file, 'utf8')
  const used = new Set([...page.matchAll(/class="([^"]*)"/g)].flatMap(([, names = '']) => names.split(' ')))
  const wanted = new Set(['KaTeX_Main-Regular', ...neededFonts(css, used)])
  return css.replaceAll(/@font-face\{[^}]*\}/g, (face) => {
    const name = /url\(fonts\/([A-Za-z0-9_-]+)\.woff2\)/.exec(face)?.[1] ?? ''
    if (!wanted.has(name)) return ''
    const font = readFileSync(join(dirname(file), 'fonts', `${name}.woff2`)).toString('base64')
    return face.replace(/src:[^}]*/, `src:url(data:font/woff2;base64,${font}) format("woff2")`)
  })
}

function neededFonts(css: string, used: ReadonlySet<string>): string[] {
  return [...css.matchAll(/([^{}]+)\{([^{}]*font-family:(KaTeX_[A-Za-z0-9]+)[^{}]*)\}/g)].flatMap(
    ([, selectors = '', rule = '', family = '']) => {
      if (selectors.includes('@font-face')) return []
      const applies = selectors
        .split(',')
        .some((each) => [...each.matchAll(/\.([A-Za-z0-9_-]+)/g)].every(([, name = '']) => used.has(name)))
      const bold = rule.includes('font-weight:700')
      const italic = rule.includes('font-style:italic')
      const style = bold && italic ? 'BoldItalic' : bold ? 'Bold' : italic ? 'Italic' : 'Regular'
      return applies ? [`${family}-${style}`] : []
    },
  )
}

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { renderToString } from 'katex'
import { breakFormula } from '../formula/break.js'
import { checkFormula } from '../formula/check.js'

/** Narrowest place of a formula on a wide screen, the step of a derivation, in em of KaTeX's size: 638 px of 18.7 px letters, less a margin for the estimate. */
const COLUMN_WIDTH = 32.5

/** A formula in the line of text, rendered ahead of time, with MathML for screen readers. */
export const inlineMath = (latex: string): string => render(checkFormula(latex, 'inline formula'), false)

/** A displayed formula, broken like the LaTeX one, in a box that scrolls by itself where the screen is too narrow. */
export function displayMath(latex: string): string {
  const rows = breakFormula(latex, COLUMN_WIDTH)
  const [only] = rows
  const whole = rows.length === 1 && only !== undefined ? only.right : `\\begin{aligned}${rows.map(({ left, right }) => `${left} &${right}`).join(' \\\\ ')}\\end{aligned}`
  return `<div class="formula">${render(whole, true)}</div>`
}

function render(latex: string, displayMode: boolean): string {
  const html = renderToString(latex, { displayMode, throwOnError: true, strict: 'ignore', trust: false, output: 'htmlAndMathml' })
  // HTML needs no namespaces, and without them the page names no address at all. The TeX source is in result.json.
  return html.replaceAll(/ xmlns="[^"]*"/g, '').replaceAll(/<annotation[^>]*>[^]*?<\/annotation>/g, '')
}

/**
 * KaTeX's style sheet with exactly those of its fonts inlined that the page's formulas are set in: a font is needed if a rule that names it has
 * all its classes on the page.
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
  return [...css.matchAll(/([^{}]+)\{([^{}]*font-family:(KaTeX_[A-Za-z0-9]+)[^{}]*)\}/g)].flatMap(([, selectors = '', rule = '', family = '']) => {
    if (selectors.includes('@font-face')) return []
    const applies = selectors.split(',').some((selector) => [...selector.matchAll(/\.([A-Za-z0-9_-]+)/g)].every(([, name = '']) => used.has(name)))
    const bold = rule.includes('font-weight:700')
    const italic = rule.includes('font-style:italic')
    const style = bold && italic ? 'BoldItalic' : bold ? 'Bold' : italic ? 'Italic' : 'Regular'
    return applies ? [`${family}-${style}`] : []
  })
}

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { explorer } from './client.js'
import { typesetter } from './typesetter.js'

/** A file of an installed package. */
export const asset = (name: string): string => readFileSync(createRequire(import.meta.url).resolve(name), 'utf8')

/** What the page does besides being read. */
export interface Live {
  /** Interactive plots. */
  readonly explorer: boolean
  /** Formulas that are typeset when they are about to be seen. */
  readonly formulas: boolean
}

/**
 * The page's one script: libraries and the page's own functions; empty for a page that only is read. Loaders that keep function names wrap
 * them in `__name`, which a browser does not have. The libraries name the addresses of their licence and of XML namespaces, which HTML has
 * no use for; the page is to hold none, so the schemes are dropped.
 */
export function pageScript(live: Live): string {
  if (!live.explorer && !live.formulas) return ''
  const names = [...(live.explorer ? ['uplot/dist/uPlot.iife.min.js'] : []), ...(live.formulas ? ['katex/dist/katex.min.js'] : [])]
  const libraries = names.map(asset).join('\n').replaceAll(/https?:\/\//g, '')
  const formulas = live.formulas ? [`(${typesetter.toString()})(katex)`] : []
  const plots = live.explorer ? [`(${explorer.toString()})(uPlot)`] : []
  const own = ['const __name=(value)=>value', ...formulas, ...plots, "document.body.classList.add('live')"].join(';')
  return `${libraries}\n;(()=>{${own}})()`.replaceAll('</script', '<\\/script')
}

import type { Written } from '../jets/notation.js'

/** Whether the first bracket closes with the last character. */
function isBracketed(text: string, open: string, close: string): boolean {
  if (!text.startsWith(open) || !text.endsWith(close)) return false
  let depth = 0
  for (let i = 0; i < text.length - close.length; i += 1) {
    if (text.startsWith(open, i)) depth += 1
    if (text.startsWith(close, i)) depth -= 1
    if (depth === 0) return false
  }
  return true
}

/** A matrix that stands alone needs no brackets. */
export function bare<S extends Written>(statement: S): S {
  const { text, latex } = statement
  return {
    ...statement,
    text: isBracketed(text, '(', ')') ? text.slice(1, -1) : text,
    latex: isBracketed(latex, '\\left(', '\\right)') ? latex.slice('\\left('.length, -'\\right)'.length).trim() : latex,
  }
}

import { MATH_CHARACTERS } from '../characters.js'

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  '`': '\\textasciigrave{}',
  '’': "'",
  '‘': '`',
  '“': '``',
  '”': "''",
  '–': '--',
  '—': '---',
  '…': '\\ldots{}',
  '\u00a0': '~',
}

const OTHER: Readonly<Record<string, string>> = {
  '²': '\\textsuperscript{2}',
  '³': '\\textsuperscript{3}',
  '¹': '\\textsuperscript{1}',
  ᵀ: '\\textsuperscript{T}',
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'
const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉'

/**
 * Plain text as LaTeX that prints it, whatever it holds: nothing in the result is a command of the text's own. Characters for which
 * pdflatex's standard fonts have no glyph are printed by their code point, e.g. `[U+4E2D]`.
 */
export function escapeLatex(text: string): string {
  return breakLongWords(text.normalize('NFC')).replaceAll(/[^]/gu, escapeCharacter)
}

const BREAK = '\u200b'

/** Words longer than a column get places to break, after punctuation where there is some. */
const breakLongWords = (text: string) =>
  text.replaceAll(/\S{24,}/gu, (word) =>
    word.replaceAll(/([._/\\,;:)\]-])(?=.)/gu, `$1${BREAK}`).replaceAll(new RegExp(`[^${BREAK}]{20}(?=.)`, 'gu'), `$&${BREAK}`),
  )

function escapeCharacter(character: string): string {
  const known = SPECIAL[character] ?? OTHER[character]
  if (known !== undefined) return known
  const word = MATH_CHARACTERS.get(character)
  if (word !== undefined) return `\\ensuremath{${word}}`
  if (/^[ -~]$/.test(character)) return character
  if (character === BREAK) return '\\allowbreak{}'
  const superscript = SUPERSCRIPTS.indexOf(character)
  if (superscript >= 0) return `\\textsuperscript{${superscript}}`
  if (character === '⁻') return '\\textsuperscript{\\ensuremath{-}}'
  const subscript = SUBSCRIPTS.indexOf(character)
  if (subscript >= 0) return `\\textsubscript{${subscript}}`
  if (/\s/u.test(character)) return ' '
  return isLatin(character) ? character : `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]\\allowbreak{}`
}

/** Letters that the T1 encoding holds: Latin-1 (without its signs) and the European letters of Latin Extended-A that it kept. */
const isLatin = (character: string) => /[À-ÖØ-öø-ÿĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž¡¿£§]/u.test(character)

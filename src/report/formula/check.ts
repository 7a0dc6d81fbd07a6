import { renderToString } from 'katex'
import { InputError } from '../../errors.js'
import { MATH_CHARACTERS } from '../characters.js'
import { tokenize } from './parse.js'

/**
 * Control words that KaTeX knows and that have no place in a formula: they define macros, change categories, reach outside the formula or
 * exist on the web only. (All other control words that KaTeX does not know, `\input` among them, it refuses itself.)
 */
const FORBIDDEN = new Set(
  (
    'def gdef edef xdef let futurelet global long newcommand renewcommand providecommand expandafter noexpand char relax ' +
    'begingroup endgroup bgroup egroup ' +
    'htmlClass htmlId htmlStyle htmlData href url includegraphics tag newline cr verb errmessage message show global displaylimits ' +
    'csname endcsname catcode write openin openout read immediate special'
  ).split(' '),
)

/**
 * Accepts LaTeX of math mode and nothing else. A result file can come from anywhere and its formulas go into a document that is compiled,
 * so a formula that defines, includes or escapes from math mode is refused.
 * @param place what the formula belongs to, for the message.
 * @returns the formula in ASCII.
 * @throws {InputError} with the fault that KaTeX's parser or this check found.
 */
export function checkFormula(latex: string, place: string): string {
  const ascii = latex.replaceAll(/[^ -~]/gu, asciiOf)
  const foreign = /[^ -~]/u.exec(ascii)?.[0]
  if (foreign !== undefined) throw refusal(latex, place, `the character ${JSON.stringify(foreign)} has no meaning in a formula`)
  const word = tokenize(ascii).find((token) => FORBIDDEN.has(token.replace(/^\\/, '')) && token.startsWith('\\'))
  if (word !== undefined) throw refusal(latex, place, `${word} is not allowed in a formula`)
  const character = /\\[()[\]]|(^|[^\\])[%$#]|\^\^/.exec(ascii)?.[0]
  if (character !== undefined) throw refusal(latex, place, `“${character.trim()}” is not allowed in a formula`)
  try {
    renderToString(ascii, { displayMode: true, throwOnError: true, strict: 'ignore', trust: false, maxExpand: 200 + ascii.length, output: 'mathml' })
  } catch (error) {
    throw refusal(latex, place, error instanceof Error ? error.message : String(error))
  }
  return ascii
}

/** A control word needs a blank before a letter that may follow it. */
function asciiOf(character: string): string {
  const word = MATH_CHARACTERS.get(character)
  return word === undefined ? character.replace(/[\t\n\r]/, ' ') : `${word} `
}

function refusal(latex: string, place: string, reason: string): InputError {
  const shown = latex.length > 80 ? `${latex.slice(0, 77)}…` : latex
  return new InputError(
    `${place}: the formula “${shown}” cannot be set: ${reason}`,
    'write plain LaTeX of math mode, with amsmath and amssymb only',
  )
}

import { InputError } from '../errors.js'

export interface Token {
  readonly kind: 'number' | 'name' | 'operator' | 'open' | 'close' | 'comma'
  readonly text: string
  /** From 1. */
  readonly column: number
}

const PATTERN = /(?<space>\s+)|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<operator>\*\*|[-+*/^])|(?<open>\()|(?<close>\))|(?<comma>,)/y

/** Words that the parser takes for operators or constants. */
const RESERVED = new Set(['to', 'and', 'xor', 'or', 'not', 'true', 'false', 'null', 'undefined', 'NaN', 'Infinity', 'end'])

/** Characters a user may try, and what to write instead. */
const REMEDIES: readonly (readonly [RegExp, string, string])[] = [
  [/[=<>!≠≤≥&|?:~]/u, 'comparisons, assignments and conditions do not belong in an expression', 'write one expression without it'],
  [/['’]/u, 'a quote is not an operator', 'write transpose(X) for a transpose and diff(q,t) for a derivative'],
  [/["`]/u, 'text in quotes does not belong in an expression', 'write names without quotes'],
  [/[[\]{};]/u, 'brackets and braces do not belong in an expression', 'use parentheses and the name of a matrix block'],
  [/[·×]/u, 'an unknown operator', 'write * for a product'],
  [/[\u0370-\u03ff]/u, 'a Greek letter', 'spell Greek letters by name: eta, lambda, theta'],
  [/[.@]/u, 'properties and elementwise operators do not belong in an expression', 'use + - * / ^ and the functions of the expression text'],
]

const STARTS = new Set(['number', 'name', 'open'])
const ENDS = new Set(['number', 'name', 'close'])

function refuseCharacter(character: string, column: number): InputError {
  const [, what, remedy] = REMEDIES.find(([pattern]) => pattern.test(character)) ?? [/./, 'an unknown character', 'use letters, digits, _ and + - * / ^ ( ) ,']
  return new InputError(`'${character}' — ${what}`, remedy, { column })
}

function checkWord(token: Token, next: Token | undefined): void {
  if (token.kind === 'name' && RESERVED.has(token.text))
    throw new InputError(`'${token.text}' is a reserved word`, 'choose another name', { column: token.column })
  if (token.text === '**') throw new InputError("'**' is not an operator", 'write ^ for a power', { column: token.column })
  const call = token.kind === 'name' && next?.kind === 'open'
  if (next !== undefined && ENDS.has(token.kind) && STARTS.has(next.kind) && !call)
    throw new InputError(`an operator is missing between '${token.text}' and '${next.text}'`, 'write * for a product', { column: next.column })
}

const DEEPEST = 200

function checkParentheses(tokens: readonly Token[]): void {
  const open: Token[] = []
  for (const token of tokens) {
    if (token.kind === 'open') open.push(token)
    if (token.kind === 'close' && open.pop() === undefined)
      throw new InputError("')' without '('", 'remove it or open the parenthesis', { column: token.column })
    if (open.length > DEEPEST)
      throw new InputError(`more than ${DEEPEST} nested parentheses`, 'name subexpressions', { column: token.column })
  }
  const [left] = open
  if (left !== undefined) throw new InputError("'(' is never closed", "add ')'", { column: left.column })
}

const LONGEST = 100_000

/** The tokens of an expression text. @throws InputError for anything outside it. */
export function tokenize(text: string): readonly Token[] {
  if (text.length > LONGEST) throw new InputError(`an expression of ${text.length} characters`, `keep it below ${LONGEST}`)
  const tokens: Token[] = []
  for (let at = 0; at < text.length;) {
    PATTERN.lastIndex = at
    const match = PATTERN.exec(text)
    if (match === null) throw refuseCharacter(String.fromCodePoint(text.codePointAt(at) ?? 0), at + 1)
    const kind = kindOf(match.groups ?? {})
    if (kind !== undefined) tokens.push({ kind, text: match[0], column: at + 1 })
    at += match[0].length
  }
  if (tokens.length === 0) throw new InputError('an empty expression', 'write a number, a name or a formula', { column: 1 })
  tokens.forEach((token, i) => checkWord(token, tokens[i + 1]))
  checkParentheses(tokens)
  return tokens
}

const KINDS = ['number', 'name', 'operator', 'open', 'close', 'comma'] as const
const kindOf = (groups: Readonly<Record<string, string | undefined>>): Token['kind'] | undefined => KINDS.find((kind) => groups[kind] !== undefined)

import type { Language } from '../../report/formula/repeats.js'

interface Scanned {
  /** Calls, their arguments and what stands in brackets: everything that one name can stand for. */
  readonly parts: readonly string[]
  /** Variables that sums, products and integrals run over. */
  readonly bound: readonly string[]
}

const BINDER = /^(sum|product|integral)$/
const HAS_BINDER = /(?<![A-Za-z0-9_])(sum|product|integral)\(/
/** What is measured is told by what it is. */
const MEASURED = /^(dot|norm2|trace|diff|sum|product|integral)$/

/** A bracket that is open: where its call begins, where it opens, where its present argument begins, and those before. */
interface Bracket {
  readonly start: number
  readonly open: number
  argument: number
  readonly args: string[]
}

/** What one pair of brackets gives: its call and its arguments. */
function ofBracket(text: string, { start, open, args }: Bracket, close: number): Scanned {
  const head = text.slice(start, open)
  const [, variable] = args
  const call = head === '' || MEASURED.test(head) ? [] : [text.slice(start, close + 1)]
  const inner = args.filter((argument) => /[-+*/^]/.test(argument) && !isCall(argument))
  return { parts: [...call, ...inner], bound: BINDER.test(head) && variable !== undefined ? [variable] : [] }
}

/** All brackets of a text in one pass, in the order in which they open. */
function scan(text: string): Scanned {
  const found: Scanned[] = []
  const opened: (Bracket & { readonly place: number })[] = []
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '(') {
      opened.push({ start: at - nameBefore(text, at).length, open: at, argument: at + 1, args: [], place: found.length })
      found.push({ parts: [], bound: [] })
    }
    const inner = opened.at(-1)
    if (inner === undefined || (character !== ',' && character !== ')')) continue
    inner.args.push(text.slice(inner.argument, at).trim())
    inner.argument = at + 1
    if (character === ')') {
      found[inner.place] = ofBracket(text, inner, at)
      opened.pop()
    }
  }
  return { parts: found.flatMap(({ parts }) => parts), bound: found.flatMap(({ bound }) => bound) }
}

/** The name that ends at a place. */
function nameBefore(text: string, end: number): string {
  let start = end
  while (start > 0 && /[A-Za-z0-9_]/.test(text.charAt(start - 1))) start -= 1
  while (start < end && /[0-9]/.test(text.charAt(start))) start += 1
  return text.slice(start, end)
}

/** Where the bracket that opens at a place is closed; −1 if it is not. */
function closing(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1
    if (text[at] === ')') depth -= 1
    if (depth === 0) return at
  }
  return -1
}

const isCall = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*\(/.test(text) && closing(text, text.indexOf('(')) === text.length - 1

const namesIn = (text: string): readonly string[] => text.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []

const isBound = (part: string, bound: readonly string[]): boolean => bound.length > 0 && namesIn(part).some((name) => bound.includes(name))

const escaped = (part: string): string => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Where a part stands by itself: a call where its name begins, anything else between brackets or commas. */
const places = (part: string): RegExp =>
  isCall(part) ? new RegExp(`(?<![A-Za-z0-9_])${escaped(part)}`, 'g') : new RegExp(`(?<=\\(|,|, )${escaped(part)}(?=\\)|,)`, 'g')

function replace(text: string, part: string, name: string): string {
  if (!text.includes(part) || (HAS_BINDER.test(text) && isBound(part, scan(text).bound))) return text
  // A name needs no brackets but those of a call.
  return text.replaceAll(places(part), name).replaceAll(new RegExp(`(?<![A-Za-z0-9_])\\(${escaped(name)}\\)`, 'g'), name)
}

/** The expression text on a terminal of 80 columns. */
export const textLanguage: Language = {
  parts: (text) => {
    const { parts, bound } = scan(text)
    return parts.filter((part) => !isBound(part, bound))
  },
  sizeOf: (text) => text.length,
  line: 76,
  least: 19,
  saving: 120,
  replace,
  meaningOf: (part) => part,
  nameOf: (letter, number) => `${letter}${number === 0 ? '' : number}`,
}

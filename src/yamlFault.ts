import type { YAMLError } from 'yaml'

/** What is wrong in a YAML or JSON text, how to mend it, and at which character. */
export interface YamlFault {
  readonly what: string
  readonly remedy: string
  readonly offset: number
}

/**
 * A fault of the YAML parser in the words of the person who wrote the file: of brackets and quotes that are never closed it names the one that
 * opens.
 */
export function yamlFault({ code, message, pos: [offset] }: YAMLError, text: string): YamlFault {
  const open = unclosed(text, offset)
  if (open !== undefined && (code === 'BAD_INDENT' || code === 'MISSING_CHAR' || code === 'BAD_COLLECTION_TYPE')) {
    const opener = text[open] ?? ''
    return { what: `${opener === '"' ? "'\"'" : `'${opener}'`} is never closed`, remedy: `add ${CLOSERS.get(opener) ?? opener}`, offset: open }
  }
  const line = lineAt(text, offset)
  switch (code) {
    case 'TAB_AS_INDENT':
      return { what: 'a tab as indentation', remedy: 'indent with spaces, two for each level', offset }
    case 'DUPLICATE_KEY':
      return { what: `the key ${wordAt(text, offset)} stands twice in one mapping`, remedy: 'keep one of the two', offset }
    case 'BAD_INDENT':
      return { what: 'this line begins in another column than those beside it', remedy: 'indent it as far as they are', offset: firstInLine(text, offset) }
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { what: "a second ':' in one line", remedy: 'put the text in quotes, or the inner key on a line of its own', offset }
    case 'MULTILINE_IMPLICIT_KEY':
      return { what: `${JSON.stringify(line.trim().slice(0, 40))} is no key with a value`, remedy: "write key: value, with a space after the ':'", offset }
    case 'MULTIPLE_DOCS':
      return { what: 'a second document begins here', remedy: 'a file holds one: remove the line --- and what follows it', offset }
    case 'BAD_SCALAR_START':
      return { what: `a text cannot begin with ${text[offset] ?? ''}`, remedy: 'put it in quotes', offset }
    case 'BAD_ALIAS':
    case 'UNEXPECTED_TOKEN':
      return unexpected(text, line, offset)
    default:
      return { what: message.split('\n', 1)[0] ?? message, remedy: 'mend the YAML or JSON there', offset }
  }
}

const CLOSERS = new Map([
  ['{', '}'],
  ['[', ']'],
  ['"', "another '\"'"],
  ["'", 'another one'],
])

/** What a `*` or `&` begins is not the start of an expression to YAML. */
function unexpected(text: string, line: string, offset: number): YamlFault {
  const found = wordAt(text, offset)
  if (/(^|[:\-[{,] +)[*&]/.test(line)) return { what: `${found} after what begins with * or &, an alias in YAML`, remedy: 'put the whole value in quotes', offset }
  return { what: `${found} is out of place`, remedy: 'remove it, or put the whole value in quotes', offset }
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return text.slice(start, end < 0 ? text.length : end)
}

const firstInLine = (text: string, offset: number): number => {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return start + (/^[ ]*/.exec(text.slice(start))?.[0].length ?? 0)
}

const wordAt = (text: string, offset: number): string => JSON.stringify(/^[^\s:,[\]{}]+|^[^]/.exec(text.slice(offset))?.[0].slice(0, 40) ?? '')

/** Where the innermost bracket or quote opens that is still open at the end; a quote opens only where a value may begin. */
function unclosed(text: string, end: number): number | undefined {
  const open: number[] = []
  let before = '\n'
  for (let at = 0; at < end; at += 1) {
    const character = text[at] ?? ''
    const inQuotes = /["']/.test(text[open.at(-1) ?? -1] ?? '')
    if (inQuotes) {
      if (character === '\\' && text[open.at(-1) ?? -1] === '"') at += 1
      else if (character === text[open.at(-1) ?? -1]) open.pop()
    } else if (character === '#' && /\s/.test(before)) {
      const line = text.indexOf('\n', at)
      at = line < 0 ? end : line - 1
    } else if (/["']/.test(character) && /[\s[{,:(]/.test(before)) open.push(at)
    else if (/[[{]/.test(character)) open.push(at)
    else if (/[\]}]/.test(character)) open.pop()
    before = character
  }
  return open.at(-1)
}

import { type Document, LineCounter, isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, parseDocument, visit } from 'yaml'
import { InputError, type Place } from '../errors.js'
import { yamlFault } from '../yamlFault.js'

/** Where a value sits in a file: keys of mappings and indices of lists, outermost first. */
export type Path = readonly (string | number)[]

/** A parsed YAML or JSON text that still knows the place of every value. */
export interface Source {
  readonly file: string | undefined
  readonly value: unknown
  /** Place of the value at a path, or of its nearest enclosing value that is there; a quoted scalar begins after its quote. */
  place(path: Path): Place
  /** Place of the key that the last part of the path names. */
  keyPlace(path: Path): Place
}

export const limits = { characters: 1_048_576, depth: 32, aliases: 100 } as const

type YamlDocument = Document.Parsed
type Locate = (offset: number) => Place

/**
 * Reads YAML 1.2 (of which JSON is a part) without executing or building anything but plain data.
 *
 * @throws InputError with line and column for a malformed, too large, too deep or alias-multiplied text
 */
export function parseSource(text: string, file?: string): Source {
  const named: Place = file === undefined ? {} : { file }
  if (text.length > limits.characters) {
    throw new InputError(`${text.length} characters are too many for a problem file`, `keep it below ${limits.characters}`, named)
  }
  const lineCounter = new LineCounter()
  const locate: Locate = (offset) => {
    const { line, col } = lineCounter.linePos(offset)
    return line === 0 ? named : { ...named, line, column: col }
  }
  const document = parse(text, lineCounter, named)
  const fault = document.errors[0] ?? document.warnings[0]
  // The parser reports the end of its own stack as an error of the document.
  if (fault !== undefined && fault.message.startsWith('Maximum call stack')) throw tooDeep(locate(fault.pos[0]))
  if (fault !== undefined) {
    const { what, remedy, offset } = yamlFault(fault, text)
    throw new InputError(what, remedy, locate(offset))
  }
  refuseDepth(document, locate)
  return {
    file,
    value: toData(document, named),
    place: (path) => placeOfValue(document, path, locate),
    keyPlace: (path) => placeOfKey(document, path, locate),
  }
}

function parse(text: string, lineCounter: LineCounter, named: Place): YamlDocument {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true, merge: false, logLevel: 'error' })
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(named)
    throw new InputError(`not YAML: ${firstLine(error instanceof Error ? error.message : String(error))}`, 'mend the text', named)
  }
}

function toData(document: YamlDocument, named: Place): unknown {
  try {
    return document.toJS({ maxAliasCount: limits.aliases })
  } catch (error) {
    if (error instanceof ReferenceError) throw new InputError(firstLine(error.message), 'write the values out instead of aliases', named)
    throw error
  }
}

const tooDeep = (place: Place): InputError => new InputError(`nested deeper than ${limits.depth} levels`, 'a problem file needs no more than ten', place)

function refuseDepth(document: YamlDocument, locate: Locate): void {
  visit(document, {
    Collection: (_, node, ancestors) => {
      const depth = ancestors.filter((ancestor) => isCollection(ancestor)).length
      if (depth >= limits.depth) throw tooDeep(locate(node.range?.[0] ?? 0))
    },
  })
}

const firstLine = (message: string): string => message.split('\n', 1)[0] ?? message

function descend(document: YamlDocument, node: unknown, part: string | number): unknown {
  const target = isAlias(node) ? node.resolve(document) : node
  if (isSeq(target) && typeof part === 'number') return target.items[part]
  if (isMap(target)) return target.items.find((pair) => keyText(pair.key) === String(part))?.value
  return undefined
}

const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : String(key))

function placeOfValue(document: YamlDocument, path: Path, locate: Locate): Place {
  let node: unknown = document.contents
  let place = locate(startOf(node) ?? 0)
  for (const part of path) {
    node = descend(document, node, part)
    const start = startOf(node)
    if (start === undefined) return place
    place = locate(start)
  }
  return place
}

/** Offset of a node; of a quoted scalar, of the character after its quote, so that columns within it count from there. */
function startOf(node: unknown): number | undefined {
  if (!isNode(node) || node.range === undefined || node.range === null) return undefined
  const quoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')
  return node.range[0] + (quoted ? 1 : 0)
}

function placeOfKey(document: YamlDocument, path: Path, locate: Locate): Place {
  const last = path.at(-1)
  let node: unknown = document.contents
  for (const part of path.slice(0, -1)) node = descend(document, node, part)
  const target = isAlias(node) ? node.resolve(document) : node
  const pair = isMap(target) ? target.items.find((item) => isPair(item) && keyText(item.key) === String(last)) : undefined
  const start = pair === undefined ? undefined : startOf(pair.key)
  return start === undefined ? placeOfValue(document, path, locate) : locate(start)
}

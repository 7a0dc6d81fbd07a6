import type * as z from 'zod'
import { InputError } from '../errors.js'
import { meantBy, remedyFor } from './suggest.js'
import type { Path, Source } from './source.js'

type Issue = z.core.$ZodIssue
type JsonSchema = z.core.JSONSchema.BaseSchema
/** Made only for faults that need it: it is much slower than the check. */
type LazySchema = () => JsonSchema

/** That a key cannot be a name; a piece of an expression is one where a comma cut it off. */
export function noName(name: string, path: Path, source: Source): InputError {
  const remedy = /[()]/.test(name) ? 'within { } a comma ends an entry: put quotes around an expression that has one' : 'begin with a letter, then letters, digits and underscores'
  return new InputError(`${quoted(name)} cannot be a name`, remedy, source.keyPlace(path))
}

/**
 * The first fault of a value that does not fit its schema, as one line with place and remedy.
 * @param more where all forms are told
 */
export function faultOf(issues: readonly Issue[], source: Source, schema: LazySchema, more = 'see noether schema'): InputError {
  const issue = mostTelling(issues)
  const path = issue.path.filter((part) => typeof part !== 'symbol')
  if (issue.code === 'unrecognized_keys') return unknownKey(issue.keys[0] ?? '', path, source, schema)
  if (issue.code === 'invalid_key') {
    return noName(String(path.at(-1)), path, source)
  }
  if (issue.code === 'invalid_value' && issue.values.length > 1) {
    const found = valueAt(source.value, path)
    if (typeof found === 'string') {
      return new InputError(`${label(path)} cannot be ${quoted(found)}`, remedyFor(found, issue.values.map(String)), source.place(path))
    }
  }
  if (valueAt(source.value, path) === undefined && path.length > 0) return missing(path, issue, source, schema)
  const found = valueAt(source.value, path)
  if (path.length === 0 && (found === null || found === undefined)) return new InputError('the file is empty', EMPTY_REMEDY, source.place(path))
  return new InputError(`${label(path)}: ${described(issue, found)}`, remedyOf(issue, found, more), source.place(path))
}

const EMPTY_REMEDY = 'write title, parameters, symmetry and rule, as in examples/own-law.yaml; noether schema has all keys'

/** What to write in place of a value of the wrong kind. */
function remedyOf(issue: Issue, found: unknown, more: string): string {
  const text = typeof found === 'string' ? found.trim().slice(0, 40) : undefined
  if (text !== undefined && text !== '' && Number.isFinite(Number(text))) return `write ${text} without quotes`
  if (issue.code !== 'invalid_type') return more
  if (issue.expected === 'array' && text !== undefined) return `write a list: [${text}]`
  if (issue.expected === 'boolean') return 'write true or false'
  if (issue.expected === 'object' || issue.expected === 'record') return `write key: value, one a line; ${more}`
  return more
}

/** A key that is not there is often there with a slip in it. */
function missing(path: Path, issue: Issue, source: Source, schema: LazySchema): InputError {
  const parent = path.slice(0, -1)
  const siblings = valueAt(source.value, parent)
  const known = keysAt(schema(), parent)
  const unknown = typeof siblings === 'object' && siblings !== null ? Object.keys(siblings).filter((key) => !known.includes(key)) : []
  const slip = meantBy(String(path.at(-1)), unknown)
  if (slip !== undefined) return new InputError(`unknown key ${quoted(slip)}`, `did you mean ${String(path.at(-1))}?`, source.keyPlace([...parent, slip]))
  const remedy = issue.code === 'invalid_type' ? `add it: ${kindNames[issue.expected] ?? issue.expected}` : issue.message
  return new InputError(`${label(path)} is missing`, remedy, source.place(path))
}

const kindNames: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
}

function described(issue: Issue, found: unknown): string {
  if (issue.code === 'invalid_type') return `expected ${kindNames[issue.expected] ?? issue.expected}, found ${kindOf(found)}`
  if (issue.message === 'Invalid input') return 'fits none of the forms it can have'
  return issue.message.replace(/^Invalid (input|option): /, '')
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string' && value.length <= 40) return `the text ${quoted(value)}`
  return kindNames[Array.isArray(value) ? 'array' : typeof value] ?? typeof value
}

function unknownKey(key: string, path: Path, source: Source, schema: LazySchema): InputError {
  const known = keysAt(schema(), path)
  const where = path.length === 0 ? '' : ` in ${label(path)}`
  const inner = known.find((each) => valueAt(source.value, [...path, each]) !== undefined && keysAt(schema(), [...path, each]).includes(key))
  if (inner !== undefined) return new InputError(`${quoted(key)} is no key${where}`, insideRemedy(inner, path, source, schema()), source.keyPlace([...path, key]))
  const beside = Object.keys(valueAt(source.value, path) ?? {}).find((each) => each !== key && known.includes(each))
  if (known.includes(key) && beside !== undefined) {
    const remedy = typeof path.at(-1) === 'number' ? 'make each an item of the list' : 'leave one of the two out'
    return new InputError(`${quoted(key)} cannot stand beside ${beside}${where}`, remedy, source.keyPlace([...path, key]))
  }
  return new InputError(`unknown key ${quoted(key)}${where}`, remedyFor(key, known), source.keyPlace([...path, key]))
}

/** How to write beside a key what belongs into it: `dense: 8` with `bias: false` beside it is `dense: { units: 8, bias: false }`. */
function insideRemedy(inner: string, path: Path, source: Source, schema: JsonSchema): string {
  const [beside, found] = [valueAt(source.value, path), valueAt(source.value, [...path, inner])]
  if (found === null) return `indent it to be a part of ${inner}`
  const [stated, ...others] = requiredAt(schema, [...path, inner])
  if (typeof found === 'object' || stated === undefined || others.length > 0) return `move it into ${inner}`
  const keys = new Set(keysAt(schema, [...path, inner]))
  const moved = Object.entries(beside ?? {}).filter(([key]) => key !== stated && keys.has(key))
  const parts = [[stated, found] as const, ...moved].map(([key, value]) => `${key}: ${typeof value === 'object' ? '…' : String(value)}`)
  return `write ${inner}: { ${parts.join(', ')} }`
}

/**
 * Of a union's branches the author meant the one that fits furthest: the deepest first fault, then the fewest faults.
 * If none gets past its own top, the union's message (which lists the choices) says more than any branch.
 */
function mostTelling(issues: readonly Issue[]): Issue {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (issue === undefined) throw new Error('a failed parse has an issue')
  if (issue.code !== 'invalid_union') return issue
  const branches = issue.errors
    .filter((branch) => branch.length > 0)
    .map((branch) => ({ branch, told: mostTelling(branch) }))
    .filter(({ told }) => told.path.length > 0 || told.code === 'unrecognized_keys')
    .toSorted((left, right) => left.branch.length - right.branch.length || right.told.path.length - left.told.path.length)
  const best = branches[0]?.told
  return best === undefined ? issue : { ...best, path: [...issue.path, ...best.path] }
}

/** All keys that some branch of the schema allows at a path. */
export const keysAt = (schema: JsonSchema, path: Path): string[] => [...new Set(reachedBy(schema, path).flatMap((node) => Object.keys(node.properties ?? {})))]

/** The keys that a mapping at a path has to have. */
const requiredAt = (schema: JsonSchema, path: Path): string[] => [...new Set(reachedBy(schema, path).flatMap((node) => node.required ?? []))]

function reachedBy(schema: JsonSchema, path: Path): JsonSchema[] {
  const all = (node: JsonSchema): JsonSchema[] => alternatives(node, schema)
  return path.reduce((reached, part) => reached.flatMap((node) => children(node, part)).flatMap(all), all(schema))
}

function children(node: JsonSchema, part: string | number): JsonSchema[] {
  const { properties, additionalProperties, items } = node
  const child = typeof part === 'number' ? items : (properties?.[part] ?? additionalProperties)
  return typeof child === 'object' && !Array.isArray(child) ? [child] : []
}

/** A schema and the branches of its unions; a schema that holds itself (layers within layers) stands under a name. */
function alternatives(node: JsonSchema, root: JsonSchema): JsonSchema[] {
  const named = node.$ref === undefined ? undefined : root.$defs?.[node.$ref.replace('#/$defs/', '')]
  const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? []), ...(named === undefined ? [] : [named])]
  return [node, ...branches.flatMap((branch) => alternatives(branch, root))]
}

function valueAt(value: unknown, path: Path): unknown {
  let reached = value
  for (const part of path) {
    if (typeof reached !== 'object' || reached === null || !Object.hasOwn(reached, part)) return undefined
    reached = Reflect.get(reached, part)
  }
  return reached
}

const label = (path: Path): string => (path.length === 0 ? 'the problem' : path.map(String).join('.'))

const quoted = (word: unknown): string => JSON.stringify(String(word).slice(0, 60))

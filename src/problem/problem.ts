import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { InputError, type Place } from '../errors.js'
import { checkProblem } from './check.js'
import { faultOf } from './faults.js'
import { type Problem, problemJsonSchema, problemSchema } from './schema.js'
import { type Path, type Source, limits, parseSource } from './source.js'

/** Where each problem was read from. Kept beside the problem, so that the problem itself stays plain data. */
const sources = new WeakMap<Problem, Source>()

/**
 * Reads a problem from YAML or JSON text.
 *
 * @param text the problem
 * @param file the name that errors give
 * @throws InputError with file, line and column of the first fault
 */
export function parseProblem(text: string, file?: string): Problem {
  return fromSource(parseSource(text, file))
}

/**
 * Reads a problem file.
 *
 * @throws InputError if it cannot be read or is not a problem
 */
export async function readProblem(path: string): Promise<Problem> {
  return parseProblem(await readText(path), path)
}

const nowhere = (): Place => ({})

/**
 * Reads any YAML or JSON file that keeps the limits of problem files.
 *
 * @throws InputError if it cannot be read
 */
export async function readDocument(path: string): Promise<Source> {
  return parseSource(await readText(path), path)
}

/** Checks a problem that is already data, e.g. one a script wrote. */
export function toProblem(value: unknown): Problem {
  return fromSource({ file: undefined, value, place: nowhere, keyPlace: nowhere })
}

/** The problem with some values replaced, as `--set train.steps=100` asks for, checked again as a whole. */
export function withSettings(problem: Problem, settings: readonly string[]): Problem {
  if (settings.length === 0) return problem
  const original = sources.get(problem)
  const changed = settings.map((setting) => parseSetting(setting))
  const value = changed.reduce<unknown>((data, setting) => replaced(data, setting.path, setting.value), original?.value ?? problem)
  const override = (path: Path): Place | undefined => {
    const setting = changed.findLast((candidate) => candidate.path.every((part, index) => part === String(path[index])))
    return setting === undefined ? undefined : { file: `--set ${setting.text}` }
  }
  return fromSource({
    file: original?.file,
    value,
    place: (path) => override(path) ?? original?.place(path) ?? {},
    keyPlace: (path) => override(path) ?? original?.keyPlace(path) ?? {},
  })
}

/** File, line and column of the value at a path of the problem, e.g. `['rule', 'update', 'v']`. */
export const placeOf = (problem: Problem, path: Path): Place => sources.get(problem)?.place(path) ?? {}

/** The folder that paths in the problem are relative to. */
export function folderOf(problem: Problem): string {
  const file = sources.get(problem)?.file
  return file === undefined ? process.cwd() : dirname(resolve(file))
}

/**
 * Runs a reader of the expression text at a path of the problem; the column of a fault within the text becomes a column of the file.
 *
 * @throws InputError as the reader does, with file, line and column
 */
export function inPlace<Result>(problem: Problem, path: Path, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const place = placeOf(problem, path)
    const within = error.place.line === undefined || error.place.line === 1 ? (error.place.column ?? 1) : undefined
    const column = place.column === undefined || within === undefined ? place.column : place.column + within - 1
    throw new InputError(error.what, error.remedy, { ...place, ...(column === undefined ? {} : { column }) })
  }
}

function fromSource(source: Source): Problem {
  const parsed = problemSchema.safeParse(source.value)
  if (!parsed.success) throw faultOf(parsed.error.issues, source, problemJsonSchema)
  checkProblem(parsed.data, source)
  sources.set(parsed.data, source)
  return parsed.data
}

/** What the system says of a path that is no readable file: what is wrong and how to mend it. */
const UNREADABLE: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  ENOENT: ['no such file', 'check the path; noether list shows the names of the catalogue'],
  ENOTDIR: ['no such file', 'check the path: a part of it is a file'],
  EISDIR: ['it is a folder', 'give a file'],
  EACCES: ['no permission to read it', 'give a readable file'],
}

async function readText(path: string): Promise<string> {
  const problem = (what: string, remedy: string): InputError => new InputError(what, remedy, { file: path })
  try {
    const { size } = await stat(path)
    if (size > 4 * limits.characters) throw problem(`${size} bytes are too many for a problem file`, `keep it below ${limits.characters}`)
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (error) {
    if (error instanceof InputError) throw error
    if (error instanceof TypeError) throw problem('not UTF-8 text', 'save it as UTF-8')
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw problem(...(UNREADABLE[code] ?? ([`cannot read it (${code})`, 'give a readable file'] as const)))
  }
}

interface Setting {
  readonly text: string
  readonly path: readonly string[]
  readonly value: unknown
}

function parseSetting(text: string): Setting {
  const equals = text.indexOf('=')
  const path = text.slice(0, Math.max(0, equals)).split('.')
  if (path.some((part) => part === '')) {
    throw new InputError(`${JSON.stringify(text)} is no setting`, 'write --set key=value, e.g. --set train.steps=500', {})
  }
  return { text, path, value: parseSource(text.slice(equals + 1), `--set ${text}`).value }
}

function replaced(data: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(data)) return data.map((item: unknown, index) => (String(index) === key ? replaced(item, rest, value) : item))
  const fields = typeof data === 'object' && data !== null ? data : {}
  return { ...fields, [key]: replaced(Reflect.get(fields, key), rest, value) }
}

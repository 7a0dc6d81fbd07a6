import { LineCounter, type Document, isCollection, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml'
import { subexpressions } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { nearest } from '../algebra/nearest.js'
import { symbolsOf } from '../algebra/parts.js'
import { readExpr } from '../algebra/read.js'
import { writtenOut } from '../algebra/writtenOut.js'
import { InputError, type Place } from '../errors.js'
import { yamlFault } from '../yamlFault.js'
import { type OdeFile, odeSchema, said } from './odeSchema.js'

export type Path = readonly (string | number)[]

/** The text of an ODE file, which finds the place of a part of the document. */
export class Source {
  private readonly lines = new LineCounter()
  private readonly document: Document
  private readonly replaced: { readonly path: readonly string[]; readonly place: Place }[] = []

  /**
   * @param settings values that stand instead of the file's, e.g. `parameters.mu=3`
   * @throws InputError for what is no YAML, and for a setting of nothing.
   */
  constructor(text: string, private readonly file: string, settings: readonly string[] = []) {
    const document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false })
    this.document = document
    const [fault] = document.errors
    if (fault !== undefined) {
      const { what, remedy, offset } = yamlFault(fault, text)
      throw new InputError(what, remedy, this.atOffset(offset))
    }
    for (const setting of settings) this.replace(setting)
  }

  private replace(setting: string): void {
    const place = { file: `--set ${setting}` }
    const equals = setting.indexOf('=')
    const path = setting.slice(0, Math.max(0, equals)).split('.')
    if (path.some((part) => part === '')) throw new InputError('this is no setting', 'write --set key=value, e.g. --set parameters.mu=3', place)
    for (const [k, key] of path.entries()) {
      const outer = path.slice(0, k)
      const node: unknown = k === 0 ? this.document.contents : this.document.getIn(outer, true)
      if (node === undefined || node === null) break
      if (!isCollection(node) || (isSeq(node) && !(/^\d+$/.test(key) && Number(key) < node.items.length)))
        throw new InputError(`${outer.join('.') || 'the file'} has no part ${key}`, 'name a value of the file by its keys, or a number from 0 in a list', place)
    }
    this.document.setIn(path, this.document.createNode(new Source(setting.slice(equals + 1), place.file).value))
    this.replaced.push({ path, place })
  }

  private atOffset(offset: number): Place {
    const { line, col } = this.lines.linePos(offset)
    return { file: this.file, line, column: col }
  }

  get value(): unknown {
    try {
      return this.document.toJS({ maxAliasCount: 100 })
    } catch (fault) {
      if (!(fault instanceof ReferenceError)) throw fault
      throw new InputError('aliases stand for more than can be', 'write out what they stand for', this.firstAlias())
    }
  }

  private firstAlias(): Place {
    let place = this.place([])
    visit(this.document, {
      Alias: (_, { range }) => {
        if (range) place = this.atOffset(range[0])
        return visit.BREAK
      },
    })
    return place
  }

  /** Where a character of a value's text stands, counted from 1; of text in several lines, where it begins. */
  characterPlace(path: Path, character: number): Place {
    const place = this.place(path)
    if (place.line === undefined) return place
    const node: unknown = this.document.getIn(path, true)
    const type = isScalar(node) ? node.type : undefined
    if (type === 'BLOCK_FOLDED' || type === 'BLOCK_LITERAL') return place
    const quote = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE' ? 1 : 0
    return { ...place, column: (place.column ?? 1) + quote + character - 1 }
  }

  place(path: Path): Place {
    const setting = this.replaced.findLast((one) => one.path.every((part, k) => part === String(path[k])))
    if (setting !== undefined) return setting.place
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = length === 0 ? this.document.contents : this.document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return this.atOffset(node.range[0])
    }
    return { file: this.file }
  }
}

/** Runs what may throw faults that lie at a place. @throws InputError with the place, and whatever else is thrown as it is. */
export function within<T>(place: Place, run: () => T): T {
  try {
    return run()
  } catch (fault) {
    throw fault instanceof InputError ? fault.at(place) : fault
  }
}

/** What the document holds. @throws InputError with the place of what does not fit the schema. */
export function validated(source: Source): OdeFile {
  if (source.value === null || source.value === undefined)
    throw new InputError('the file is empty', 'write states, initial and span; see noether schema --ode', source.place([]))
  const result = odeSchema.safeParse(source.value)
  if (result.success) return result.data
  // A misspelled field also makes the right one missing: it is told first.
  const unknown = result.error.issues.find((i) => i.code === 'unrecognized_keys')
  const key = unknown?.code === 'unrecognized_keys' ? unknown.keys[0] : undefined
  const issue = unknown ?? result.error.issues[0]
  const path = (issue?.path ?? []).map((p) => (typeof p === 'symbol' ? p.toString() : p))
  const where = path.length > 0 ? `${path.join('.')}: ` : key === undefined ? 'the file: ' : ''
  const place = source.place(key === undefined ? path : [...path, key])
  const fields = Object.keys(odeSchema.shape)
  const meant = key === undefined ? undefined : nearest(key, fields)
  const choice = meant === undefined ? `the fields are ${fields.join(', ')}` : `did you mean ${meant}?`
  const split = (issue?.code === 'invalid_key' ? `${path.at(-1)}` : key ?? '').includes(')')
  const remedy = split ? 'a comma ends an entry of { … }: put text that contains commas in quotes'
    : key === undefined || path.length > 0 ? 'see noether schema --ode' : choice
  throw new InputError(`${where}${issue === undefined ? 'invalid' : said(issue)}`, remedy, place)
}

/** Terms that a sum or product in an expression is written out to. */
const MOST_TERMS = 10_000n
/** Text in which an expression may hold what has no value of its own at a point. */
const SUMMED = /\b(?:sum|product|integral|diff)\s*\(/

/** An expression with sums and products over whole numbers written out, as only what has a value at a point can be compiled. */
function pointwise(e: Expr): Expr {
  const written = writtenOut(e, {}, MOST_TERMS)
  if (written === undefined)
    throw new InputError('the bounds of a sum or product are no whole numbers, or too far apart', `give numbers, for at most ${MOST_TERMS} terms`)
  const open = [...subexpressions(written)].find(({ kind }) => kind === 'integral' || kind === 'derivative')
  if (open?.kind === 'integral') throw new InputError('an unevaluated integral cannot be compiled', 'make it a state with the integrand as its rate')
  if (open !== undefined) throw new InputError('a derivative of an unknown function cannot be compiled', 'make it a state')
  return written
}

/**
 * Reads expression text found at a path; the reader's own column is kept within the value.
 * @param remedy what to do about a name that is not allowed.
 */
export function expression(
  source: Source, value: number | string, path: Path, allowed: ReadonlySet<string>,
  remedy: (unknown: string) => string = () => 'declare it under states, parameters or signals',
): Expr {
  let e: Expr
  try {
    e = readExpr(`${value}`)
    if (typeof value === 'string' && SUMMED.test(value)) e = pointwise(e)
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault
    throw new InputError(fault.what, fault.remedy, source.characterPlace(path, fault.place.column ?? 1))
  }
  const unknown = [...symbolsOf(e)].find((s) => !allowed.has(s))
  if (unknown !== undefined)
    throw new InputError(`${path.join('.')}: ${unknown} has no value`, remedy(unknown), source.place(path))
  return e
}

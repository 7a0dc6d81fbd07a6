import { readFileSync } from 'node:fs'
import { LineCounter, type Document, isNode, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Expr } from '../algebra/expr.js'
import { readExpr } from '../algebra/read.js'
import { symbolsOf } from '../algebra/parts.js'
import { InputError, type Place } from '../errors.js'
import { compileFunction } from './function.js'
import type { EventSpecification } from './events.js'
import type { System } from './integrator/rightHandSide.js'

const quantity = z.union([z.number(), z.string()])
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'a name is a letter followed by letters, digits and _')

/** The file that `noether integrate` reads, YAML or JSON. Every string but names is expression text. */
export const odeSchema = z.strictObject({
  title: z.string().optional(),
  /** Name of each state with its rate. */
  states: z.record(name, quantity),
  /** Initial values: numbers, or expressions in the parameters. */
  initial: z.record(name, quantity),
  parameters: z.record(name, z.number()).optional(),
  /** Name of the independent variable. */
  time: name.optional(),
  span: z.tuple([z.number(), z.number()]),
  /** Output times, or their number (evenly spaced, both ends included). */
  at: z.union([z.array(z.number()), z.int().min(2)]).optional(),
  method: z.string().optional(),
  rtol: z.number().positive().optional(),
  atol: z.union([z.number().positive(), z.record(name, z.number().positive())]).optional(),
  step: z.number().positive().optional(),
  maxSteps: z.int().positive().optional(),
  /** Itô noise: for each state the amplitude of its own Brownian motion, or a list, one amplitude for each of several shared ones. */
  noise: z.record(name, z.union([quantity, z.array(quantity)])).optional(),
  seed: z.int().nonnegative().optional(),
  events: z.array(z.strictObject({
    name: z.string().optional(),
    /** The event happens where this is zero. */
    zero: quantity,
    direction: z.enum(['rising', 'falling', 'any']).optional(),
    terminal: z.boolean().optional(),
  })).optional(),
}).describe('Ordinary or stochastic differential equation')
export type OdeFile = z.infer<typeof odeSchema>

/** A differential equation ready to be compiled, with the values to integrate it with. */
export interface OdeProblem {
  readonly title: string
  readonly system: System
  readonly parameters: readonly number[]
  readonly y0: readonly number[]
  readonly span: readonly [number, number]
  readonly at: readonly number[]
  readonly atol: number | readonly number[]
  /** Amplitudes [state][Brownian motion]; undefined for an ordinary equation. */
  readonly noise: readonly (readonly Expr[])[] | undefined
  readonly events: readonly EventSpecification[]
  readonly file: OdeFile
}

type Path = readonly (string | number)[]

/** Finds the place of a part of the document. */
class Source {
  private readonly lines = new LineCounter()
  private readonly document: Document

  constructor(text: string, private readonly file: string) {
    const document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false })
    this.document = document
    const [fault] = document.errors
    if (fault !== undefined) throw new InputError(fault.message, 'mend the YAML', this.atOffset(fault.pos[0]))
  }

  private atOffset(offset: number): Place {
    const { line, col } = this.lines.linePos(offset)
    return { file: this.file, line, column: col }
  }

  get value(): unknown {
    try {
      return this.document.toJS({ maxAliasCount: 100 })
    } catch (fault) {
      throw new InputError(fault instanceof Error ? fault.message : String(fault), 'mend the YAML', { file: this.file })
    }
  }

  place(path: Path): Place {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = length === 0 ? this.document.contents : this.document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return this.atOffset(node.range[0])
    }
    return { file: this.file }
  }
}

function validated(source: Source): OdeFile {
  if (source.value === null || source.value === undefined) throw new InputError('the file is empty', 'write states, initial and span; see noether schema --ode', source.place([]))
  const result = odeSchema.safeParse(source.value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = (issue?.path ?? []).map((p) => (typeof p === 'symbol' ? p.toString() : p))
  const where = path.length === 0 ? '' : `${path.join('.')}: `
  throw new InputError(`${where}${issue?.message ?? 'invalid'}`, 'see noether schema --ode', source.place(path))
}

/** Reads expression text found at a path; the reader's own column is kept within the value. */
function expression(source: Source, value: number | string, path: Path, allowed: ReadonlySet<string>): Expr {
  const place = source.place(path)
  let e: Expr
  try {
    e = readExpr(`${value}`)
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault
    throw new InputError(fault.what, fault.remedy, { ...place, column: (place.column ?? 1) + (fault.place.column ?? 1) - 1 })
  }
  const unknown = [...symbolsOf(e)].find((s) => !allowed.has(s))
  if (unknown !== undefined)
    throw new InputError(`${path.join('.')}: ${unknown} has no value`, 'declare it under states or parameters', place)
  return e
}

function sameNames(
  source: Source, states: readonly string[], given: Readonly<Record<string, unknown>>, field: string, complete: boolean,
): void {
  for (const key of Object.keys(given))
    if (!states.includes(key))
      throw new InputError(`${field}.${key} is no state`, `one of ${states.join(', ')}`, source.place([field, key]))
  const missing = complete ? states.find((s) => !(s in given)) : undefined
  if (missing !== undefined) throw new InputError(`${field} of ${missing} is missing`, `add it under ${field}`, source.place([field]))
}

function outputTimes(source: Source, file: OdeFile): readonly number[] {
  const [t0, t1] = file.span
  const at = file.at ?? 101
  if (typeof at === 'number') return Array.from({ length: at }, (_, i) => (i === at - 1 ? t1 : t0 + ((t1 - t0) * i) / (at - 1)))
  const direction = Math.sign(t1 - t0)
  for (const [i, t] of at.entries())
    if ((t - (at[i - 1] ?? t0)) * direction < 0 || (t1 - t) * direction < 0)
      throw new InputError(`at: ${t} is out of order`, `give times in order within ${t0} … ${t1}`, source.place(['at', i]))
  return at
}

/** Amplitudes [state][Brownian motion]: a single amplitude has its own motion, the entries of lists share them. */
function amplitudes(
  source: Source, file: OdeFile, states: readonly string[], allowed: ReadonlySet<string>,
): readonly (readonly Expr[])[] | undefined {
  const { noise } = file
  if (noise === undefined) return undefined
  sameNames(source, states, noise, 'noise', false)
  const shared = Math.max(0, ...Object.values(noise).map((v) => (Array.isArray(v) ? v.length : 0)))
  const own = states.filter((s) => noise[s] !== undefined && !Array.isArray(noise[s]))
  return states.map((s) => {
    const value = noise[s]
    const list = Array.isArray(value) ? value : []
    const common = Array.from({ length: shared }, (_, j) => expression(source, list[j] ?? 0, ['noise', s, j], allowed))
    const single = value === undefined || Array.isArray(value) ? 0 : value
    return [...common, ...own.map((other) => expression(source, other === s ? single : 0, ['noise', s], allowed))]
  })
}

/**
 * Reads an ODE file's text.
 * @throws InputError with file, line and column for anything that is not a differential equation with its data.
 */
export function parseOde(text: string, name: string): OdeProblem {
  const source = new Source(text, name)
  const file = validated(source)
  const states = Object.keys(file.states)
  const parameters = Object.entries(file.parameters ?? {})
  const time = file.time ?? 't'
  const clash = states.find((s) => s === time || parameters.some(([p]) => p === s)) ?? parameters.map(([p]) => p).find((p) => p === time)
  if (clash !== undefined)
    throw new InputError(`${clash} is declared twice`, 'give states, parameters and time different names', source.place(['states', clash]))
  sameNames(source, states, file.initial, 'initial', true)
  const constants = new Set(parameters.map(([p]) => p))
  const allowed = new Set([time, ...states, ...constants])
  const values = parameters.map(([, v]) => v)
  const initial = states.map((s) => expression(source, file.initial[s] ?? 0, ['initial', s], constants))
  const y0 = [...compileFunction(initial, [...constants], { target: 'js' }).at(values)]
  for (const [i, v] of y0.entries())
    if (!Number.isFinite(v))
      throw new InputError(`the initial value of ${states[i]} is ${v}`, 'give a finite one', source.place(['initial', states[i] ?? '']))
  if (typeof file.atol === 'object') sameNames(source, states, file.atol, 'atol', true)
  const { atol = 1e-9 } = file
  return {
    title: file.title ?? name,
    system: {
      states, parameters: [...constants], time,
      rhs: states.map((s) => expression(source, file.states[s] ?? 0, ['states', s], allowed)),
    },
    parameters: values,
    y0,
    span: file.span,
    at: outputTimes(source, file),
    atol: typeof atol === 'number' ? atol : states.map((s) => atol[s] ?? 1e-9),
    noise: amplitudes(source, file, states, allowed),
    events: (file.events ?? []).map((e, i) => ({
      name: e.name ?? `event ${i + 1}`, zero: expression(source, e.zero, ['events', i, 'zero'], allowed),
      direction: e.direction ?? 'any', terminal: e.terminal ?? false,
    })),
    file,
  }
}

/** Reads an ODE file. @throws InputError if it cannot be read or is not valid. */
export function readOde(path: string): OdeProblem {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (fault) {
    throw new InputError(`cannot read ${path}: ${fault instanceof Error ? fault.message : String(fault)}`, 'name a readable ODE file')
  }
  return parseOde(text, path)
}

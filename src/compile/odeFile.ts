import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import type { Expr } from '../algebra/expr.js'
import { readExpr } from '../algebra/read.js'
import { InputError, type Place } from '../errors.js'
import type { EventSpecification } from './events.js'
import type { System } from './integrator/rightHandSide.js'
import { listed } from './listed.js'
import { type OdeEnsemble, ensembleOf } from './odeEnsemble.js'
import { checkMethod, checkSettings } from './odeMethod.js'
import { type Signals, checkForward, checkTimes, checkedSignals } from './options.js'
import { LARGEST, type OdeFile } from './odeSchema.js'
import { type Path, Source, expression, validated, within } from './odeSource.js'
import { Valuation, type Values } from './odeValues.js'
import { sensitivitiesOf } from './sensitivities.js'

/** A differential equation ready to be compiled, with the values to integrate it with. */
export interface OdeProblem extends Values {
  readonly title: string
  readonly system: System
  readonly at: readonly number[]
  readonly atol: number | readonly number[]
  /** Samples of the system's signals, if it has any. */
  readonly signals: Signals | undefined
  /** Amplitudes [state][Brownian motion]; undefined for an ordinary equation. */
  readonly noise: readonly (readonly Expr[])[] | undefined
  readonly events: readonly EventSpecification[]
  /** Many trajectories, if the file states an ensemble; the other values are those of the file itself. */
  readonly ensemble: OdeEnsemble | undefined
  readonly file: OdeFile
  /** Where a part of the file stands. */
  readonly place: (path: Path) => Place
}

function sameNames(
  source: Source, states: readonly string[], given: Readonly<Record<string, unknown>>, field: string, complete: boolean,
): void {
  for (const key of Object.keys(given))
    if (!states.includes(key))
      throw new InputError(`${field}.${key} is no state`, `one of ${listed(states)}`, source.place([field, key]))
  const missing = complete ? states.find((s) => !(s in given)) : undefined
  if (missing !== undefined) throw new InputError(`${field} of ${missing} is missing`, `add it under ${field}`, source.place([field]))
}

function outputTimes(source: Source, file: OdeFile, states: number, [t0, t1]: readonly [number, number]): readonly number[] {
  const at = file.at ?? 101
  const count = typeof at === 'number' ? at : at.length
  if (count * states > LARGEST)
    throw new InputError(`at: ${count} times are too many for this system`, `at most ${LARGEST} values of states`, source.place(['at']))
  if (typeof at === 'number') return Array.from({ length: at }, (_, i) => (i === at - 1 ? t1 : t0 + ((t1 - t0) * i) / (at - 1)))
  checkTimes(at, t0, t1, (k) => source.place(['at', k]))
  return at
}

/** Recorded signals, which an equation without noise follows forward in time. */
function recorded(source: Source, { signals, noise }: OdeFile): Signals | undefined {
  if (signals === undefined) return undefined
  const values = Object.entries(signals.values)
  const [[first = '', samples] = []] = values
  const place = source.place(['signals'])
  if (samples === undefined) throw new InputError('signals.values: there is none', 'give samples of each signal, or drop signals', place)
  if (noise !== undefined) throw new InputError('signals drive equations without noise only', 'drop the noise or the signals', place)
  const uneven = values.find(([, v]) => v.length !== samples.length)
  if (uneven !== undefined)
    throw new InputError(`signals.values.${uneven[0]} has ${uneven[1].length} samples, ${first} has ${samples.length}`,
      'give equally many', source.place(['signals', 'values', uneven[0]]))
  return { origin: signals.start ?? 0, spacing: signals.spacing, values: values.map(([, v]) => v) }
}

/** Amplitudes [state][Brownian motion]: a single amplitude has its own motion, the entries of lists share them. */
function amplitudes(
  source: Source, file: OdeFile, states: readonly string[], allowed: ReadonlySet<string>,
): readonly (readonly Expr[])[] | undefined {
  const { noise } = file
  if (noise === undefined) return undefined
  sameNames(source, states, noise, 'noise', false)
  const shared = Math.max(0, ...Object.values(noise).map((v) => (Array.isArray(v) ? v.length : 0)))
  const short = Object.entries(noise).find(([, v]) => Array.isArray(v) && v.length !== shared)
  if (short !== undefined)
    throw new InputError(
      `noise.${short[0]} has not ${shared} amplitudes`, 'one for each shared Brownian motion', source.place(['noise', short[0]]))
  const own = states.filter((s) => noise[s] !== undefined && !Array.isArray(noise[s]))
  if (shared + own.length === 0) throw new InputError('noise: there is none', 'give the amplitude of a state, or drop noise', source.place(['noise']))
  return states.map((s) => {
    const value = noise[s]
    const list = Array.isArray(value) ? value : []
    const common = Array.from({ length: shared }, (_, j) => expression(source, list[j] ?? 0, ['noise', s, j], allowed))
    const single = value === undefined || Array.isArray(value) ? 0 : value
    return [...common, ...own.map((other) => expression(source, other === s ? single : 0, ['noise', s], allowed))]
  })
}

/** The events, told apart by their names. */
function eventsOf(source: Source, { events = [] }: OdeFile, allowed: ReadonlySet<string>): readonly EventSpecification[] {
  const names = events.map(({ name }, i) => name ?? `event ${i + 1}`)
  return events.map(({ zero, direction = 'any', terminal = false }, i) => {
    const name = names[i] ?? ''
    if (names.indexOf(name) !== i) throw new InputError(`events: two are named ${name}`, 'give each its own name', source.place(['events', i]))
    return { name, zero: expression(source, zero, ['events', i, 'zero'], allowed), direction, terminal }
  })
}

/** Whether a name stands for itself in expression text, unlike e or sin. */
function isSymbol(given: string): boolean {
  try {
    const read = readExpr(given)
    return read.kind === 'symbol' && read.name === given
  } catch (fault) {
    if (fault instanceof InputError) return false
    throw fault
  }
}

/**
 * Reads an ODE file's text.
 * @param settings values that stand instead of the file's, e.g. `parameters.mu=3`
 * @throws InputError with file, line and column for anything that is not a differential equation with its data.
 */
export function parseOde(text: string, name: string, settings: readonly string[] = []): OdeProblem {
  const source = new Source(text, name, settings)
  const file = validated(source)
  const states = Object.keys(file.states)
  const parameters = Object.keys(file.parameters ?? {})
  const time = file.time ?? 't'
  const driven = Object.keys(file.signals?.values ?? {})
  const names = [...states, ...parameters, ...driven, time]
  const clash = names.find((given, i) => names.indexOf(given) !== i)
  if (clash !== undefined) {
    const field = states.includes(clash) ? 'states' : 'parameters'
    const remedy = 'give states, parameters, signals and time different names'
    throw new InputError(`${clash} is declared twice`, remedy, source.place([field, clash]))
  }
  if (states.length === 0) throw new InputError('states: there is none', 'give each state with its rate', source.place(['states']))
  const declared = [['states', states], ['parameters', parameters], ['signals', driven], ['time', [time]]] as const
  for (const [field, own] of declared)
    for (const given of own)
      if (!isSymbol(given)) {
        const place = source.place(field === 'time' ? [field] : field === 'signals' ? [field, 'values', given] : [field, given])
        throw new InputError(`${given} has a meaning of its own`, 'choose another name', place)
      }
  sameNames(source, states, file.initial, 'initial', true)
  const allowed = new Set(names)
  const valuation = new Valuation(source, file, names)
  const own = valuation.values()
  const { span } = own
  if (span[0] === span[1]) throw new InputError(`span: it starts and ends at ${span[0]}`, 'give a start and another end', source.place(['span']))
  if (!Number.isFinite(span[1] - span[0])) throw new InputError('span: its length is beyond the largest number', 'give a shorter one', source.place(['span']))
  if (file.noise !== undefined) within(source.place(['span']), () => checkForward(...span))
  checkMethod(file.method, file.noise !== undefined, source.place(['method']))
  checkSettings(file, file.method ?? 'auto', file.noise !== undefined, (setting) => source.place([setting]))
  if (file.noise !== undefined && file.events !== undefined && file.events.length > 0)
    throw new InputError('events are found for equations without noise only', 'drop the events, or the noise', source.place(['events']))
  if (typeof file.atol === 'object') sameNames(source, states, file.atol, 'atol', true)
  const { atol = 1e-9 } = file
  const rates = states.map((s) => expression(source, file.states[s] ?? 0, ['states', s], allowed))
  const sensitivities = sensitivitiesOf(source, file, rates, names)
  const system: System = {
    states: [...states, ...sensitivities.states], parameters, time,
    ...(driven.length === 0 ? {} : { signals: { names: driven, shape: file.signals?.shape ?? 'constant' } }),
    rhs: [...rates, ...sensitivities.rhs],
  }
  const whole = (given: Values): Values => {
    const more = sensitivities.y0(given.parameters).map((v, i) => valuation.finite(v, ['initial', sensitivities.states[i] ?? '']))
    return { ...given, y0: [...given.y0, ...more] }
  }
  const values = whole(own)
  const signals = recorded(source, file)
  within(source.place(['span']), () => checkedSignals(system, span[0], span[1], signals))
  return {
    title: file.title ?? name,
    system,
    ...values,
    at: outputTimes(source, file, system.states.length, span),
    signals,
    atol: typeof atol === 'number' ? atol : system.states.map((_, i) => atol[states[i % states.length] ?? ''] ?? 1e-9),
    noise: amplitudes(source, file, states, allowed),
    events: eventsOf(source, file, allowed),
    ensemble: ensembleOf(source, file, valuation, values, whole),
    file,
    place: (path) => source.place(path),
  }
}

/** Reads an ODE file. @throws InputError if it cannot be read or is not valid. */
export function readOde(path: string, settings: readonly string[] = []): OdeProblem {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? fault.code : undefined
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(fault)
    throw new InputError(why, 'name an ODE file', { file: path })
  }
  return parseOde(text, path, settings)
}

/** Whether a file is an ODE file rather than one of another kind: it can be read and has a time span. */
export function isOdeFile(path: string): boolean {
  try {
    return parseDocument(readFileSync(path, 'utf8')).has('span')
  } catch {
    return false
  }
}

import { InputError } from '../errors.js'
import { LARGEST_SEED, drawn } from './brownian.js'
import { listed } from './listed.js'
import { LARGEST, type OdeFile } from './odeSchema.js'
import type { Path, Source } from './odeSource.js'
import type { Quantity, Valuation, Values } from './odeValues.js'

/** The members of an ensemble, their values row after row: row k is member k. */
export interface OdeEnsemble {
  readonly count: number
  /** What varies: parameters by their names, initial values as `initial.x`. */
  readonly varied: readonly string[]
  /** count × varied. */
  readonly values: Float64Array
  /** count × parameters. */
  readonly parameters: Float64Array
  /** count × states. */
  readonly y0: Float64Array
  /** Members whose mean and variance are taken together, one such group behind the other: the samples of each combination, else all members. */
  readonly group: number
  /** Positions among `varied` of what is common to a group. */
  readonly common: readonly number[]
}

/** Values of members, all together. */
const MOST = 4 * LARGEST

/** How one value varies: over a list of so many, or drawn anew for each member if that is undefined. */
interface Variation {
  readonly name: string
  readonly length: number | undefined
  /** @param k place in the list, or number of the member. */
  at(k: number): Quantity
}

type Given = NonNullable<NonNullable<OdeFile['ensemble']>['vary']>[string]

/** Evenly spaced values, or values whose logarithms are, with both ends as they are. */
function spaced(from: number, to: number, logarithmic: boolean, k: number, count: number): number {
  const s = k / (count - 1)
  if (s === 0 || s === 1) return s === 0 ? from : to
  return logarithmic ? 10 ** ((1 - s) * Math.log10(from) + s * Math.log10(to)) : from + ((to - from) * k) / (count - 1)
}

/** @param seed of drawn values, `stream` the number of this one among those that vary. */
function variation(source: Source, valuation: Valuation, name: string, given: Given, seed: number, stream: number): Variation {
  const path: Path = ['ensemble', 'vary', name]
  const quantity = (value: number | string, ...rest: Path): Quantity => valuation.quantity(value, [...path, ...rest], name)
  const refuse = (condition: boolean, what: string, remedy: string): void => {
    if (condition) throw new InputError(`${path.join('.')}: ${what}`, remedy, source.place(path))
  }
  const checked = (compute: Quantity): Quantity => (known) => valuation.finite(compute(known), path)
  if (Array.isArray(given)) {
    const list = given.map((value, k) => quantity(value, k))
    return { name, length: list.length, at: (k) => list[k] ?? (() => NaN) }
  }
  if ('normal' in given) {
    const [mean, deviation] = [quantity(given.normal.mean, 'normal', 'mean'), quantity(given.normal.deviation, 'normal', 'deviation')]
    return { name, length: undefined, at: (k) => checked((known) => {
      const scale = deviation(known)
      refuse(scale < 0, `the deviation is ${scale}`, 'give one that is not negative')
      return mean(known) + scale * drawn(seed, stream, k).normal
    }) }
  }
  const range = 'uniform' in given ? given.uniform : given
  const place = 'uniform' in given ? ['uniform'] : []
  const [from, to] = [quantity(range.from, ...place, 'from'), quantity(range.to, ...place, 'to')]
  if ('uniform' in given)
    return { name, length: undefined, at: (k) => checked((known) => {
      const [low, high] = [from(known), to(known)]
      refuse(!(low < high), `from ${low} to ${high} there is nothing to draw from`, 'give from below to')
      return low + (high - low) * drawn(seed, stream, k).uniform
    }) }
  const { count, scale } = given
  return { name, length: count, at: (k) => checked((known) => {
    const [first, last] = [from(known), to(known)]
    refuse(scale === 'log' && !(first > 0 && last > 0), `from ${first} to ${last} there are no logarithms`, 'give positive ends, or drop scale: log')
    return spaced(first, last, scale === 'log', k, count)
  }) }
}

/** How many combinations the lists have. @throws InputError if lists to be taken together are not equally long. */
function combinations(source: Source, lists: readonly (Variation & { readonly length: number })[], together: boolean): number {
  if (!together) return lists.reduce((product, { length }) => product * length, 1)
  const [first] = lists
  const odd = lists.find(({ length }) => length !== first?.length)
  if (odd !== undefined)
    throw new InputError(`ensemble.vary.${odd.name} has ${odd.length} values, ${first?.name} has ${first?.length}`,
      'give equally many, or drop together', source.place(['ensemble', 'vary', odd.name]))
  return first?.length ?? 1
}

/**
 * The ensemble of an ODE file: every combination of the listed values, the last list's running fastest, so many samples of each.
 * @param base the file's own values, `whole` adds those of states that follow from parameters.
 * @throws InputError for one that is not valid, or a member without finite values.
 */
export function ensembleOf(source: Source, file: OdeFile, valuation: Valuation, base: Values, whole: (own: Values) => Values): OdeEnsemble | undefined {
  if (file.ensemble === undefined) return undefined
  const { vary = {}, together = false, samples = 1 } = file.ensemble
  const [states, parameters, seed] = [Object.keys(file.states), Object.keys(file.parameters ?? {}), file.seed ?? 0]
  const stranger = Object.keys(vary).find((name) => !states.includes(name) && !parameters.includes(name))
  if (stranger !== undefined)
    throw new InputError(`ensemble.vary.${stranger} is no parameter or state`, `one of ${listed([...parameters, ...states])}`, source.place(['ensemble', 'vary', stranger]))
  const variations = Object.entries(vary).map(([name, given], j) => variation(source, valuation, name, given, seed, j))
  const lists = variations.flatMap((v) => (v.length === undefined ? [] : [{ ...v, length: v.length }]))
  const random = file.noise !== undefined || lists.length < variations.length
  if (variations.length === 0 && samples === 1) throw new InputError('ensemble: there is one member', 'give vary or samples, or drop ensemble', source.place(['ensemble']))
  if (samples > 1 && !random)
    throw new InputError(`ensemble.samples: all ${samples} are the same`, 'draw a value, add noise, or drop samples', source.place(['ensemble', 'samples']))
  const varied = variations.map(({ name }) => (states.includes(name) ? `initial.${name}` : name))
  const column = [file.time ?? 't', ...states, ...varied].find((name) => name === 'member' || name === 'members')
  if (column !== undefined) throw new InputError(`${column} is a column of an ensemble's table`, 'choose another name', source.place(['ensemble']))
  const combined = combinations(source, lists, together)
  const count = combined * samples
  const width = base.y0.length + parameters.length + varied.length
  if (count > LARGEST || count * width > MOST)
    throw new InputError(`ensemble: ${count} members are too many`, `at most ${Math.min(LARGEST, Math.floor(MOST / width))} of this system`, source.place(['ensemble']))
  if (file.noise !== undefined && seed + count - 1 > LARGEST_SEED)
    throw new InputError(`seed: the last of ${count} members has the seed ${seed + count - 1}`, `give at most ${LARGEST_SEED + 1 - count}`, source.place(['seed']))

  const rows = (length: number): Float64Array => new Float64Array(count * length)
  const found = { values: rows(varied.length), parameters: rows(parameters.length), y0: rows(base.y0.length) }
  /** Places in their lists, the last running fastest. */
  const placesOf = (combination: number): ReadonlyMap<string, number> => {
    const places = new Map<string, number>()
    let rest = combination
    for (const { name, length } of lists.toReversed()) {
      places.set(name, together ? combination : rest % length)
      rest = Math.floor(rest / length)
    }
    return places
  }
  for (let k = 0; k < count; k += 1) {
    const places = placesOf(Math.floor(k / samples))
    const { parameters: own, y0, span } = ofMember(k, () => whole(valuation.values(new Map(variations.map((v) => [v.name, v.at(places.get(v.name) ?? k)])))))
    if (span[0] !== base.span[0] || span[1] !== base.span[1])
      throw new InputError(`span: it is ${base.span.join(' … ')}, but ${span.join(' … ')} for member ${k}`, 'give one that no varied parameter changes', source.place(['span']))
    found.parameters.set(own, k * own.length)
    found.y0.set(y0, k * y0.length)
    found.values.set(variations.map(({ name }) => own[parameters.indexOf(name)] ?? y0[states.indexOf(name)] ?? NaN), k * varied.length)
  }
  const common = random ? variations.flatMap(({ length }, j) => (length === undefined ? [] : [j])) : []
  return { count, varied, ...found, group: random ? samples : count, common }
}

/** @throws InputError of a member, told with its number. */
function ofMember<T>(k: number, evaluate: () => T): T {
  try {
    return evaluate()
  } catch (fault) {
    throw fault instanceof InputError ? new InputError(`member ${k}: ${fault.what}`, fault.remedy, fault.place) : fault
  }
}

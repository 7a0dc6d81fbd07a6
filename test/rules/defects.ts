import { vectorText } from '../../src/jets/notation.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { pointsOf } from '../../src/jets/walk.js'
import { writtenOut } from '../../src/rules/writtenOut.js'
import type { Rule } from '../../src/rules/rule.js'
import { sumSeries } from '../../src/rules/series.js'
import { type Setting, vectorOfText } from '../jets/support/plain.js'
import { type Ring, fixedPoint, powerSeries } from '../jets/support/ring.js'
import { direction } from '../jets/support/direction.js'
import { type Polynomial, polynomialJets } from './polynomials.js'

const PLACES = 640n
export const FIXED = fixedPoint(PLACES)
const HYPERPARAMETERS = { beta: 3 / 4, lambda: 1 / 8, mu: 1 / 4, nu: 5 / 8, c: 1 / 2, kappa: 1 / 2 }
/** Where θ starts, and the states that move as slowly as it does. */
const START: Readonly<Record<string, readonly number[]>> = { theta: [3 / 8, -5 / 16], v: [1 / 4, 7 / 16] }

/** What the engine prints for a rule. */
export interface Texts {
  readonly fields: Readonly<Record<string, string>>
  readonly states: Readonly<Record<string, string>>
  /** How many terms of its series each state has. */
  readonly lengths: Readonly<Record<string, number>>
  readonly step: Readonly<Record<string, string>>
  /** Where they have the gradient, other than at θ. */
  readonly points: Readonly<Record<string, string>>
}

/** The printed modified field, slow manifold and step of a rule. */
export function textsOf(rule: Rule, order: number): Texts {
  const found = modifiedField(rule, order)
  if (!found.ok) throw new Error(found.reason)
  const vectors = [...writtenOut(found.value.rule).values(), ...[...found.value.fields.values(), ...found.value.states.values()].map(sumSeries)]
  return {
    points: Object.fromEntries(vectors.flatMap(pointsOf).map(({ name, point }) => [name, vectorText(point)])),
    fields: Object.fromEntries([...found.value.fields].map(([name, s]) => [name, vectorText(sumSeries(s))])),
    states: Object.fromEntries([...found.value.states].map(([name, s]) => [name, vectorText(sumSeries(s))])),
    lengths: Object.fromEntries([...found.value.states].map(([name, s]) => [name, s.length])),
    step: Object.fromEntries([...writtenOut(found.value.rule)].map(([name, x]) => [name, vectorText(x)])),
  }
}

/** Hyperparameters that are polynomials in time, by their coefficients. */
export type Schedules = Readonly<Record<string, readonly number[]>>

/** Values of schedules and their first derivatives at a time, which may be a series. */
function scheduled<T>(ring: Ring<T>, schedules: Schedules, time: T): Readonly<Record<string, T>> {
  const horner = (c: readonly number[]): T => c.reduceRight((sum, x) => ring.add(ring.mul(sum, time), ring.of(x)), ring.of(0))
  const rate = (c: readonly number[]): readonly number[] => c.slice(1).map((x, i) => x * (i + 1))
  const derivatives = (name: string, c: readonly number[]): readonly (readonly [string, T])[] => {
    const [first, second, third] = [rate(c), rate(rate(c)), rate(rate(rate(c)))]
    return ([[name, c], [`diff(${name},t)`, first], [`diff(${name},t,2)`, second], [`diff(${name},t,3)`, third]] as const).map(([key, x]) => [key, horner(x)])
  }
  return Object.fromEntries(Object.entries(schedules).flatMap(([name, c]) => derivatives(name, c)))
}

export function settingOf<T>(
  ring: Ring<T>, f: Polynomial, theta: readonly T[], eta: number, more: Readonly<Record<string, readonly T[]>>, schedules: Schedules = {}, time: T = ring.of(0), points: Texts['points'] = {},
): Setting<T> {
  const constants = Object.fromEntries(Object.entries({ ...HYPERPARAMETERS, eta }).map(([name, x]) => [name, ring.of(x)]))
  const scalars = { ...constants, ...scheduled(ring, schedules, time) }
  return { ring, scalars, vectors: { theta, ...more }, polar: (point, along) => direction(ring, point, along), masks: {}, gradientForm: polynomialJets(f, ring, theta), points, gradientFormAt: (point) => polynomialJets(f, ring, point), maps: {} }
}

type Series = readonly bigint[]

/** The value of every variable that a field moves. */
type Moved<T> = Readonly<Record<string, readonly T[]>>
const mapMoved = <S, T>(x: Moved<S>, f: (value: S) => T): Moved<T> => Object.fromEntries(Object.entries(x).map(([name, values]) => [name, values.map(f)]))

/** The flow of printed vector fields as Taylor series in time, by Picard iteration: every round gives one more coefficient. */
export function flowOf(fields: Texts['fields'], f: Polynomial, eta: number, length: number, schedules: Schedules = {}, points: Texts['points'] = {}, from: Moved<number> = START): Moved<Series> {
  const ring = powerSeries(FIXED, length)
  const start = Object.fromEntries(Object.keys(fields).map((name) => [name, (from[name] ?? []).map((x) => ring.of(x))]))
  const clock = Array.from({ length }, (_, k) => FIXED.of(k === 1 ? 1 : 0))
  let now: Moved<Series> = start
  for (let round = 1; round < length; round += 1) {
    const setting = settingOf(ring, f, now['theta'] ?? [], eta, now, schedules, clock, points)
    now = Object.fromEntries(
      Object.entries(fields).map(([name, field]) => {
        const rate = vectorOfText(field, setting)
        return [name, (start[name] ?? []).map((x, i) => x.map((c, k) => (k === 0 ? c : (rate[i]?.[k - 1] ?? 0n) / BigInt(k))))]
      }),
    )
  }
  return now
}

const at = (series: Series, eta: number): bigint => series.reduceRight((sum, c) => FIXED.add(FIXED.mul(sum, FIXED.of(eta)), c), 0n)
export const size = (x: readonly bigint[]): number => Math.max(...x.map((e) => Number((e < 0n ? -e : e) >> (PLACES - 400n)) / 2 ** 400))
const difference = (x: readonly bigint[], y: readonly bigint[]): readonly bigint[] => x.map((e, i) => e - (y[i] ?? 0n))

/** What is left of the one-step conditions, for θ and for every state, at a learning rate. */
export function defects(texts: Texts, f: Polynomial, eta: number, order: number, schedules: Schedules = {}, from: Moved<number> = START): Readonly<Record<string, number>> {
  const moved = mapMoved(flowOf(texts.fields, f, eta, order + 5, schedules, texts.points, from), (s) => at(s, eta))
  const start = mapMoved(Object.fromEntries(Object.keys(texts.fields).map((name) => [name, from[name] ?? []])), (x) => FIXED.of(x))
  const on = (at: Moved<bigint>, time: number, more: Moved<bigint> = {}) => settingOf(FIXED, f, at['theta'] ?? [], eta, { ...at, ...more }, schedules, FIXED.of(time), texts.points)
  const statesAt = (now: Moved<bigint>, time: number): Moved<bigint> => Object.fromEntries(Object.entries(texts.states).map(([name, text]) => [name, vectorOfText(text, on(now, time))] as const))
  const before = on(start, 0, statesAt(start, 0))
  const target = { ...moved, ...statesAt(moved, eta) }
  return Object.fromEntries(Object.entries(target).map(([name, x]) => [name, size(difference(x, vectorOfText(texts.step[name] ?? name, before)))]))
}


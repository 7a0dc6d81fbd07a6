import { describe, expect, it } from 'vitest'
import { vectorText } from '../../src/jets/notation.js'
import { fieldToOrder } from '../../src/laws/engine.js'
import { type ModifiedField, modifiedField } from '../../src/rules/modifiedField.js'
import { writtenOut } from '../../src/rules/writtenOut.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { sumSeries } from '../../src/rules/series.js'
import { type Setting, vectorOfText } from '../jets/support/plain.js'
import { type Ring, DOUBLES, fixedPoint, powerSeries } from '../jets/support/ring.js'
import { polynomialJets, randomPolynomial } from './polynomials.js'

const PLACES = 512n
const FIXED = fixedPoint(PLACES)
const START = [3 / 8, -5 / 16]

/** The schedules as functions of t, by their Taylor coefficients at t = 0 (dyadic, so that they are exact). */
const SCHEDULES: Readonly<Record<string, readonly number[]>> = { sigma: [1, 1 / 4, -1 / 8, 1 / 2], lambda: [1 / 8, 1 / 2, 1 / 4], beta: [3 / 4, -1 / 8, 1 / 16, 1 / 4] }
const CONSTANTS = { beta1: 3 / 4, beta2: 1 / 2, rho: 1 / 2, epsilon: 1 / 2 }

const derivativeOf = (taylor: readonly number[]): readonly number[] => taylor.slice(1).map((c, i) => c * (i + 1))

/** Symbols for what `diff(sigma,t)` stands for, as the plain evaluator has no derivatives. */
const flat = (text: string): string => text.replaceAll(/diff\((\w+),t(?:,(\d))?\)/g, (_, name: string, n = '1') => `${name}D${n}`)

/** Values of the schedules and their derivatives at `time`. */
function scalarsAt<T>(ring: Ring<T>, time: T, eta: number): Readonly<Record<string, T>> {
  const value = (taylor: readonly number[]): T => taylor.reduceRight((sum, c) => ring.add(ring.mul(sum, time), ring.of(c)), ring.of(0))
  const scheduled = Object.entries(SCHEDULES).flatMap(([name, taylor]) => {
    let rate = taylor
    return [0, 1, 2, 3, 4].map((n) => {
      const entry = [n === 0 ? name : `${name}D${n}`, value(rate)] as const
      rate = derivativeOf(rate)
      return entry
    })
  })
  return Object.fromEntries([...scheduled, ...Object.entries({ ...CONSTANTS, eta }).map(([name, x]) => [name, ring.of(x)] as const)])
}

interface Texts {
  readonly field: string
  readonly states: Readonly<Record<string, string>>
  readonly step: Readonly<Record<string, string>>
}

function textsOf(found: ModifiedField, order: number): Texts {
  const text = (x: Parameters<typeof vectorText>[0]): string => flat(vectorText(x))
  return {
    field: text(fieldToOrder(found, order)),
    states: Object.fromEntries([...found.states].map(([name, s]) => [name, text(sumSeries(s.slice(0, order + 1)))])),
    step: Object.fromEntries([...writtenOut(found.rule)].map(([name, x]) => [name, text(x)])),
  }
}

/** A number system with its size and the time series over it. */
interface Arithmetic<T> {
  readonly ring: Ring<T>
  readonly series: (length: number) => Ring<readonly T[]>
  readonly size: (x: T) => number
}

const exact: Arithmetic<bigint> = {
  ring: FIXED,
  series: (length) => powerSeries(FIXED, length),
  size: (x) => Number((x < 0n ? -x : x) >> (PLACES - 400n)) / 2 ** 400,
}

/** Series over doubles with the square root, coefficient by coefficient, and the magnitude of one that does not begin with zero. */
function seriesOfDoubles(length: number): Ring<readonly number[]> {
  const ring = powerSeries(DOUBLES, length)
  const root = (a: readonly number[]): readonly number[] => {
    const s: number[] = []
    for (let k = 0; k < length; k += 1) {
      const inner = s.reduce((sum, x, j) => (j === 0 ? sum : sum + x * (s[k - j] ?? 0)), 0)
      s.push(k === 0 ? Math.sqrt(a[0] ?? 0) : ((a[k] ?? 0) - inner) / (2 * (s[0] ?? 1)))
    }
    return s
  }
  const size = (a: readonly number[]): readonly number[] => a.map((x) => Math.sign(a[0] ?? 0) * x)
  return { ...ring, call: (name, [a = []]) => (name === 'sqrt' ? root(a) : name === 'abs' ? size(a) : ring.call(name, [a])) }
}
const doubles: Arithmetic<number> = { ring: DOUBLES, series: seriesOfDoubles, size: Math.abs }

function settingOf<T>(ring: Ring<T>, theta: readonly T[], time: T, eta: number, seed: number, more: Readonly<Record<string, readonly T[]>>): Setting<T> {
  return { ring, scalars: scalarsAt(ring, time, eta), vectors: { theta, ...more }, masks: {}, gradientForm: polynomialJets(randomPolynomial(2, 5, seed), ring, theta), maps: {} }
}

/** Largest defect of the one-step conditions θ(η) = update of θ and V(θ(η), η) = update of V, from t = 0. */
function defects<T>({ ring, series, size }: Arithmetic<T>, texts: Texts, eta: number, order: number, seed: number): Readonly<Record<string, number>> {
  const length = order + 5
  const over = series(length)
  const start = START.map((x) => over.of(x))
  const clock = over.of(0).map((zero, k) => (k === 1 ? ring.of(1) : zero))
  let theta: readonly (readonly T[])[] = start
  for (let round = 1; round < length; round += 1) {
    const rate = vectorOfText(texts.field, settingOf(over, theta, clock, eta, seed, {}))
    theta = start.map((x, i) => x.map((c, k) => (k === 0 ? c : ring.div(rate[i]?.[k - 1] ?? ring.of(0), ring.of(k)))))
  }
  const step = ring.of(eta)
  const moved = theta.map((s) => s.reduceRight((sum, c) => ring.add(ring.mul(sum, step), c), ring.of(0)))
  const manifold = (at: readonly T[], time: T) => Object.fromEntries(Object.entries(texts.states).map(([name, text]) => [name, vectorOfText(text, settingOf(ring, at, time, eta, seed, {}))] as const))
  const here = START.map((x) => ring.of(x))
  const before = settingOf(ring, here, ring.of(0), eta, seed, manifold(here, ring.of(0)))
  return Object.fromEntries(Object.entries({ theta: moved, ...manifold(moved, step) }).map(([name, x]) => {
    const stepped = vectorOfText(texts.step[name] ?? name, before)
    return [name, Math.max(...x.map((xi, i) => size(ring.add(xi, ring.mul(ring.of(-1), stepped[i] ?? ring.of(0))))))]
  }))
}

function expectOrders<T>(arithmetic: Arithmetic<T>, texts: Texts, order: number, rate: number, digits: number): void {
  const [coarse, fine] = [rate, rate / 2].map((eta) => defects(arithmetic, texts, eta, order, 7 * order + 2))
  for (const [name, c] of Object.entries(coarse ?? {})) expect(Math.log2(c / (fine?.[name] ?? 0))).toBeCloseTo(name === 'theta' ? order + 2 : order + 1, digits)
}

function fieldOf(statement: RuleStatement, order: number): ModifiedField {
  const found = modifiedField(readRule(statement), order)
  if (!found.ok) throw new Error(found.reason)
  return found.value
}

const scheduled = { eta: '1/(10+k)', lambda: '1/(3+k)' }
const slow: readonly (readonly [string, RuleStatement, readonly number[]])[] = [
  ['gradient descent', { name: 'sgd', ...scheduled }, [0, 1, 2, 3]],
  ['momentum', { name: 'momentum', ...scheduled, beta: '9/10 - 1/(2+k)' }, [0, 1, 2]],
  ['Nesterov', { name: 'nesterov', ...scheduled, beta: '9/10 - 1/(2+k)' }, [0, 1]],
]

describe.each(slow)('schedules of %s in slow time', (_, statement, orders) => {
  it.each(orders)('to order %i: the one-step defect of the non-autonomous field shrinks as the next power of the rate', (order) => {
    expectOrders(exact, textsOf(fieldOf(statement, order), order), order, 2 ** -30, 2)
  })

  it('without the rates of the schedules the defect shrinks too slowly', () => {
    const texts = textsOf(fieldOf(statement, 1), 1)
    const frozen = { ...texts, field: texts.field.replaceAll(/\b(\w+)D1\b/g, '0*$1D1') }
    expect(frozen.field).not.toBe(texts.field)
    const [coarse, fine] = [2 ** -30, 2 ** -31].map((eta) => defects(exact, frozen, eta, 1, 9)['theta'] ?? 0)
    expect(Math.log2((coarse ?? 0) / (fine ?? 1))).toBeCloseTo(2, 2)
  })
})

describe('adaptive rules', () => {
  it.each([['rmsprop'], ['adam'], ['adamw']])('the modified field of %s holds to order 1 once the bias correction has died out', (name) => {
    const found = fieldOf({ name, ...(name === 'adamw' ? { lambda: '1/8' } : {}) }, 1)
    expect(found.conditions.some((c) => c.includes('died out'))).toBe(name !== 'rmsprop')
    expectOrders(doubles, textsOf(found, 1), 1, 2 ** -9, 1)
  })
})

describe('slow time', () => {
  it('is refused where an update depends on k by itself, with the remedy', () => {
    const rule = readRule({ update: { theta: 'theta - eta/(1+k)*g' } })
    for (const found of [modifiedField(rule, 1), modifiedFlow(rule, 1)]) expect(found).toMatchObject({ ok: false, reason: expect.stringContaining('is stated as a hyperparameter, here e.g. c: "1/(1 + k)" beside update') })
  })

  it.each([
    ['(1 - eta*lambda/(100 + k))*theta - eta*g', '1/(100 + k)'],
    ['theta - eta*g - eta*cos(k/50)*lambda*theta', 'cos(k/50)'],
  ])('has a remedy that works: %s with the schedule c for %s has a flow', (theta, schedule) => {
    const refused = modifiedField(readRule({ update: { theta } }), 1)
    if (refused.ok) throw new Error('the update depends on k')
    const [, told = ''] = /e\.g\. c: "(.*)" beside/.exec(refused.reason) ?? []
    expect(told).toBe(schedule)
    const written = theta.replace(schedule, 'c').replace('/(100 + k)', '*c')
    expect(modifiedField(readRule({ update: { theta: written }, c: told }), 1).ok).toBe(true)
  })

  it('a constant learning rate stays a symbol of the expansion whatever its value', () => {
    const [number, symbol] = [{ name: 'sgd', eta: 0.1 }, { name: 'sgd' }].map((s) => vectorText(fieldToOrder(fieldOf(s, 2), 2)))
    expect(number).toBe(symbol)
  })
})

describe('a learning rate that falls in steps', () => {
  it('has the flow of a constant one between its jumps, and says so', () => {
    const field = (eta: string) => modifiedField(readRule({ name: 'sgd', eta }), 2)
    const [stepwise, smooth] = [field('0.1*0.5^floor(k/30)'), field('0.1/(1 + k/30)')]
    if (!stepwise.ok || !smooth.ok) throw new Error('gradient descent has a flow')
    expect(stepwise.value.conditions).toEqual(['t = k*eta, and the learning rate eta*sigma(t) varies little in one step between its jumps'])
    expect(smooth.value.conditions).toEqual(['t = k*eta, and the learning rate eta*sigma(t) varies little in one step'])
  })
})

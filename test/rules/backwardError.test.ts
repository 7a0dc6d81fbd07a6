import { describe, expect, it } from 'vitest'
import { vectorText } from '../../src/jets/notation.js'
import { fieldToOrder } from '../../src/laws/engine.js'
import { modifiedField, writtenOut } from '../../src/rules/modifiedField.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type Rule, type RuleStatement, readRule } from '../../src/rules/rule.js'
import { sumSeries } from '../../src/rules/series.js'
import { type Setting, vectorOfText } from '../jets/support/plain.js'
import { type Ring, fixedPoint, powerSeries } from '../jets/support/ring.js'
import { type Polynomial, polynomialJets, randomPolynomial } from './polynomials.js'

const PLACES = 640n
const FIXED = fixedPoint(PLACES)
const HYPERPARAMETERS = { beta: 3 / 4, lambda: 1 / 8, mu: 1 / 4, nu: 5 / 8, c: 1 / 2, kappa: 1 / 2 }
const FACTORIALS = [1n, 1n, 2n, 6n, 24n, 120n]
const START = [3 / 8, -5 / 16]

const rules: readonly (readonly [string, RuleStatement])[] = [
  ['gradient descent with coupled decay', { name: 'sgd' }],
  ['gradient descent with decoupled decay', { name: 'sgdw' }],
  ['momentum with decay and dampening', { name: 'momentum', mu: 'mu' }],
  ['Nesterov with decay', { name: 'nesterov' }],
  ['quasi-hyperbolic momentum', { state: { v: '0' }, update: { v: 'beta*v + (1-beta)*g', theta: 'theta - eta*((1-nu)*g + nu*v)' } }],
  ['momentum of momentum', { state: { v: '0', u: '0' }, update: { v: 'beta*v + g', u: 'kappa*u + v', theta: 'theta - eta*u' } }],
  ['a step that is not linear in g', { state: {}, update: { theta: 'theta - eta*(g + c*g^3)' } }],
]

interface Texts {
  readonly field: string
  readonly states: Readonly<Record<string, string>>
  readonly step: Readonly<Record<string, string>>
}

function textsOf(rule: Rule, order: number): Texts {
  const found = modifiedField(rule, order)
  if (!found.ok) throw new Error(found.reason)
  return {
    field: vectorText(fieldToOrder(found.value, order)),
    states: Object.fromEntries([...found.value.states].map(([name, s]) => [name, vectorText(sumSeries(s.slice(0, order + 1)))])),
    step: Object.fromEntries([...writtenOut(rule)].map(([name, x]) => [name, vectorText(x)])),
  }
}

function settingOf<T>(ring: Ring<T>, f: Polynomial, theta: readonly T[], eta: number, more: Readonly<Record<string, readonly T[]>>): Setting<T> {
  const scalars = Object.fromEntries(Object.entries({ ...HYPERPARAMETERS, eta }).map(([name, x]) => [name, ring.of(x)]))
  return { ring, scalars, vectors: { theta, ...more }, masks: {}, gradientForm: polynomialJets(f, ring, theta), maps: {} }
}

type Series = readonly bigint[]

/** The flow of a printed vector field as Taylor series in time about θ₀, by Picard iteration: every round gives one more coefficient. */
function flowOf(field: string, f: Polynomial, eta: number, length: number): readonly Series[] {
  const ring = powerSeries(FIXED, length)
  const start = START.map((x) => ring.of(x))
  let theta: readonly Series[] = start
  for (let round = 1; round < length; round += 1) {
    const rate = vectorOfText(field, settingOf(ring, f, theta, eta, {}))
    theta = start.map((x, i) => x.map((c, k) => (k === 0 ? c : (rate[i]?.[k - 1] ?? 0n) / BigInt(k))))
  }
  return theta
}

const at = (series: Series, eta: number): bigint => series.reduceRight((sum, c) => FIXED.add(FIXED.mul(sum, FIXED.of(eta)), c), 0n)
const size = (x: readonly bigint[]): number => Math.max(...x.map((e) => Number((e < 0n ? -e : e) >> (PLACES - 400n)) / 2 ** 400))
const difference = (x: readonly bigint[], y: readonly bigint[]): readonly bigint[] => x.map((e, i) => e - (y[i] ?? 0n))

/** What is left of the one-step conditions, for θ and for every state, at a learning rate. */
function defects(texts: Texts, f: Polynomial, eta: number, order: number): Readonly<Record<string, number>> {
  const moved = flowOf(texts.field, f, eta, order + 5).map((s) => at(s, eta))
  const start = START.map((x) => FIXED.of(x))
  const statesAt = (theta: readonly bigint[]) => Object.fromEntries(Object.entries(texts.states).map(([name, text]) => [name, vectorOfText(text, settingOf(FIXED, f, theta, eta, {}))] as const))
  const before = settingOf(FIXED, f, start, eta, statesAt(start))
  const target = { theta: moved, ...statesAt(moved) }
  return Object.fromEntries(Object.entries(target).map(([name, x]) => [name, size(difference(x, vectorOfText(texts.step[name] ?? name, before)))]))
}

const RATE = 2 ** -36
const observed = (f: (eta: number) => number): number => Math.log2(f(RATE) / f(RATE / 2))

describe.each(rules)('modified vector field of %s', (_, statement) => {
  /** Componentwise powers make the terms of order 4 so many that three orders must do. */
  it.each(statement.update?.['theta']?.includes('^') === true ? [1, 2, 3] : [1, 2, 3, 4])('to order %i: the one-step defect shrinks as the next power of the rate', (order) => {
    const rule = readRule(statement)
    const texts = textsOf(rule, order)
    const f = randomPolynomial(2, 6, 11 * order + 1)
    const [coarse, fine] = [defects(texts, f, RATE, order), defects(texts, f, RATE / 2, order)]
    for (const [name, derived] of Object.entries(coarse).map(([name]) => [name, name === 'theta' ? order + 2 : order + 1] as const)) {
      expect(fine[name]).toBeGreaterThan(0)
      expect(Math.log2((coarse[name] ?? 0) / (fine[name] ?? 1))).toBeCloseTo(derived, 2)
    }
  })

  it('a wrong coefficient is seen: the defect shrinks too slowly', () => {
    const texts = textsOf(readRule(statement), 2)
    const bent = { ...texts, field: `${texts.field} + eta^2*H(g)/64` }
    expect(observed((eta) => defects(bent, randomPolynomial(2, 6, 3), eta, 2)['theta'] ?? 0)).toBeCloseTo(3, 2)
  })
})

describe('modified flow', () => {
  const oneState = rules.filter(([, s]) => Object.keys(s.state ?? {}).length <= 1)

  it.each(oneState)('of %s is satisfied along the modified field, to its order', (_, statement) => {
    const rule = readRule(statement)
    for (const order of [1, 2, 3]) {
      const flow = modifiedFlow(rule, order)
      if (!flow.ok) throw new Error(flow.reason)
      const [equation, texts] = [vectorText(flow.value.equation), textsOf(rule, order)]
      const f = randomPolynomial(2, 6, 5 + order)
      const residual = (eta: number): number => {
        const theta = flowOf(texts.field, f, eta, order + 4)
        const rate = (j: number): readonly bigint[] => theta.map((s) => (s[j] ?? 0n) * (FACTORIALS[j] ?? 0n))
        const rates = { dtheta: rate(1), ddtheta: rate(2), d3theta: rate(3), d4theta: rate(4), d5theta: rate(5) }
        return size(vectorOfText(equation, settingOf(FIXED, f, rate(0), eta, rates)))
      }
      expect(observed(residual)).toBeCloseTo(order + 1, 2)
    }
  })
})

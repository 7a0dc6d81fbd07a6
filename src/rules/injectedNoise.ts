import { HALF, ONE, ZERO, add, factorsOf, mapParts, mul, num, pow, splitCoefficient, sqrt, sym } from '../algebra/build.js'
import { differentiate, substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import { deriveVector, directional } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { byName, replaceInVector, substituteScalars } from '../jets/substitute.js'
import { type Vector, ZERO_VECTOR, addVectors, combine, isZeroVector, subVectors, variable, vectorOf } from '../jets/vector.js'
import { allVectorsOf, symbolsIn } from '../jets/walk.js'
import { firstTerm } from './firstTerm.js'
import { holdsNext } from './implicit.js'
import { fieldOfTheta, modifiedField } from './modifiedField.js'
import type { Outcome, Rule, Update } from './model.js'
import { type VectorSeries, termOf, unlessSingular } from './series.js'
import { RELATIVE_RATE } from './slow.js'

/** How the flow of a rule answers to the noise that the rule injects: dθ = F dt + Σ Nⱼ dWⱼ, with amplitudes in Nⱼ of which only products matter. */
export interface NoiseResponse {
  /** The highest power of η to which the flow of the mean is the flow of the rule without the noise, beside Itô's term. */
  readonly order: number
  /** Nⱼ by the name of the noise: linear in the noise and in the symbols of the amplitudes. */
  readonly responses: ReadonlyMap<string, Vector>
  /** The noise of unit strength in the flow of θ and of the states that are as slow, where it is in them. */
  readonly white: ReadonlyMap<string, Vector>
  /** What the product of two amplitudes is in a time of one, by its leading power of η. */
  readonly products: ReadonlyMap<string, ReadonlyMap<string, Expr>>
}

/** A rule with its noise at its mean, zero. */
export function withoutNoise(rule: Rule): Rule {
  if (rule.noises.length === 0) return rule
  const none = byName(Object.fromEntries(rule.noises.map((name) => [name, ZERO_VECTOR])))
  return { ...rule, noises: [], updates: rule.updates.map((u) => ({ name: u.name, value: replaceInVector(u.value, none) })) }
}

const ETA = sym('eta')

const mentionsNoise = (x: Vector, noises: readonly string[]): boolean => allVectorsOf(x).some((a) => a.kind === 'variable' && noises.includes(a.name))

/** The highest power of η that the square of an amplitude is tried for. */
const HIGHEST = 4

/** With η taken out of roots, √(ηT) = √η·√T: the learning rate is positive. */
function withRootsOfEta(e: Expr): Expr {
  const inside = mapParts(e, withRootsOfEta)
  if (inside.kind !== 'product') return inside
  return mul(...inside.factors.map(({ base, exponent }) => {
    if (exponent.kind !== 'number' || exponent.value.den === 1n) return pow(base, exponent)
    const { coefficient, factor } = splitCoefficient(base)
    return mul(pow(num(coefficient), exponent), ...factorsOf(factor).map((f) => (f.base === ETA ? pow(ETA, mul(f.exponent, exponent)) : pow(pow(f.base, f.exponent), exponent))))
  }))
}

/** The leading term a·ηⁿ of a product of amplitudes, with its n; undefined where it has no expansion. */
const leading = (e: Expr): ReturnType<typeof firstTerm> => unlessSingular(() => firstTerm(e, HIGHEST + 1))

/** The coefficient of noise in an update, written as ηⁿ times an amplitude. */
interface Amplitude {
  readonly symbol: string
  readonly value: Expr
  readonly shift: 0 | 1
}

/** Writes a vector that is linear in noise with amplitudes for its coefficients, new ones appended to those known. */
function scaled(x: Vector, shift: Amplitude['shift'], known: Amplitude[]): Vector {
  return combine(x.terms.map(({ coefficient, atom }) => {
    const value = factored(coefficient)
    const found = known.find((a) => a.value === value && a.shift === shift) ?? { symbol: `_amplitude${known.length}`, value, shift }
    if (!known.includes(found)) known.push(found)
    return [mul(pow(ETA, num(shift)), sym(found.symbol)), vectorOf(atom)] as const
  }))
}

const REFUSED = {
  nonlinear: (name: string): string => `the update of ${name} holds injected noise in another way than added: its flow in the mean takes more than the covariance of the noise`,
  finite: 'the noise moves theta by a finite amount in one step however small eta is: a flow takes noise that vanishes with eta, such as sqrt(2*eta*T)*xi',
  fractional: 'the square of the size of the noise has no expansion in powers of eta',
} as const

/** The noise of every update: how it answers to each draw; undefined where one is not just added. */
function noiseIn({ value }: Update, without: Vector, noises: readonly string[]): Vector | undefined {
  const parts = noises.map((noise) => deriveVector(value, directional(noise, 0, variable(`_${noise}`))))
  const drawn = addVectors(...parts)
  const rebuilt = addVectors(without, replaceInVector(drawn, byName(Object.fromEntries(noises.map((noise) => [`_${noise}`, variable(noise)])))))
  const isAdded = isZeroVector(simplifyVector(subVectors(rebuilt, value))) && !mentionsNoise(drawn, noises)
  return !isAdded || holdsNext(drawn) || drawn.terms.some(({ atom }) => symbolsIn(vectorOf(atom)).has('eta')) ? undefined : drawn
}

/** The power of η that noise in an update may have left: none in a state that θ takes times η, such as a sum of gradients. */
const shiftOf = (rule: Rule, name: string, noise: Vector): Amplitude['shift'] =>
  name !== 'theta' && modifiedField({ ...rule, updates: rule.updates.map((u) => (u.name === name ? { name, value: addVectors(u.value, scaled(noise, 0, [])) } : u)) }, 0).ok ? 0 : 1

/**
 * The response of a rule's flow to injected noise. Noise that moves θ by c(η)ξ in a step adds c²·NNᵀ to the covariance, so in a time of one c²/η: for c of the size
 * of √η it counts beside the leading drift and no higher order of the drift is that of the rule without noise (the weak modified equation has terms of the noise
 * there, such as ηT/2·∇Δf; Zygalakis 2011, §3), for c of the size of η, as that of minibatches, beside the first order. In the states it goes through a linear
 * filter.
 */
export function noiseResponse(rule: Rule): Outcome<NoiseResponse> {
  const noiseless = withoutNoise(rule)
  const known: Amplitude[] = []
  const updates: Update[] = []
  for (const [i, u] of rule.updates.entries()) {
    const without = noiseless.updates[i]?.value ?? u.value
    const noise = noiseIn(u, without, rule.noises)
    if (noise === undefined) return { ok: false, reason: REFUSED.nonlinear(u.name) }
    updates.push({ name: u.name, value: isZeroVector(noise) ? without : addVectors(without, scaled(noise, shiftOf(noiseless, u.name, noise), known)) })
  }
  const field = modifiedField({ ...noiseless, updates }, 0)
  if (!field.ok) return field
  if (field.value.scaling !== undefined) return { ok: false, reason: 'a state that accumulates is kept in the flow, and what injected noise makes of it there is not derived' }
  const strength = strengthsOf(known, rule.schedules.has('eta'))
  if (!strength.ok) return strength
  const { order, products } = strength.value
  const answer = (x: VectorSeries, noise: string): Vector => deriveVector(termOf(x, 0), directional(`_${noise}`, 0, variable(noise)))
  const responses = new Map(rule.noises.map((noise) => [noise, answer(fieldOfTheta(field.value), noise)] as const))
  // A state that is read in a function takes its noise in there: what the answer then has of it is no amplitude.
  if ([...responses.values()].some((x) => mentionsNoise(x, rule.noises.map((noise) => `_${noise}`)))) return { ok: false, reason: REFUSED.nonlinear('theta') }
  const strengths = new Map([...products].map(([name, row]) => [sym(name), sqrt(row.get(name) ?? ZERO)]))
  const white = [...field.value.fields].map(([name, x]) => [name, substituteScalars(addVectors(...rule.noises.map((noise) => answer(x, noise))), strengths)] as const)
  return { ok: true, value: { order, responses, white: new Map(white.filter(([, x]) => !isZeroVector(x))), products } }
}

/** What products of amplitudes are in a time of one, by the leading power of η that the larger ones have. */
function strengthsOf(known: readonly Amplitude[], scheduled: boolean): Outcome<Pick<NoiseResponse, 'order' | 'products'>> {
  const inTime = (e: Expr): Expr => (scheduled ? substitute(e, { eta: mul(ETA, sym(RELATIVE_RATE)) }) : e)
  /** The power has 1 − 2·shift to be added, a time of one having 1/η steps that each add η²·shift. */
  const product = (a: Amplitude, b: Amplitude): ReturnType<typeof leading> => {
    const found = leading(factored(inTime(mul(withRootsOfEta(a.value), withRootsOfEta(b.value)))))
    const relative = scheduled ? pow(sym(RELATIVE_RATE), num(-a.shift - b.shift)) : ONE
    return found === undefined ? undefined : { power: found.power + 1 - a.shift - b.shift, factor: mul(found.factor, relative) }
  }
  const squares = known.map((amplitude) => ({ amplitude, power: product(amplitude, amplitude)?.power }))
  if (squares.some(({ power }) => power === undefined)) return { ok: false, reason: REFUSED.fractional }
  if (squares.some(({ power = 0 }) => power < 0)) return { ok: false, reason: REFUSED.finite }
  const order = squares.reduce((least, { power = least }) => Math.min(least, power), HIGHEST)
  // Smaller noise beside larger one counts in the orders that the flow leaves out.
  const largest = squares.filter(({ power }) => power === order).map(({ amplitude }) => amplitude)
  const products = new Map(known.map(({ symbol }) => [symbol, new Map<string, Expr>()] as const))
  for (const a of largest) {
    for (const b of largest) {
      const found = product(a, b)
      if (found?.power !== order) return { ok: false, reason: REFUSED.fractional }
      products.get(a.symbol)?.set(b.symbol, factored(mul(found.factor, pow(ETA, num(order)))))
    }
  }
  return { ok: true, value: { order, products } }
}

/** A quadratic form in amplitudes with what their products are. */
export function withProducts(e: Expr, { products }: NoiseResponse): Expr {
  const names = [...products.keys()]
  if (!names.some((name) => symbolsOf(e).has(name))) return e
  const twice = (a: string, b: string): Expr => differentiate(differentiate(e, a), b)
  return add(...names.flatMap((a) => names.map((b) => mul(HALF, twice(a, b), products.get(a)?.get(b) ?? ZERO))))
}

import { factorsOf, partsOf, splitCoefficient, sub, termsOf } from './build.js'
import { subexpressions } from './calculus.js'
import { evaluateNumber } from './evaluate.js'
import type { Expr } from './expr.js'
import { KernelPoint, NoRoot, NotAlgebraic, ROOTS } from './kernel-point.js'
import { rememberedByObject } from './memo.js'
import { toNumber } from './rational.js'
import { rationalForm } from './rational-form.js'
import { writtenOutAt } from './writtenOut.js'

/** Whether an expression vanishes identically, and how that is known. */
export interface ZeroTest {
  readonly zero: boolean
  /** `exact`: a proof. `probabilistic`: wrong with at most the probability `bound` (`prime field`), or `numeric`. */
  readonly certainty: 'exact' | 'probabilistic'
  readonly method: 'normal form' | 'prime field' | 'numeric' | 'small bounds'
  /**
   * 0 for a proof; for `prime field` the probability that random values hide a non-zero [Schwartz 1980; Zippel 1979]; for `numeric`
   * the largest value found relative to the terms that cancel, over the points of the real domain that were tried
   * (1 if none was found: then nothing is known, and `zero` is false); for `small bounds` the largest bound among the instances tried, each with
   * its sums and products written out between small whole numbers.
   */
  readonly bound: number
}

/** Two primes near 2⁶²: modulo the first 2, 3, 5, 7, 11 and 13 have square roots; modulo the second all cube roots exist. Both have eighth roots of unity. */
const PRIMES = [2n ** 62n - 3255n, 2n ** 62n - 167n] as const

/** A reproducible stream of 62-bit integers [Steele, Lea & Flood 2014, SplitMix64]. */
export function randomStream(seed: bigint): () => bigint {
  let state = seed
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n)
    let z = state
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn)
    return (z ^ (z >> 31n)) >> 2n
  }
}

const coefficientSize = (e: Expr): number => termsOf(e).reduce((sum, t) => sum + Math.abs(toNumber(t.coefficient)), 0)

/** Upper bound for the degree of numerator and denominator together in the indeterminates of a `KernelPoint`. */
function degreeBound(e: Expr): number {
  const degrees = new Map<Expr, number>()
  const degree = (x: Expr): number => degrees.get(x) ?? 0
  const inKernel = (x: Expr): number => degree(x) + coefficientSize(x)
  for (const x of subexpressions(e)) degrees.set(x, compute(x))
  function compute(x: Expr): number {
    if (x.kind === 'sum') return x.terms.reduce((sum, t) => sum + degree(t.factor), 1)
    if (x.kind !== 'product') return 1 + partsOf(x).reduce((sum, part) => sum + inKernel(part), 0)
    return x.factors.reduce(
      (sum, { base, exponent: n }) => sum + degree(base) * (n.kind === 'number' ? Math.max(1, Math.abs(toNumber(n.value))) : 1 + inKernel(n)),
      0,
    )
  }
  return degree(e) * Number(ROOTS)
}

const ATTEMPTS = 60
const MOST_SIGNS = 5
/** What random values may hide with is below this. */
const CHANCE = 1e-18

/** Values at random points, for all choices of the signs of roots; undefined if the expression has no counterpart in a prime field. */
function fieldTest(e: Expr): { readonly zero: boolean; readonly bound: number } | undefined {
  const chance = Math.min(0.5, degreeBound(e) / 2 ** 61)
  const wanted = Math.ceil(Math.log(CHANCE) / Math.log(chance))
  let trials = [0] // for each choice of signs
  for (let attempt = 0; attempt < ATTEMPTS * wanted * trials.length; attempt += 1) {
    const choice = trials.findIndex((n) => n < wanted)
    if (choice < 0) return { zero: true, bound: chance ** wanted }
    const point = new KernelPoint(PRIMES[attempt % 2 === 0 ? 0 : 1], randomStream(BigInt(attempt) * 7919n + 1n), choice)
    try {
      if (point.value(e) !== 0n) return { zero: false, bound: 0 }
      if (point.signs > MOST_SIGNS) return undefined
      trials = Array.from({ length: Math.max(trials.length, 2 ** point.signs) }, (_, k) => (trials[k] ?? 0) + Number(k === choice))
    } catch (error) {
      if (error instanceof NotAlgebraic) return undefined
      if (!(error instanceof NoRoot || error instanceof RangeError)) throw error
    }
  }
  return undefined
}

/** A cancellation to below this relative size counts as zero, far above the rounding of a few thousand operations. */
const NUMERIC_ZERO = 1e-9
const POINTS = 8

/** Values at real points, negative ones too, relative to the size of the terms; points outside the real domain do not count. */
function numericTest(e: Expr): { readonly zero: boolean; readonly bound: number } {
  const terms = termsOf(e)
  let [valid, worst] = [0, 0]
  for (let k = 0; k < 12 * POINTS && valid < POINTS; k += 1) {
    const random = randomStream(BigInt(k) * 104_729n + 17n)
    const values = new Map<string, number>()
    const lookup = (name: string): number => {
      const sign = k % 3 === 0 || random() % 2n === 0n ? 1 : -1
      const drawn = values.get(name) ?? sign * (0.2 + (Number(random() % 1_000_003n) / 1_000_003) * 1.7)
      values.set(name, drawn)
      return drawn
    }
    const parts = terms.map((t) => toNumber(t.coefficient) * evaluateNumber(t.factor, lookup))
    const size = parts.reduce((sum, part) => sum + Math.abs(part), 0)
    if (!Number.isFinite(size) || size === 0) continue
    valid += 1
    worst = Math.max(worst, Math.abs(parts.reduce((sum, part) => sum + part, 0)) / size)
    if (worst > NUMERIC_ZERO) break
  }
  return { zero: valid > 0 && worst <= NUMERIC_ZERO, bound: valid === 0 ? 1 : worst }
}

/**
 * Whether an expression is zero for all values of its names for which it is defined. Rational functions are decided exactly; what has
 * exponentials, logarithms, circular functions, roots, signs or integrals first by their algebraic relations, then numerically; what has
 * sums or products over steps, written out between random small bounds, on several instances.
 */
export const isZeroExpr = rememberedByObject((e: Expr) => decide(e, true))

const found = rememberedByObject((e: Expr) => decide(e, false))

/** The same where how it is known does not matter: where random values are zero no proof is sought. */
export const isIdenticallyZero = (e: Expr): boolean => found(e).zero

const ZERO_NORMAL_FORM_BUDGET = 20_000

function decide(e: Expr, proof: boolean): ZeroTest {
  if (e.kind === 'number') return { zero: e.value.num === 0n, certainty: 'exact', method: 'normal form', bound: 0 }
  if ([...subexpressions(e)].some((x) => x.kind === 'indexed')) return decideWrittenOut(e, proof)
  const { factor } = splitCoefficient(e)
  if (factor !== e || factor.kind === 'product') return decideProduct(factor, proof)
  return e.kind === 'sum' || mayVanish(e) ? decideSum(e, proof) : NEVER
}

const INSTANCES = 12

/** Sums and products written out between random bounds from the domain where no range is shorter than empty. */
function decideWrittenOut(e: Expr, proof: boolean): ZeroTest {
  let [valid, worst] = [0, 0]
  for (let attempt = 0; attempt < 40 * INSTANCES && valid < INSTANCES; attempt += 1) {
    const instance = writtenOutAt(e, randomStream(BigInt(attempt) * 15_485_863n + 11n))
    if (instance === undefined) continue
    const test = proof ? isZeroExpr(instance) : found(instance)
    if (!test.zero) return { zero: false, certainty: test.certainty, method: 'small bounds', bound: test.bound }
    valid += 1
    worst = Math.max(worst, test.bound)
  }
  return { zero: valid > 0, certainty: 'probabilistic', method: 'small bounds', bound: valid === 0 ? 1 : worst }
}

/** A product vanishes where a factor with a positive exponent does. */
function decideProduct(factor: Expr, proof: boolean): ZeroTest {
  const tests = factorsOf(factor).map((f) =>
    f.exponent.kind === 'number' && f.exponent.value.num < 0n ? NEVER : f.base.kind === 'product' ? decideProduct(f.base, proof) : decide(f.base, proof),
  )
  const zero = tests.find((test) => test.zero)
  return zero ?? tests.find((test) => test.certainty === 'probabilistic') ?? NEVER
}

const NEVER: ZeroTest = { zero: false, certainty: 'exact', method: 'normal form', bound: 0 }

/** Symbols, constants, atoms and rates are not zero; calls and integrals may be. */
const mayVanish = (e: Expr): boolean => e.kind === 'call' || e.kind === 'integral'

function decideSum(e: Expr, proof: boolean): ZeroTest {
  const field = fieldTest(e)
  if (field?.zero === false && [...subexpressions(e)].every(isRationalOperation)) return NEVER
  if (field?.zero !== false) {
    const form = proof || field === undefined ? rationalForm(e, ZERO_NORMAL_FORM_BUDGET) : undefined
    if (form?.numerator === 0n) return { ...NEVER, zero: true }
    if (field !== undefined) return { zero: true, certainty: 'probabilistic', method: 'prime field', bound: field.bound }
  }
  return { ...numericTest(e), certainty: 'probabilistic', method: 'numeric' }
}

const isRationalOperation = (x: Expr): boolean =>
  x.kind === 'product' ? x.factors.every((f) => f.exponent.kind === 'number' && f.exponent.value.den === 1n) : !['call', 'integral', 'constant'].includes(x.kind)

/** Whether two expressions are the same function; see `isIdenticallyZero`. */
export const equalExpr = (a: Expr, b: Expr): boolean => a === b || isIdenticallyZero(sub(a, b))


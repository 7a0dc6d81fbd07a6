import { ONE, ZERO, add, div, factorsOf, isZero, mul, neg, num, pow, splitCoefficient, symbolsOf, termsOf } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import type { SymmetryRules } from '../jets/constraint.js'
import { linearForm } from '../jets/collect.js'
import { dot } from '../jets/contraction.js'
import { timeDerivative } from '../jets/leibniz.js'
import { byPowersOfEta, scalarByPowersOfEta, simplifyScalar } from '../jets/simplify.js'
import { type Vector, type VectorAtom, variable } from '../jets/vector.js'
import { type PotentialCharge, rateOf } from './charge.js'
import { type Expansion, expandIn, normalise } from './eliminate.js'
import { type Driven, groupDrives } from './drives.js'

/** The order of a flow in eta; halves stand for powers of √eta. */
export const orderText = (order: number): string => (Number.isInteger(order) ? String(order) : `${2 * order}/2`)

/**
 * A law Σ coefficientsⱼ·dʲq/dtʲ = drive for a charge q; the drive a sum of named contractions.
 */
export interface LinearLaw {
  readonly charge: Expr
  /** The law of a modified flow is this multiple of ⟨E, ξ⟩ = 0. */
  readonly factor: Expr
  readonly coefficients: readonly Expr[]
  readonly drive: Expr
  readonly drives: readonly Driven[]
  /** What the texts call blocks and constants, which abbreviations must not be called. */
  readonly names?: readonly string[]
}

/** Whether a coefficient of a law moves: with the time, or with a contraction that a run measures. */
export const isMoving = (coefficient: Expr): boolean => symbolsOf(coefficient).has('t') || atomsOf(coefficient).length > 0

/** Drives from which on a law is long: what is written of it again, a closed form above all, no one reads, and it takes a minute. */
const MANY_DRIVES = 300

export const isLong = ({ drives }: LinearLaw): boolean => drives.length > MANY_DRIVES

/** The factors of a coefficient that hold contractions. */
const measuredFactor = (e: Expr): Expr =>
  mul(...factorsOf(splitCoefficient(e).factor).filter((f) => atomsOf(f.base).length > 0).map((f) => pow(f.base, f.exponent)))

/** What a law may be divided by so that no coefficient holds a contraction, if there is such a factor of the leading one. */
function commonFactor(coefficients: readonly Expr[]): Expr {
  const factor = measuredFactor(coefficients.findLast((c) => !isZero(c)) ?? ONE)
  return coefficients.every((c) => atomsOf(factored(div(c, factor))).length === 0) ? factor : ONE
}

/** The terms of a sum that are multiples of a charge which is no sum of contractions, and the rest. */
function multiplesOf(charge: Expr, e: Expr): Expansion {
  const ratios = termsOf(e).map(({ coefficient, factor }) => ({ term: mul(num(coefficient), factor), ratio: factored(div(mul(num(coefficient), factor), charge)) }))
  const isMultiple = ({ ratio }: (typeof ratios)[number]): boolean => atomsOf(ratio).length === 0
  return { coefficients: [add(...ratios.filter(isMultiple).map(({ ratio }) => ratio))], rest: add(...ratios.filter((x) => !isMultiple(x)).map(({ term }) => term)) }
}

/** A sum with its coefficients, functions of the contractions that a charge is made of, in lowest terms. */
function collectedOver(e: Expr, own: ReadonlySet<Opaque>): Expr {
  const groups = new Map<Expr, Expr[]>()
  for (const { coefficient, factor } of termsOf(e)) {
    const [moving, still] = [true, false].map((wanted) => factorsOf(factor).filter((f) => atomsOf(f.base).some((o) => !own.has(o)) === wanted).map((f) => pow(f.base, f.exponent)))
    const key = mul(...(moving ?? []))
    groups.set(key, [...(groups.get(key) ?? []), mul(num(coefficient), ...(still ?? []))])
  }
  return add(...[...groups].map(([key, parts]) => mul(factored(add(...parts)), key)))
}

/** The charge and its rates in an expression. */
function expandedIn(e: Expr, rates: readonly Expr[]): Expansion {
  const [charge = ZERO] = rates
  const found = expandIn(e, rates)
  if (linearForm(charge) !== undefined) return found
  const { coefficients, rest } = multiplesOf(charge, collectedOver(simplifyScalar(found.rest), new Set(atomsOf(charge))))
  return { coefficients: [add(found.coefficients[0] ?? ZERO, coefficients[0] ?? ZERO), ...found.coefficients.slice(1)], rest }
}

function lawOf(charge: Expr, factor: Expr, rates: readonly Expr[], left: Expr): LinearLaw {
  const expanded = expandedIn(left, rates)
  const raw = expanded.coefficients.map(factored)
  const [own = ZERO, ...ofRates] = raw
  // Without rates the law is no differential equation: it says what the charge is.
  const common = ofRates.every(isZero) && !isZero(own) ? own : commonFactor(raw)
  const divided = simplifyScalar(div(neg(expanded.rest), common))
  const still = linearForm(charge) === undefined ? atomsOf(charge).filter((o) => rateOf(o) === 0) : []
  const drive = common === ONE && still.length === 0 ? divided : collectedOver(divided, new Set([...atomsOf(common), ...still]))
  return { charge, factor: div(factor, common), coefficients: common === ONE ? raw : raw.map((c) => factored(div(c, common))), drive, drives: groupDrives(drive) }
}

const inNorms = (e: Expr, known: PotentialCharge['integrated']): Expr => (known === undefined ? e : substitute(e, known))

/** A sum in the contractions that move, the coefficients functions of those of θ alone, in lowest terms. */
const collectedByRates = (e: Expr): Expr => (linearForm(e) === undefined ? collectedOver(e, new Set(atomsOf(e).filter((o) => rateOf(o) === 0))) : e)

/** q̇ = ⟨∇q, F̃⟩ along a modified vector field, modulo the symmetry. */
export function lawOfField({ charge, gradient, integrated }: PotentialCharge, field: Vector, rules: SymmetryRules): LinearLaw {
  const rate = simplifyScalar(inNorms(rules.scalar(dot(gradient, field)), integrated))
  const { coefficients, rest } = expandedIn(rate, [charge])
  const drive = scalarByPowersOfEta(rest)
  return { charge, factor: ONE, coefficients: [byPowersOfEta(neg(coefficients[0] ?? ZERO)), ONE], drive, drives: groupDrives(drive) }
}

/** The highest time derivative of θ in an equation of motion. */
export function highestOrder(equation: Vector): number {
  const orderOf = (a: VectorAtom): number => (a.kind === 'variable' ? a.order : a.kind === 'apply' ? orderOf(a.argument) : 1)
  return Math.max(0, ...equation.terms.map((t) => orderOf(t.atom)))
}

/**
 * The equation of motion contracted with the generator: ⟨E, ξ⟩ = 0, modulo the symmetry, in the charge q(θ) and its rates.
 */
export function lawOfFlow({ charge, factor, gradient, integrated }: PotentialCharge, equation: Vector, generator: Vector, rules: SymmetryRules): LinearLaw {
  const contracted = simplifyScalar(inNorms(rules.scalar(mul(factor, dot(equation, generator))), integrated))
  const rates = [charge, simplifyScalar(dot(variable('theta', 1), gradient))]
  for (let j = 2; j <= highestOrder(equation); j += 1) rates.push(simplifyScalar(timeDerivative(rates[j - 1] ?? ZERO)))
  return lawOf(charge, factor, rates, contracted)
}

/** The charge ⟨θ̇, ξ⟩ of a generator that is no gradient: m Q̇ + c Q = …, from the equation of motion contracted with ξ. */
export function momentumLaw(equation: Vector, generator: Vector, velocity: Vector, rules: SymmetryRules): LinearLaw {
  const raw = simplifyScalar(dot(velocity, generator))
  const normal = normalise(raw)
  const charge = collectedByRates(normal?.unit ?? raw)
  const factor = div(ONE, normal?.coefficient ?? ONE)
  const contracted = simplifyScalar(rules.scalar(mul(factor, dot(equation, generator))))
  const rates = [charge]
  for (let j = 1; j < highestOrder(equation); j += 1) rates.push(simplifyScalar(timeDerivative(rates[j - 1] ?? ZERO)))
  return lawOf(charge, factor, rates, contracted)
}


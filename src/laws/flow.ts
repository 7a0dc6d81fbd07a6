import { ONE, ZERO, div, factorsOf, isZero, mul, neg, pow, splitCoefficient, symbolsOf } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import type { SymmetryRules } from '../jets/constraint.js'
import { dot } from '../jets/contraction.js'
import { timeDerivative } from '../jets/leibniz.js'
import { byPowersOfEta, scalarByPowersOfEta, simplifyScalar } from '../jets/simplify.js'
import { type Vector, type VectorAtom, variable } from '../jets/vector.js'
import type { PotentialCharge } from './charge.js'
import { expandIn, normalise } from './eliminate.js'
import { type Driven, groupDrives } from './drives.js'

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

/** The factors of a coefficient that hold contractions. */
const measuredFactor = (e: Expr): Expr =>
  mul(...factorsOf(splitCoefficient(e).factor).filter((f) => atomsOf(f.base).length > 0).map((f) => pow(f.base, f.exponent)))

/** What a law may be divided by so that no coefficient holds a contraction, if there is such a factor of the leading one. */
function commonFactor(coefficients: readonly Expr[]): Expr {
  const factor = measuredFactor(coefficients.findLast((c) => !isZero(c)) ?? ONE)
  return coefficients.every((c) => atomsOf(factored(div(c, factor))).length === 0) ? factor : ONE
}

function lawOf(charge: Expr, factor: Expr, rates: readonly Expr[], left: Expr): LinearLaw {
  const expanded = expandIn(left, rates)
  const raw = expanded.coefficients.map(factored)
  const [own = ZERO, ...ofRates] = raw
  // Without rates the law is no differential equation: it says what the charge is.
  const common = ofRates.every(isZero) && !isZero(own) ? own : commonFactor(raw)
  const drive = simplifyScalar(div(neg(expanded.rest), common))
  return { charge, factor: div(factor, common), coefficients: common === ONE ? raw : raw.map((c) => factored(div(c, common))), drive, drives: groupDrives(drive) }
}

/** q̇ = ⟨∇q, F̃⟩ along a modified vector field, modulo the symmetry. */
export function lawOfField({ charge, gradient }: PotentialCharge, field: Vector, rules: SymmetryRules): LinearLaw {
  const rate = simplifyScalar(rules.scalar(dot(gradient, field)))
  const { coefficients, rest } = expandIn(rate, [charge])
  const drive = scalarByPowersOfEta(rest)
  return { charge, factor: ONE, coefficients: [byPowersOfEta(neg(coefficients[0] ?? ZERO)), ONE], drive, drives: groupDrives(drive) }
}

/** The highest time derivative of θ in an equation of motion. */
function highestOrder(equation: Vector): number {
  const orderOf = (a: VectorAtom): number => (a.kind === 'variable' ? a.order : a.kind === 'apply' ? orderOf(a.argument) : 1)
  return Math.max(0, ...equation.terms.map((t) => orderOf(t.atom)))
}

/**
 * The equation of motion contracted with the generator: ⟨E, ξ⟩ = 0, modulo the symmetry, in the charge q(θ) and its rates.
 */
export function lawOfFlow({ charge, factor, gradient }: PotentialCharge, equation: Vector, generator: Vector, rules: SymmetryRules): LinearLaw {
  const contracted = simplifyScalar(rules.scalar(mul(factor, dot(equation, generator))))
  const rates = [charge, simplifyScalar(dot(variable('theta', 1), gradient))]
  for (let j = 2; j <= highestOrder(equation); j += 1) rates.push(simplifyScalar(timeDerivative(rates[j - 1] ?? ZERO)))
  return lawOf(charge, factor, rates, contracted)
}

/** The charge ⟨θ̇, ξ⟩ of a generator that is no gradient: m Q̇ + c Q = …, from the equation of motion contracted with ξ. */
export function momentumLaw(equation: Vector, generator: Vector, velocity: Vector, rules: SymmetryRules): LinearLaw {
  const raw = simplifyScalar(dot(velocity, generator))
  const normal = normalise(raw)
  const charge = normal?.unit ?? raw
  const factor = div(ONE, normal?.coefficient ?? ONE)
  const contracted = simplifyScalar(rules.scalar(mul(factor, dot(equation, generator))))
  const rates = [charge]
  for (let j = 1; j < highestOrder(equation); j += 1) rates.push(simplifyScalar(timeDerivative(rates[j - 1] ?? ZERO)))
  return lawOf(charge, factor, rates, contracted)
}


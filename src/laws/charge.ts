import { ONE, ZERO, add, div, frac, isZero, mul, num, partsOf, splitCoefficient, symbolsOf } from '../algebra/build.js'
import { atomsOf, differentiate } from '../algebra/calculus.js'
import { factored } from '../algebra/squareFree.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { absR, compareR } from '../algebra/rational.js'
import { linearForm } from '../jets/collect.js'
import { checkVanishes } from '../jets/check.js'
import { asContraction, dot } from '../jets/contraction.js'
import { type Diagonal, applyDiagonal, diagonalOf, inverseOf, isMultiple, mapDiagonal, multipleOf } from '../jets/diagonal.js'
import { type Schedules, gradientOf } from '../jets/leibniz.js'
import { simplifyScalar, simplifyVector } from '../jets/simplify.js'
import type { Space } from '../jets/space.js'
import { childrenOf } from '../jets/walk.js'
import { GRADIENT_ATOM, THETA, type Vector, type VectorAtom, scaleVector, subVectors, vectorOf } from '../jets/vector.js'
import { potentialOf } from '../mechanics/lagrangian.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import { integralOf } from './integratingFactor.js'

/** A charge that is a function of θ: its gradient is `factor` times the generator, divided by the learning rates where they differ between blocks. */
export interface PotentialCharge {
  readonly charge: Expr
  readonly factor: Expr
  readonly gradient: Vector
  /** Where the factor is a function of θ, without which the one-form of the generator is not closed: the contractions of θ with the generator, and what they are in norms. */
  readonly integrated?: ReadonlyMap<Expr, Expr>
}

/**
 * The W with which a flow θ̇ = −W⁻¹g + … conserves a charge of gradient W ξ: the inverse of the flow's response to the gradient, where
 * that differs between blocks (layer-wise learning rates), else the identity. Where the rates of the blocks move against each other no function of θ is
 * conserved, and the identity weighs as well as any.
 */
export function weightsOf(field: Vector, schedules: Schedules): Diagonal {
  const gradient = { terms: field.terms.filter(({ atom }) => atom === GRADIENT_ATOM || (atom.kind === 'apply' && atom.argument === GRADIENT_ATOM)) }
  const response = diagonalOf(gradient, GRADIENT_ATOM)
  if (response === undefined || isMultiple(response)) return multipleOf(ONE)
  const inverse = inverseOf(response)
  const unit = [inverse.elsewhere, ...inverse.parts.map((p) => p.factor)].find((factor) => !isZero(factor)) ?? ONE
  const weights = mapDiagonal(inverse, (factor) => factored(div(factor, unit)))
  const moves = [weights.elsewhere, ...weights.parts.map((p) => p.factor)].some((factor) => symbolsOf(factor).has('t') || [...symbolsOf(factor)].some((name) => schedules.has(name)))
  return moves ? multipleOf(ONE) : weights
}

/** The blocks on which a generator has components; undefined where that is not known. */
function supportOf({ terms }: Vector): readonly string[] | undefined {
  const of = (a: VectorAtom): readonly string[] | undefined => {
    if (a.kind === 'indicator') return a.set.members
    if (a.kind === 'tensor') return a.field.polynomial?.outputs
    if (a.kind !== 'apply') return undefined
    return a.operator.kind === 'projector' ? a.operator.members : a.operator.terms.map((t) => (a.operator.kind === 'map' && a.operator.adjoint ? t.from : t.to))
  }
  const found = terms.map(({ atom: a }) => of(a))
  return found.every((blocks) => blocks !== undefined) ? found.flat() : undefined
}

/** The weights for a generator: where they are one and the same factor on all of its blocks, be it a function of θ, they say nothing of its charge. */
export function weightsWithin(generator: Vector, weights: Diagonal): Diagonal {
  const support = supportOf(generator)
  if (support === undefined) return weights
  const meets = (members: readonly string[]): boolean => support.some((b) => members.includes(b))
  const isWhole = weights.parts.every(({ set }) => !meets(set.members) || support.every((b) => set.members.includes(b)))
  return isWhole ? multipleOf(ONE) : weights
}

/** How much is written in a coefficient: numbers are least. */
const weight = (e: Expr): number => (e.kind === 'number' ? 0 : partsOf(e).reduce((n, part) => n + weight(part), 1))

/** The highest time derivative in a contraction. */
export const rateOf = (o: Opaque): number => {
  const c = asContraction(o)
  const order = (a: VectorAtom): number => (a.kind === 'variable' ? a.order : Math.max(0, ...childrenOf(a).map(order)))
  return c === undefined ? 0 : Math.max(order(c.left), order(c.right))
}

/**
 * The contraction that stands for a linear combination of contractions when it is eliminated: the one with the highest time
 * derivative, then with the simplest coefficient.
 */
export function leadContraction(e: Expr): { readonly opaque: Opaque; readonly coefficient: Expr } | undefined {
  const form = linearForm(e)
  const entries = form === undefined ? fastest(e) : [...form.coefficients].filter(([, c]) => !isZero(c)).map(([opaque, coefficient]) => ({ opaque, coefficient }))
  return entries.reduce<(typeof entries)[number] | undefined>((x, y) => (x === undefined || before(y, x) ? y : x), undefined)
}

/** The contractions with the highest time derivative, where the expression is linear in them with functions of θ for coefficients. */
function fastest(e: Expr): readonly { readonly opaque: Opaque; readonly coefficient: Expr }[] {
  const highest = Math.max(...atomsOf(e).map(rateOf))
  const opaques = highest === 0 ? [] : atomsOf(e).filter((o) => rateOf(o) === highest)
  const found = opaques.map((opaque) => ({ opaque, coefficient: factored(differentiate(e, '_opaque', { atomDerivative: (o) => (o === opaque ? ONE : ZERO) })) }))
  return found.every(({ coefficient }) => !atomsOf(coefficient).some((o) => opaques.includes(o))) ? found : []
}

function before(y: { readonly opaque: Opaque; readonly coefficient: Expr }, x: typeof y): boolean {
  const rates = rateOf(y.opaque) - rateOf(x.opaque)
  if (rates !== 0) return rates > 0
  const heavier = weight(y.coefficient) - weight(x.coefficient)
  return heavier === 0 ? smaller(y.coefficient, x.coefficient) : heavier < 0
}

/** Of two coefficients the one with the smaller number in it, so that the others become whole multiples; of equals the positive one. */
function smaller(y: Expr, x: Expr): boolean {
  const [a, b] = [splitCoefficient(y).coefficient, splitCoefficient(x).coefficient]
  const order = compareR(absR(a), absR(b))
  return order < 0 || (order === 0 && a.num > b.num)
}

/** Whether a generator is more than affine, so that replacing θ in it must move a field as well. */
export const movesWithTheta = (generator: Vector): boolean => generator.terms.some((t) => t.atom.kind === 'tensor' && t.atom.field.degree !== 0)

/**
 * Poincaré's homotopy q = ∫₀¹ ⟨θ, ξ(sθ)⟩ ds for a generator with polynomial parts: a part of degree n gives ⟨θ, ξₙ⟩/(n + 1). Its gradient is ξ
 * if and only if the one-form ⟨ξ, dθ⟩ is closed, which is checked on random exact instances.
 */
function homotopyOf(generator: Vector, space: Space): Expr | undefined {
  const parts = generator.terms.map(({ coefficient, atom }) => {
    const own = vectorOf(atom)
    const inner = atom.kind === 'apply' && atom.operator.kind === 'projector' ? atom.argument : atom
    if (inner.kind !== 'tensor') return potentialOf(scaleVector(coefficient, own))
    const { degree, polynomial } = inner.field
    return degree === undefined || polynomial === undefined ? undefined : mul(coefficient, frac(1, degree + 1), dot(THETA, own))
  })
  if (parts.some((p) => p === undefined)) return undefined
  const potential = add(...parts.filter((p) => p !== undefined))
  return checkVanishes(subVectors(gradientOf(potential, 'theta'), generator), space, []).passed ? potential : undefined
}

/**
 * The function of θ whose gradient is proportional to the generator, normalised so that its leading contraction has coefficient one:
 * ⟨1_B, θ⟩ for a translation, |θ_B|² for a scale, |θ_in|² − p|θ_out|² for a rescale, ⟨θ, ξ⟩ for a polynomial generator whose one-form is
 * closed, |w|²/|a|² for one that has an integrating factor. None for rotations, whose generator is no gradient. With weights, of the generator on each block times the weight of the block:
 * |θ_in|²/η_in − p|θ_out|²/η_out.
 */
export function potentialCharge({ generator, space }: Symmetry, weights: Diagonal = multipleOf(ONE)): PotentialCharge | undefined {
  const weighted = simplifyVector(applyDiagonal(weights, generator))
  const potential = potentialOf(weighted) ?? (movesWithTheta(generator) ? homotopyOf(weighted, space) : undefined)
  if (potential === undefined && movesWithTheta(generator)) return integratedCharge(weighted, space)
  if (potential === undefined || atomsOf(potential).length === 0) return undefined
  const lead = leadContraction(potential)
  if (lead === undefined) return undefined
  const factor = lead.coefficient.kind === 'number' ? div(ONE, lead.coefficient) : num(2)
  return { charge: simplifyScalar(mul(factor, potential)), factor, gradient: scaleVector(factor, weighted) }
}

/** The charge whose gradient is a function of θ times the generator. */
function integratedCharge(weighted: Vector, space: Space): PotentialCharge | undefined {
  const found = integralOf(weighted, space)
  if (found === undefined) return undefined
  const { charge, factor, radials } = found
  const gradient = scaleVector(factor, weighted)
  return checkVanishes(subVectors(gradientOf(charge, 'theta'), gradient), space, []).passed ? { charge, factor, gradient, integrated: radials } : undefined
}

import { HALF, add, atom as opaqueAtom, mul } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { FieldValue, dot } from '../jets/contraction.js'
import { gradientOf } from '../jets/leibniz.js'
import { THETA, type Vector, type VectorAtom, isZeroVector, subVectors, tensor, vectorOf } from '../jets/vector.js'
import { simplifyVector } from '../jets/simplify.js'

/** A scalar potential F with ∇F = field, found term by term and then verified; undefined where a term has none in closed form. */
export function potentialOf(field: Vector): Expr | undefined {
  const parts = field.terms.map(({ coefficient, atom }) => {
    const potential = potentialOfAtom(atom)
    return potential === undefined ? undefined : mul(coefficient, potential)
  })
  if (parts.some((p) => p === undefined)) return undefined
  const total = add(...parts.filter((p) => p !== undefined))
  return isZeroVector(simplifyVector(subVectors(gradientOf(total, 'theta'), field))) ? total : undefined
}

/** What the term would be the gradient of, if it were one; the caller verifies the sum. */
function potentialOfAtom(atom: VectorAtom): Expr | undefined {
  switch (atom.kind) {
    case 'variable':
    case 'apply':
      return mul(HALF, dot(THETA, vectorOf(atom)))
    case 'indicator':
      return dot(THETA, vectorOf(atom))
    case 'tensor':
      return potentialOfTensor(atom)
    case 'elementwise':
      return undefined
  }
}

/** φ for ∇φ; ½⟨∇φ, ∇φ⟩ for ∇²φ ∇φ; ⟨θ, v⟩ for a constant field v. */
function potentialOfTensor({ field, along }: Extract<VectorAtom, { kind: 'tensor' }>): Expr | undefined {
  const gradient = tensor(field, [], [], true)
  if (field.slots !== 0 || field.at !== undefined) return field.slots === 1 && along.length === 0 ? dot(THETA, tensor(field, [], [null], false)) : undefined
  return along.length === 0 ? opaqueAtom(new FieldValue(field)) : mul(HALF, dot(gradient, gradient))
}

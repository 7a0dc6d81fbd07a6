import { HALF, ONE, add, atom as opaqueAtom, call, div, isZero, mul, num, sym, termsOf } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import type { Expr } from '../algebra/expr.js'
import { antiderivative } from '../algebra/integrate.js'
import { factored } from '../algebra/squareFree.js'
import { FieldValue, dot } from '../jets/contraction.js'
import { ONES, elementwise } from '../jets/elementwise.js'
import { deriveVector, directional, gradientOf } from '../jets/leibniz.js'
import { simplifyVector } from '../jets/simplify.js'
import { THETA, type Vector, type VectorAtom, type VectorTerm, apply, coefficientOf, isZeroVector, subVectors, tensor, vectorOf } from '../jets/vector.js'

/** A scalar potential F with ∇F = field, found term by term and then verified; undefined where a term has none in closed form. */
export function potentialOf(field: Vector): Expr | undefined {
  const parts = field.terms.flatMap(bySummands).map(potentialOfTerm)
  if (parts.some((p) => p === undefined)) return undefined
  const total = add(...parts.filter((p) => p !== undefined))
  return isZeroVector(simplifyVector(subVectors(gradientOf(total, 'theta'), field))) ? total : undefined
}

/** A term whose coefficient is a sum, as (a - b|θ|²)θ has it, in as many terms. */
const bySummands = ({ coefficient, atom }: VectorTerm): readonly VectorTerm[] =>
  atomsOf(coefficient).length === 0 ? [{ coefficient, atom }] : termsOf(expand(coefficient)).map((t) => ({ coefficient: mul(num(t.coefficient), t.factor), atom }))

function potentialOfTerm(term: VectorTerm): Expr | undefined {
  if (atomsOf(term.coefficient).length > 0) return potentialByDegree(term)
  const potential = potentialOfAtom(term.atom)
  return potential === undefined ? undefined : mul(term.coefficient, potential)
}

/** ⟨θ, F⟩/(p + 1) for a force F of degree p, as |θ|ⁿθ is of degree n + 1 (Euler's theorem). */
function potentialByDegree(term: VectorTerm): Expr | undefined {
  const along = simplifyVector(deriveVector({ terms: [term] }, directional('theta', 0, THETA)))
  if (along.terms.some((t) => t.atom !== term.atom)) return undefined
  const degree = factored(div(coefficientOf(along, term.atom), term.coefficient))
  const whole = add(degree, ONE)
  return degree.kind !== 'number' || isZero(whole) ? undefined : div(mul(term.coefficient, dot(THETA, vectorOf(term.atom))), whole)
}

/** What the term would be the gradient of, if it were one; the caller verifies the sum. */
function potentialOfAtom(atom: VectorAtom): Expr | undefined {
  switch (atom.kind) {
    case 'variable':
      return mul(HALF, dot(THETA, vectorOf(atom)))
    case 'apply': {
      const components = atom.argument.kind === 'elementwise' ? integrated(atom.argument) : undefined
      return components === undefined ? mul(HALF, dot(THETA, vectorOf(atom))) : dot(ONES, apply(atom.operator, components))
    }
    case 'indicator':
      return dot(THETA, vectorOf(atom))
    case 'tensor':
      return potentialOfTensor(atom)
    case 'elementwise': {
      const components = integrated(atom)
      return components === undefined ? undefined : dot(ONES, components)
    }
  }
}

/** Φ(θ) with Φ' = φ for a function φ of the components of θ: what its sum is the potential of. */
function integrated({ body, args }: Extract<VectorAtom, { kind: 'elementwise' }>): Vector | undefined {
  const [only, ...others] = args
  if (only !== THETA.terms[0]?.atom || others.length > 0) return undefined
  const [found, component] = [antiderivative(body, '_0'), sym('_0')]
  const size = new Map([[mul(component, call('sign', component)), call('abs', component)]])
  return found === undefined ? undefined : elementwise(substitute(found, size), { _0: THETA })
}

const isCurvature = (a: VectorAtom): boolean => a.kind === 'tensor' && a.along.length > 0

/** φ for ∇φ; ½⟨∇φ, ∇φ⟩ for ∇²φ ∇φ; ⟨∇φ, y⟩ and what its gradient has beside for ∇²φ y; ⟨θ, v⟩ for a constant field v. */
function potentialOfTensor(atom: Extract<VectorAtom, { kind: 'tensor' }>): Expr | undefined {
  const { field, along } = atom
  const gradient = tensor(field, [], [], true)
  if (field.slots !== 0 || field.at !== undefined) return field.slots === 1 && along.length === 0 ? dot(THETA, tensor(field, [], [null], false)) : undefined
  const [direction, another] = along
  if (direction === undefined) return opaqueAtom(new FieldValue(field))
  if (another !== undefined) return undefined
  if (direction === gradient.terms[0]?.atom) return mul(HALF, dot(gradient, gradient))
  const product = dot(gradient, vectorOf(direction))
  const beside = simplifyVector(subVectors(vectorOf(atom), gradientOf(product, 'theta')))
  const rest = beside.terms.some((t) => isCurvature(t.atom)) ? undefined : potentialOf(beside)
  return rest === undefined ? undefined : add(product, rest)
}

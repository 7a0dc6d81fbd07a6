import { ZERO, add, mul, sym } from '../../algebra/build.js'
import { differentiate } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { InputError } from '../../errors.js'
import { vectorText } from '../../jets/notation.js'
import { type Vector, type VectorAtom, vectorOf } from '../../jets/vector.js'

/** A loss written out in coordinates, e.g. (x·y − 1)²/2 in x and y. */
export interface ConcreteLoss {
  readonly coordinates: readonly string[]
  readonly loss: Expr
}

/** A vector's components, one a coordinate. */
export type Components = readonly Expr[]

/** Dⁿ⁺¹f with n slots filled: differentiated first along every multi-index, then contracted, so that the directions stay constant. */
function derivativeOf(f: ConcreteLoss, e: Expr, along: readonly Components[]): Components {
  const [first, ...rest] = along
  if (first === undefined) return f.coordinates.map((name) => differentiate(e, name))
  const parts = f.coordinates.map((name, j) => derivativeOf(f, differentiate(e, name), rest).map((x) => mul(first[j] ?? ZERO, x)))
  return f.coordinates.map((_, i) => add(...parts.map((part) => part[i] ?? ZERO)))
}

/**
 * A coordinate-free vector of the engine in the coordinates of a loss, e.g. the modified vector field −g − (η/2)H g of a rule.
 * @throws InputError for vectors with states, operators or functions of components.
 */
export function inCoordinates(x: Vector, f: ConcreteLoss): Components {
  const ofAtom = (a: VectorAtom): Components => {
    if (a.kind === 'variable' && a.name === 'theta' && a.order === 0) return f.coordinates.map((name) => sym(name))
    if (a.kind === 'tensor' && a.field.name === 'f' && a.openAlong) return derivativeOf(f, f.loss, a.along.map(ofAtom))
    throw new InputError(`${vectorText(vectorOf(a))} in coordinates of a loss`, 'use theta, g and its derivatives')
  }
  const parts = x.terms.map((t) => ofAtom(t.atom).map((component) => mul(t.coefficient, component)))
  return f.coordinates.map((_, i) => add(...parts.map((part) => part[i] ?? ZERO)))
}

import { atom, frac } from '../algebra/build.js'
import { factorial } from '../algebra/rational.js'
import { mapAtoms, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { FieldValue, asContraction, dot } from './contraction.js'
import { elementwise } from './elementwise.js'
import { type Field, THETA, type Vector, type VectorAtom, apply, combine, subVectors, tensor, variable, vectorOf } from './vector.js'

/** What a variable is replaced by; undefined leaves it. Polynomial fields go along where θ is replaced, all others stay evaluated at θ. */
export type Replacement = (name: string, order: number) => Vector | undefined

function replaceAtom(a: VectorAtom, f: Replacement): Vector {
  switch (a.kind) {
    case 'variable':
      return f(a.name, a.order) ?? variable(a.name, a.order)
    case 'indicator':
      return vectorOf(a)
    case 'apply':
      return apply(a.operator, replaceAtom(a.argument, f))
    case 'tensor':
      return moved(
        a,
        f('theta', 0),
        a.along.map((x) => replaceAtom(x, f)),
        a.own.map((x) => (x === null ? null : replaceAtom(x, f))),
      )
    case 'elementwise':
      return elementwise(a.body, Object.fromEntries(a.args.map((x, i) => [`_${i}`, replaceAtom(x, f)])))
  }
}

/** Dᵐξ(θ + δ)(x, …) = Σ Dᵐ⁺ʲξ(θ)(δ, …, δ, x, …)/j! for a polynomial field, whose Taylor series ends. */
function moved({ field, openAlong }: Extract<VectorAtom, { kind: 'tensor' }>, theta: Vector | undefined, along: readonly Vector[], own: readonly (Vector | null)[]): Vector {
  const left = theta === undefined || field.polynomial === undefined ? 0 : (field.degree ?? 0) - along.length - (openAlong ? 1 : 0)
  const by = subVectors(theta ?? THETA, THETA)
  const series = Array.from({ length: left + 1 }, (_, j) => [frac(1n, factorial(j)), tensor(field, [...along, ...Array.from({ length: j }, () => by)], own, openAlong)] as const)
  return combine(series)
}

/** A vector with variables replaced by vectors. */
export const replaceInVector = (x: Vector, f: Replacement): Vector =>
  combine(x.terms.map((t) => [replaceInScalar(t.coefficient, f), replaceAtom(t.atom, f)] as const))

/** A scalar with variables replaced by vectors in every contraction. */
export const replaceInScalar = (e: Expr, f: Replacement): Expr =>
  mapAtoms(e, (o) => {
    const c = asContraction(o)
    return c === undefined ? atom(o) : dot(replaceAtom(c.left, f), replaceAtom(c.right, f))
  })

/** Replacement of named variables (order 0) by vectors. */
export const byName =
  (values: Readonly<Record<string, Vector>>): Replacement =>
  (name, order) =>
    order === 0 ? values[name] : undefined

/** The point of a field's jets may depend on scalars. */
const scalarsInField = (field: Field, values: ReadonlyMap<Expr, Expr>): Field =>
  field.at === undefined ? field : { ...field, at: { name: field.at.name, point: substituteScalars(field.at.point, values) } }

function scalarsInAtom(a: VectorAtom, values: ReadonlyMap<Expr, Expr>): Vector {
  switch (a.kind) {
    case 'variable':
    case 'indicator':
      return vectorOf(a)
    case 'apply':
      return apply(a.operator, scalarsInAtom(a.argument, values))
    case 'tensor':
      return tensor(
        scalarsInField(a.field, values),
        a.along.map((x) => scalarsInAtom(x, values)),
        a.own.map((x) => (x === null ? null : scalarsInAtom(x, values))),
        a.openAlong,
      )
    case 'elementwise':
      return elementwise(substituteInScalar(a.body, values), Object.fromEntries(a.args.map((x, i) => [`_${i}`, scalarsInAtom(x, values)])))
  }
}

/** A scalar with scalar symbols replaced, inside contractions too. */
export function substituteInScalar(e: Expr, values: ReadonlyMap<Expr, Expr>): Expr {
  const inside = mapAtoms(e, (o) => {
    const c = asContraction(o)
    if (o instanceof FieldValue) return atom(new FieldValue(scalarsInField(o.field, values)))
    return c === undefined ? atom(o) : dot(scalarsInAtom(c.left, values), scalarsInAtom(c.right, values))
  })
  return substitute(inside, values)
}

/** A vector with scalar symbols replaced in its coefficients and elementwise functions. */
export const substituteScalars = (x: Vector, values: ReadonlyMap<Expr, Expr>): Vector =>
  combine(x.terms.map((t) => [substituteInScalar(t.coefficient, values), scalarsInAtom(t.atom, values)] as const))

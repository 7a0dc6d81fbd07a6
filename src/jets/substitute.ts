import { atom, frac } from '../algebra/build.js'
import { factorial } from '../algebra/rational.js'
import { mapAtoms, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { FieldValue, asContraction, dot } from './contraction.js'
import { elementwise } from './elementwise.js'
import { type Field } from './field.js'
import { vectorKey } from './vectorKey.js'
import { sandwiched } from './sandwich.js'
import { type Square, mapSquare } from './square.js'
import { THETA, type Vector, type VectorAtom, apply, combine, fieldAt, pointOf, subVectors, tensor, variable, vectorOf } from './vector.js'

/** How vectors are made anew from their parts. */
export interface Rebuilding {
  /** Atoms that are replaced as they stand. */
  readonly whole?: (a: VectorAtom) => Vector | undefined
  /** What becomes of a scalar that is no contraction, after its contractions have been rebuilt. */
  readonly scalar?: (e: Expr) => Expr
  /** What becomes of a field, and of the point of its jets, before its derivative is taken. */
  readonly field?: (field: Field) => Field
  /** What becomes of a matrix beside a vector after its vectors and scalars have been rebuilt. */
  readonly square?: (square: Square) => Square
  /** The derivative of a rebuilt field with rebuilt arguments, if it is not just that. */
  readonly tensor?: typeof tensor
}

/** A derivative of a field made anew, with the matrices beside its point. */
function rebuildTensor(a: Extract<VectorAtom, { kind: 'tensor' }>, by: Rebuilding, inside: (x: VectorAtom) => Vector): Vector {
  const field = by.field?.(a.field) ?? a.field
  if (field.sandwich === undefined) return (by.tensor ?? tensor)(field, a.along.map(inside), a.own.map((x) => (x === null ? null : inside(x))), a.openAlong)
  const { left, right } = field.sandwich
  const again = (square: Square): Square => mapSquare(square, (x) => rebuildVector(x, by), (e) => rebuildScalar(e, by), by.square)
  const sandwich = { ...(left === undefined ? {} : { left: again(left) }), ...(right === undefined ? {} : { right: again(right) }) }
  return sandwiched(sandwich, pointOf(field))
}

/** An atom made anew from its parts. */
function rebuildAtom(a: VectorAtom, by: Rebuilding): Vector {
  const whole = by.whole?.(a)
  if (whole !== undefined) return whole
  const inside = (x: VectorAtom): Vector => rebuildAtom(x, by)
  switch (a.kind) {
    case 'variable':
    case 'indicator':
      return vectorOf(a)
    case 'apply':
      return apply(a.operator, inside(a.argument))
    case 'tensor':
      return rebuildTensor(a, by, inside)
    case 'elementwise':
      return elementwise(rebuildScalar(a.body, by), Object.fromEntries(a.args.map((x, i) => [`_${i}`, inside(x)])))
  }
}

/** A scalar with the vectors in its contractions made anew. */
export function rebuildScalar(e: Expr, by: Rebuilding): Expr {
  const inside = mapAtoms(e, (o) => {
    const c = asContraction(o)
    if (o instanceof FieldValue && by.field !== undefined) return atom(new FieldValue(by.field(o.field)))
    return c === undefined ? atom(o) : dot(rebuildAtom(c.left, by), rebuildAtom(c.right, by))
  })
  return by.scalar?.(inside) ?? inside
}

/** A vector made anew from its parts. */
export const rebuildVector = (x: Vector, by: Rebuilding): Vector =>
  combine(x.terms.map((t) => [rebuildScalar(t.coefficient, by), rebuildAtom(t.atom, by)] as const))

/**
 * What a variable is replaced by; undefined leaves it. Polynomial fields go along where θ is replaced, and so do the points that fields have of
 * their own; all other fields stay evaluated at θ.
 */
export type Replacement = (name: string, order: number) => Vector | undefined

/** Dᵐξ(θ + δ)(x, …) = Σ Dᵐ⁺ʲξ(θ)(δ, …, δ, x, …)/j! for a polynomial field, whose Taylor series ends. */
const movedTo =
  (theta: Vector | undefined): typeof tensor =>
  (field, along, own, openAlong) => {
    const left = theta === undefined || field.polynomial === undefined ? 0 : (field.degree ?? 0) - along.length - (openAlong ? 1 : 0)
    const by = subVectors(theta ?? THETA, THETA)
    const series = Array.from({ length: left + 1 }, (_, j) => [frac(1n, factorial(j)), tensor(field, [...along, ...Array.from({ length: j }, () => by)], own, openAlong)] as const)
    return combine(series)
  }

const replacing = (f: Replacement): Rebuilding => ({
  whole: (a) => (a.kind === 'variable' ? (f(a.name, a.order) ?? variable(a.name, a.order)) : undefined),
  field: (field) => (field.at === undefined ? field : fieldAt(field, { ...field.at, point: replaceInVector(field.at.point, f) })),
  tensor: movedTo(f('theta', 0)),
})

/** A vector with variables replaced by vectors. */
export const replaceInVector = (x: Vector, f: Replacement): Vector => rebuildVector(x, replacing(f))

/** A scalar with variables replaced by vectors in every contraction. */
export const replaceInScalar = (e: Expr, f: Replacement): Expr => rebuildScalar(e, replacing(f))

/** Replacement of named variables (order 0) by vectors. */
export const byName =
  (values: Readonly<Record<string, Vector>>): Replacement =>
  (name, order) =>
    order === 0 ? values[name] : undefined

/** A scalar as it is at another point: θ is that point there, and all fields with their jets at θ have them at it. */
export const scalarAt = (e: Expr, at: NonNullable<Field['at']>): Expr =>
  rebuildScalar(e, {
    whole: (a) => (a.kind === 'variable' && a.name === 'theta' && a.order === 0 ? at.point : undefined),
    field: (field) => (field.polynomial === undefined && field.at === undefined ? fieldAt(field, at) : field),
    tensor: movedTo(at.point),
  })

/** A vector with every point of its fields in another way. */
export const mapPoints = (x: Vector, f: (point: Vector) => Vector): Vector =>
  rebuildVector(x, { field: (field) => (field.at === undefined ? field : fieldAt(field, { ...field.at, point: f(mapPoints(field.at.point, f)) })) })

/** What the point of a field is called where its scalars have been replaced. */
export type Renaming = (name: string) => string
const asBefore: Renaming = (name) => name

/** Scalars stand in the points of fields too. */
const withScalars = (values: ReadonlyMap<Expr, Expr>, called: Renaming): Rebuilding => ({
  scalar: (e) => substitute(e, values),
  field(field) {
    if (field.at === undefined) return field
    const point = substituteScalars(field.at.point, values, called)
    return vectorKey(point) === vectorKey(field.at.point) ? field : fieldAt(field, { name: called(field.at.name), point })
  },
})

/** A scalar with scalar symbols replaced, inside contractions too. */
export const substituteInScalar = (e: Expr, values: ReadonlyMap<Expr, Expr>): Expr => rebuildScalar(e, withScalars(values, asBefore))

/** A vector with scalar symbols replaced in its coefficients and elementwise functions. */
export const substituteScalars = (x: Vector, values: ReadonlyMap<Expr, Expr>, called: Renaming = asBefore): Vector => rebuildVector(x, withScalars(values, called))

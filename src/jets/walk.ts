import { atomsOf, symbolsOf } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { FieldValue, asContraction } from './contraction.js'
import { slotsOf } from './slots.js'
import type { Field } from './field.js'
import { type Square, scalarsWithin, squaresOf, vectorsWithin } from './square.js'
import { type Vector, type VectorAtom, variableAtom } from './vector.js'

const pointAt = (o: Opaque): Vector | undefined => (o instanceof FieldValue ? o.field.at?.point : undefined)

/** The vectors in the contractions of a scalar, and those of which the points of its fields are made. */
export const vectorsIn = (e: Expr): readonly VectorAtom[] =>
  atomsOf(e).flatMap((o) => {
    const c = asContraction(o)
    const point = pointAt(o)
    return [...(c === undefined ? [] : [c.left, c.right]), ...(point === undefined ? [] : topOf(point))]
  })

/** The vectors that a vector is a sum of, and those in its coefficients. */
const topOf = (x: Vector): readonly VectorAtom[] => x.terms.flatMap((t) => [t.atom, ...vectorsIn(t.coefficient)])

/** Where the jets of an atom's field are taken, unless it is θ. */
const pointOf = (a: VectorAtom): Vector => (a.kind === 'tensor' ? a.field.at?.point : undefined) ?? { terms: [] }

/** The matrices beside a vector. */
const squaresAt = (a: VectorAtom): readonly Square[] => (a.kind === 'tensor' && a.field.sandwich !== undefined ? squaresOf(a.field.sandwich) : [])

/** The matrices beside vectors in a vector. */
export const squaresIn = (x: Vector): readonly Square[] => allVectorsOf(x).flatMap(squaresAt)

/** The vectors that an atom is made of directly: its arguments, what stands in its function, and what the point of its jets is made of. */
export const childrenOf = (a: VectorAtom): readonly VectorAtom[] =>
  a.kind === 'elementwise' ? [...a.args, ...vectorsIn(a.body)] : [...slotsOf(a).map((s) => s.child), ...topOf(pointOf(a)), ...squaresAt(a).flatMap(vectorsWithin).flatMap(topOf)]

const withAllBelow = (a: VectorAtom): readonly VectorAtom[] => [a, ...childrenOf(a).flatMap(withAllBelow)]

/** All vectors in a scalar, down to the leaves. */
export const allVectorsIn = (e: Expr): readonly VectorAtom[] => vectorsIn(e).flatMap(withAllBelow)

/** All vectors in a vector, down to the leaves. */
export const allVectorsOf = (x: Vector): readonly VectorAtom[] => topOf(x).flatMap(withAllBelow)

/** Whether a vector holds a variable, be it in a contraction or in the point of a field. */
export const holds = (x: Vector, name: string): boolean => allVectorsOf(x).includes(variableAtom(name))

/** The points with a name of their own at which a vector has the jets of fields. */
export const pointsOf = (x: Vector): readonly NonNullable<Field['at']>[] =>
  allVectorsOf(x).flatMap((a) => (a.kind === 'tensor' && a.field.gradient === undefined ? (a.field.at ?? []) : []))

/** The coefficients in the points of fields. */
export const scalarsInPoints = (vectors: readonly VectorAtom[]): readonly Expr[] => vectors.flatMap((a) => pointOf(a).terms.map((t) => t.coefficient))

const scalarsAt = (a: VectorAtom): readonly Expr[] =>
  a.kind === 'elementwise' ? [a.body] : [...pointOf(a).terms.map((t) => t.coefficient), ...squaresAt(a).flatMap((square) => [...scalarsWithin(square), ...vectorsWithin(square).flatMap((x) => x.terms.map((t) => t.coefficient))])]

/** The scalar expressions a vector is made of: coefficients and bodies of elementwise functions, inside contractions and points too. */
export const scalarsOf = (x: Vector): readonly Expr[] => [...x.terms.map((t) => t.coefficient), ...allVectorsOf(x).flatMap(scalarsAt)]

const isPlaceholder = (symbol: string): boolean => /^_\d+$/.test(symbol)

/** All scalar symbols of a vector, those within contractions, points and elementwise functions included. */
export const symbolsIn = (x: Vector): ReadonlySet<string> => new Set(scalarsOf(x).flatMap((e) => [...symbolsOf(e)].filter((s) => !isPlaceholder(s))))

import { ONE, ZERO, add, asRational, atom, div, factorsOf, mul, splitCoefficient, sym } from '../algebra/build.js'
import { mapAtoms, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { cancel } from '../algebra/rational-form.js'
import { asContraction, dot } from '../jets/contraction.js'
import { linearForm } from '../jets/collect.js'
import { ONES, componentsOf, elementwise, fromComponents } from '../jets/elementwise.js'
import { vectorText } from '../jets/notation.js'
import { type ProjectorOperator, intersect } from '../jets/operator.js'
import { type Vector, type VectorAtom, ZERO_VECTOR, apply, combine, indicator, vectorOf } from '../jets/vector.js'

type Elementwise = Extract<VectorAtom, { kind: 'elementwise' }>
type Applied = Extract<VectorAtom, { kind: 'apply' }>

/** The exponent with which an argument multiplies a componentwise product; 0 where it occurs otherwise. */
function exponentIn(body: Expr, index: number): number {
  const exponent = factorsOf(splitCoefficient(body).factor).find((f) => f.base === sym(`_${index}`))?.exponent
  const value = exponent === undefined ? undefined : asRational(exponent)
  return value !== undefined && value.den === 1n && value.num > 0n ? Number(value.num) : 0
}

const filled = (a: Elementwise, index: number, by: Vector): Record<string, Vector> =>
  Object.fromEntries(a.args.map((x, i) => [`_${i}`, i === index ? by : vectorOf(x)]))

/** An argument under an operator of the given kind that multiplies the product at least once. */
function appliedArgument(a: Elementwise, kind: 'projector' | 'map'): { readonly index: number; readonly argument: Applied } | undefined {
  for (const [index, argument] of a.args.entries())
    if (argument.kind === 'apply' && argument.operator.kind === kind && exponentIn(a.body, index) > 0) return { index, argument }
  return undefined
}

const pulledVector = (x: Vector): Vector => combine(x.terms.map((t) => [t.coefficient, pulled(t.atom)]))

/** (P x) ∘ y = P(x ∘ y) and 1_B ∘ y = P_B y for the projector on a set of components. */
function pulled(a: VectorAtom): Vector {
  if (a.kind === 'apply') return apply(a.operator, pulled(a.argument))
  if (a.kind === 'elementwise') {
    const index = a.args.findIndex((x, i) => x.kind === 'indicator' && exponentIn(a.body, i) > 0)
    const indicator = a.args[index]
    if (indicator?.kind === 'indicator') return apply(indicator.set, pulledVector(elementwise(a.body, filled(a, index, ONES))))
  }
  const found = a.kind === 'elementwise' ? appliedArgument(a, 'projector') : undefined
  if (a.kind !== 'elementwise' || found === undefined) return vectorOf(a)
  const inside = elementwise(a.body, filled(a, found.index, vectorOf(found.argument.argument)))
  return apply(found.argument.operator, pulledVector(inside))
}

/** ⟨x, (A y) ∘ z⟩ = ⟨A y, x ∘ z⟩: the operator comes out of the componentwise product. */
function exchanged(x: VectorAtom, y: VectorAtom): Expr {
  const found = y.kind === 'elementwise' ? appliedArgument(y, 'map') : undefined
  if (y.kind !== 'elementwise' || found === undefined || exponentIn(y.body, found.index) !== 1) return dot(vectorOf(x), vectorOf(y))
  const body = mul(div(y.body, sym(`_${found.index}`)), sym('_x'))
  const rest = elementwise(substitute(body, new Map([[sym(`_${found.index}`), ONE]])), { ...filled(y, found.index, vectorOf(x)), _x: vectorOf(x) })
  return dot(vectorOf(found.argument), rest)
}

const bilinear = (x: Vector, y: Vector, f: (a: VectorAtom, b: VectorAtom) => Expr): Expr =>
  add(...x.terms.flatMap((s) => y.terms.map((t) => mul(s.coefficient, t.coefficient, f(s.atom, t.atom)))))

/** A scalar with projectors and operators taken out of componentwise products in every contraction, so that equal ones look equal. */
export const withoutProducts = (e: Expr): Expr =>
  mapAtoms(e, (o) => {
    const c = asContraction(o)
    if (c === undefined) return atom(o)
    return c.left.kind === 'elementwise' ? bilinear(pulled(c.right), pulled(c.left), exchanged) : bilinear(pulled(c.left), pulled(c.right), exchanged)
  })

const isComponentwise = (a: VectorAtom): boolean => a.kind === 'elementwise' || (a.kind === 'apply' && a.operator.kind === 'projector' && isComponentwise(a.argument))

interface Restricted {
  readonly set: ProjectorOperator | undefined
  readonly vector: Vector
}

/** A side of a contraction as a restriction to a set of components; undefined where an operator mixes them. */
function restricted(a: VectorAtom): Restricted | undefined {
  if (a.kind === 'indicator') return { set: a.set, vector: ONES }
  if (a.kind !== 'apply') return { set: undefined, vector: vectorOf(a) }
  if (a.operator.kind !== 'projector') return undefined
  const inner = restricted(a.argument)
  if (inner === undefined) return undefined
  const set = inner.set === undefined ? a.operator : intersect(a.operator, inner.set)
  return set === undefined ? { set: undefined, vector: ZERO_VECTOR } : { set, vector: inner.vector }
}

/** Σ over a set of the components of a vector: ⟨x, y⟩ for a product of two, else ⟨1_S, x⟩. */
function sumOver(set: ProjectorOperator | undefined, a: VectorAtom): Expr {
  const [x, y = x] = a.kind === 'elementwise' ? a.args : []
  const product = a.kind === 'elementwise' && (a.body === mul(sym('_0'), sym('_1')) || a.body === mul(sym('_0'), sym('_0')))
  const restrict = (v: Vector): Vector => (set === undefined ? v : apply(set, v))
  if (product && x !== undefined && y !== undefined) return dot(restrict(vectorOf(x)), vectorOf(y))
  return dot(set === undefined ? ONES : indicator(set), vectorOf(a))
}

function gatheredPair(left: VectorAtom, right: VectorAtom): Expr | undefined {
  const [x, y] = [restricted(left), restricted(right)]
  if (x === undefined || y === undefined) return undefined
  const set = x.set === undefined ? y.set : y.set === undefined ? x.set : intersect(x.set, y.set)
  if (set === undefined && x.set !== undefined && y.set !== undefined) return ZERO
  const product = elementwise(mul(sym('_x'), sym('_y')), { _x: x.vector, _y: y.vector })
  return add(...product.terms.map((t) => mul(t.coefficient, sumOver(set, t.atom))))
}

/** Every contraction with a function of components written as a sum over components, ⟨x, y⟩ = ⟨1, x ∘ y⟩, with the product multiplied out. */
export const gathered = (e: Expr): Expr =>
  mapAtoms(withoutProducts(e), (o) => {
    const c = asContraction(o)
    if (c === undefined || !(isComponentwise(c.left) || isComponentwise(c.right))) return atom(o)
    return gatheredPair(c.left, c.right) ?? atom(o)
  })

/** Sums over the same components put together, Σ cᵢ⟨1_S, xᵢ⟩ = ⟨1_S, Σ cᵢxᵢ⟩, brought into lowest terms and written apart again, where that makes them shorter. */
export function combinedSums(e: Expr): Expr {
  const form = linearForm(gathered(e))
  if (form === undefined) return e
  const groups = new Map<string, { readonly set: ProjectorOperator | undefined; readonly parts: (readonly [Expr, Vector])[] }>()
  const rest: Expr[] = [form.constant]
  for (const [o, coefficient] of form.coefficients) {
    const c = asContraction(o)
    const [x, y] = c === undefined ? [] : [restricted(c.left), restricted(c.right)]
    if (c === undefined || x === undefined || y === undefined || (x.set !== undefined && y.set !== undefined)) {
      rest.push(mul(coefficient, atom(o)))
      continue
    }
    const set = x.set ?? y.set
    const key = set === undefined ? '' : set.members.join()
    const group = groups.get(key) ?? { set, parts: [] }
    group.parts.push([coefficient, elementwise(mul(sym('_x'), sym('_y')), { _x: x.vector, _y: y.vector })])
    groups.set(key, group)
  }
  const sums = [...groups.values()].map(({ set, parts }) => {
    const seen = new Map<string, VectorAtom>()
    const apart = combine(parts)
    const lowest = fromComponents(cancel(componentsOf(apart, seen)), seen)
    const sum = vectorText(lowest).length > vectorText(apart).length ? apart : lowest
    return add(...sum.terms.map((t) => mul(t.coefficient, sumOver(set, t.atom))))
  })
  return add(...rest, ...sums)
}

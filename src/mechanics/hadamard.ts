import { ONE, add, asRational, atom, div, factorsOf, mul, splitCoefficient, sym } from '../algebra/build.js'
import { mapAtoms, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction, dot } from '../jets/contraction.js'
import { ONES, elementwise } from '../jets/elementwise.js'
import { type Vector, type VectorAtom, apply, combine, vectorOf } from '../jets/vector.js'

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

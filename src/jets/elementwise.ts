import { ONE, add, factorsOf, isZero, mul, num, pow, splitCoefficient, sym, termsOf } from '../algebra/build.js'
import { substitute, symbolsOf } from '../algebra/calculus.js'
import type { Expr, Factor } from '../algebra/expr.js'
import { expand } from '../algebra/expand.js'
import { inMagnitudes } from '../algebra/magnitude.js'
import { type Vector, type VectorAtom, combine, elementwiseAtom, vectorOf } from './vector.js'

const placeholder = (atom: VectorAtom): string => `_<${atom.key}>`

/** An atom as a scalar in the placeholder symbols of the atoms it is made of, component by component. */
function componentOf(atom: VectorAtom, seen: Map<string, VectorAtom>): Expr {
  if (atom.kind === 'elementwise')
    return substitute(atom.body, new Map(atom.args.map((a, i) => [sym(`_${i}`), componentOf(a, seen)])))
  seen.set(placeholder(atom), atom)
  return sym(placeholder(atom))
}

/** A vector as a scalar expression of components; `seen` collects the placeholder symbols and the atoms they stand for. */
export const componentsOf = (x: Vector, seen: Map<string, VectorAtom>): Expr =>
  add(...x.terms.map((t) => mul(t.coefficient, componentOf(t.atom, seen))))

/** b^(x + y) as b^x·b^y, the exponent taken apart by what touches components: e^(x + c t) on each component is e^(c t) times e^x. */
function apartInExponent({ base, exponent }: Factor, touches: (e: Expr) => boolean): readonly Factor[] {
  if (touches(base) || exponent.kind !== 'sum') return [{ base, exponent }]
  const [inner, outer] = [true, false].map((touching) => add(...termsOf(exponent).flatMap(({ coefficient, factor }) => (touches(factor) === touching ? [mul(num(coefficient), factor)] : []))))
  return [inner, outer].flatMap((part) => (part === undefined || isZero(part) ? [] : [{ base, exponent: part }]))
}

/** The vector whose components are `body` of the components of the atoms in `seen`; linear parts come out of the function. */
export function fromComponents(body: Expr, seen: ReadonlyMap<string, VectorAtom>): Vector {
  const touches = (e: Expr): boolean => [...symbolsOf(e)].some((name) => seen.has(name))
  return combine(
    termsOf(expand(inMagnitudes(body))).map(({ coefficient, factor }) => {
      const factors = factorsOf(factor).flatMap((f) => apartInExponent(f, touches))
      const inner = mul(...factors.filter((f) => touches(f.base) || touches(f.exponent)).map((f) => pow(f.base, f.exponent)))
      const outer = mul(num(coefficient), ...factors.filter((f) => !touches(f.base) && !touches(f.exponent)).map((f) => pow(f.base, f.exponent)))
      const single = inner.kind === 'symbol' ? seen.get(inner.name) : undefined
      if (single !== undefined) return [outer, vectorOf(single)] as const
      const args = [...symbolsOf(inner)].flatMap((name) => seen.get(name) ?? []).sort((a, b) => (a.key < b.key ? -1 : 1))
      // An odd function of a sum may turn its sign with the names of the sum's terms: -f(x) for f(-x).
      const body = splitCoefficient(substitute(inner, new Map(args.map((a, i) => [sym(placeholder(a)), sym(`_${i}`)]))))
      return [mul(num(body.coefficient), outer), vectorOf(elementwiseAtom(body.factor, args))] as const
    }),
  )
}

/**
 * A scalar function of named vectors applied component by component: `elementwise(x/(sqrt(v)+eps), {x, v})`.
 * Linear combinations come back as such; a constant stands for that constant in every component.
 */
export function elementwise(body: Expr, vectors: Readonly<Record<string, Vector>>): Vector {
  const seen = new Map<string, VectorAtom>()
  const filled = substitute(body, new Map(Object.entries(vectors).map(([name, x]) => [sym(name), componentsOf(x, seen)])))
  return fromComponents(filled, seen)
}

/** The vector with one in every component. */
export const ONES: Vector = vectorOf(elementwiseAtom(ONE, []))

import { ONE, ZERO, add, atom as opaqueAtom, isZero, mul, neg, num, pow, sub, sym, symbolsOf } from '../algebra/build.js'
import { differentiate } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { elementwise } from './elementwise.js'
import { contractionLatex, contractionText, fieldLatex, fieldText, normLatex } from './notation.js'
import { slotsOf } from './slots.js'
import { LOSS, type Field, fieldKey } from './field.js'
import { type ProjectorOperator, intersect } from './operator.js'
import { type Vector, type VectorAtom, applyAdjoint, indicator, isOnes, takesByEuler, vectorOf } from './vector.js'

/**
 * ⟨left, right⟩ as an indivisible scalar. Nested derivatives and operators make it a free tree whose edges are all
 * contractions, so the same number can be written with any edge cut; the canonical form cuts the most balanced one.
 */
export class Contraction implements Opaque {
  readonly key: string

  constructor(
    readonly left: VectorAtom,
    readonly right: VectorAtom,
  ) {
    this.key = `<${left.key}; ${right.key}>`
  }

  text(): string {
    return contractionText(this)
  }

  latex(): string {
    return contractionLatex(this)
  }

  rootLatex(): string | undefined {
    return normLatex(this)
  }
}

/** The value of a function field such as the loss at θ. */
export class FieldValue implements Opaque {
  readonly key: string

  constructor(readonly field: Field) {
    this.key = `value:${fieldKey(field)}`
  }

  text(): string {
    return fieldText(this.field)
  }

  latex(): string {
    return fieldLatex(this.field)
  }
}

/** f(θ). */
export const LOSS_VALUE = opaqueAtom(new FieldValue(LOSS))

/** One way to cut the tree: sign·⟨left, right⟩. */
export interface Cut {
  readonly sign: Expr
  readonly left: VectorAtom
  readonly right: VectorAtom
}

type Slots = (atom: VectorAtom) => ReturnType<typeof slotsOf>

function cutsBelow(sign: Expr, outer: VectorAtom, inner: VectorAtom, slots: Slots): readonly Cut[] {
  return slots(inner).flatMap(({ child, reopen }) => {
    const [term, ...others] = reopen(vectorOf(outer)).terms
    if (term === undefined || others.length > 0) return []
    const here = mul(sign, term.coefficient)
    return [{ sign: here, left: term.atom, right: child }, ...cutsBelow(here, term.atom, child, slots)]
  })
}

/** ⟨outer, inner⟩ where an edge of the inner tree has nothing or a sum on its other side, as Euler's theorem makes of a direction along θ. */
function splitBelow(outer: VectorAtom, inner: VectorAtom): Expr | undefined {
  for (const { child, reopen } of slotsOf(inner)) {
    const across = reopen(vectorOf(outer))
    const [term, ...others] = across.terms
    if (term === undefined || others.length > 0) return dot(across, vectorOf(child))
    const below = splitBelow(term.atom, child)
    if (below !== undefined) return mul(term.coefficient, below)
  }
  return undefined
}

/** Every way to write ⟨left, right⟩ by cutting another edge of its tree, in both directions. */
export function cutsOf(left: VectorAtom, right: VectorAtom, slots: Slots = slotsOf): readonly Cut[] {
  const all = [{ sign: ONE, left, right }, ...cutsBelow(ONE, left, right, slots), ...cutsBelow(ONE, right, left, slots)]
  return all.flatMap((c) => [c, { sign: c.sign, left: c.right, right: c.left }])
}

const adjoints = (key: string): number => key.split('t(').length

function order(a: Cut, b: Cut): number {
  return (
    Math.max(a.left.size, a.right.size) - Math.max(b.left.size, b.right.size) ||
    a.left.size - b.left.size ||
    adjoints(a.left.key + a.right.key) - adjoints(b.left.key + b.right.key) ||
    (a.left.key < b.left.key ? -1 : a.left.key > b.left.key ? 1 : 0) ||
    (a.right.key < b.right.key ? -1 : a.right.key > b.right.key ? 1 : 0)
  )
}

const cache = new Map<string, Expr>()

function dotAtoms(a: VectorAtom, b: VectorAtom): Expr {
  const key = `${a.key}\u0000${b.key}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const value = dotAtomsUncached(a, b)
  cache.set(key, value)
  return value
}

/** ⟨1, x²⟩ and ⟨1, x y⟩ as ⟨x, x⟩ and ⟨x, y⟩. */
function dotOfProduct(ones: VectorAtom, a: VectorAtom): Expr | undefined {
  if (!isOnes(ones) || a.kind !== 'elementwise') return undefined
  const [x, y = x, ...others] = a.args
  if (x === undefined || y === undefined || others.length > 0 || a.body !== (x === y ? pow(sym('_0'), num(2)) : mul(sym('_0'), sym('_1')))) return undefined
  return dotAtoms(x, y)
}

/** ⟨1_B, 1_C⟩ = |1_{B∩C}|². */
function dotOfIndicators(b: ProjectorOperator, c: ProjectorOperator): Expr {
  const common = intersect(b, c)
  return common === undefined ? ZERO : dot(indicator(common), indicator(common))
}

function dotAtomsUncached(a: VectorAtom, b: VectorAtom): Expr {
  if (isOnes(a) && b.kind === 'indicator') return dotAtoms(b, b)
  if (isOnes(b) && a.kind === 'indicator') return dotAtoms(a, a)
  if (a.kind === 'indicator' && b.kind === 'indicator' && a !== b) return dotOfIndicators(a.set, b.set)
  const product = dotOfProduct(a, b) ?? dotOfProduct(b, a)
  if (product !== undefined) return product
  if (a.kind === 'apply') return dot(vectorOf(a.argument), applyAdjoint(a.operator, vectorOf(b)))
  if (b.kind === 'apply') {
    const moved = applyAdjoint(b.operator, vectorOf(a))
    if (moved.terms.every((t) => t.atom.kind !== 'apply')) return dot(moved, vectorOf(b.argument))
  }
  const [taking, taken] = takesByEuler(b, a) ? [b, a] : [a, b]
  const [slot] = takesByEuler(taking, taken) ? slotsOf(taking) : []
  if (slot !== undefined) return dot(slot.reopen(vectorOf(taken)), vectorOf(slot.child))
  const split = splitBelow(a, b) ?? splitBelow(b, a)
  if (split !== undefined) return split
  const cuts = cutsOf(a, b)
  const best = cuts.reduce((x, y) => (order(y, x) < 0 ? y : x))
  const opposite = cuts.some((c) => c.left === best.left && c.right === best.right && c.sign === neg(best.sign))
  return opposite ? ZERO : mul(best.sign, opaqueAtom(new Contraction(best.left, best.right)))
}

/** ⟨x, y⟩: bilinear, symmetric, canonical. */
export function dot(x: Vector, y: Vector): Expr {
  return add(...x.terms.flatMap((s) => y.terms.map((t) => mul(s.coefficient, t.coefficient, dotAtoms(s.atom, t.atom)))))
}

/** |x|². */
export const norm2 = (x: Vector): Expr => dot(x, x)

/** The contraction an expression is, if it is nothing else. */
export const asContraction = (opaque: Opaque): Contraction | undefined => (opaque instanceof Contraction ? opaque : undefined)

/** Whether a vector atom occurs anywhere inside another. */
export function occursIn(needle: VectorAtom, atom: VectorAtom): boolean {
  if (atom === needle) return true
  if (atom.kind === 'elementwise') return atom.args.some((a) => occursIn(needle, a))
  return slotsOf(atom).some((s) => occursIn(needle, s.child))
}

/** The slots of an atom, those of a product of components too: ⟨x, s(y)·z⟩ = ⟨s(y)·x, z⟩. */
function slotsOfProducts(atom: VectorAtom): ReturnType<typeof slotsOf> {
  if (atom.kind !== 'elementwise') return slotsOf(atom)
  return atom.args.flatMap((child, i) => {
    const slope = differentiate(atom.body, `_${i}`)
    const isLinear = !symbolsOf(slope).has(`_${i}`) && isZero(sub(atom.body, mul(slope, sym(`_${i}`))))
    const vectors = Object.fromEntries(atom.args.map((x, j) => [`_${j}`, vectorOf(x)]))
    return isLinear ? [{ child, reopen: (outer: Vector): Vector => elementwise(mul(slope, sym('_outer')), { ...vectors, _outer: outer }) }] : []
  })
}

/** The two sides of a contraction with a leaf isolated: sign·⟨leaf, rest⟩; undefined where the leaf does not occur or not linearly. */
export function isolate(c: Contraction, leaf: VectorAtom): { readonly sign: Expr; readonly rest: VectorAtom } | undefined {
  const isolates = (x: Cut): boolean => x.left === leaf && !occursIn(leaf, x.right)
  const cut = cutsOf(c.left, c.right).find(isolates) ?? cutsOf(c.left, c.right, slotsOfProducts).find(isolates)
  return cut === undefined ? undefined : { sign: cut.sign, rest: cut.right }
}

import { type Rational, R1, addR, divR, mulR, rational, toNumber } from '../../src/algebra/rational.js'

/** A rooted tree: the multiset of its root's branches. */
export type Tree = readonly Tree[]

/** All rooted trees with `order` vertices (HNW I, II.2), as non-increasing sequences of branches. */
export function treesOf(order: number): readonly Tree[] {
  const smaller: (readonly Tree[])[] = []
  for (let n = 1; n < order; n += 1) smaller.push(treesOf(n))
  const all = smaller.flatMap((trees, i) => trees.map((tree) => ({ tree, size: i + 1 })))
  const forests = (rest: number, upTo: number): readonly Tree[] => {
    if (rest === 0) return [[]]
    return all.slice(0, upTo).flatMap(({ tree, size }, i) => (size > rest ? [] : forests(rest - size, i + 1).map((f) => [tree, ...f])))
  }
  return forests(order - 1, all.length)
}

export const orderOf = (tree: Tree): number => tree.reduce((sum, branch) => sum + orderOf(branch), 1)
/** γ(τ) = |τ| Π γ(branches). */
export const density = (tree: Tree): bigint => tree.reduce((product, branch) => product * density(branch), BigInt(orderOf(tree)))

export interface Field<T> {
  readonly one: T
  readonly zero: T
  add(a: T, b: T): T
  mul(a: T, b: T): T
}
export const EXACT: Field<Rational> = { one: R1, zero: rational(0), add: addR, mul: mulR }

/** Φ_i(τ) of every stage: the product over the branches of Σ_j a_ij Φ_j(branch). */
export function stageWeights(tree: Tree, a: readonly (readonly Rational[])[], stages: number): readonly Rational[] {
  const branches = tree.map((branch) => stageWeights(branch, a, stages))
  return Array.from({ length: stages }, (_, i) =>
    branches.reduce((product, phi) => mulR(product, dot(a[i] ?? [], phi)), R1))
}

export const dot = (weights: readonly Rational[], values: readonly Rational[]): Rational =>
  weights.reduce((sum, w, j) => (w.num === 0n ? sum : addR(sum, mulR(w, values[j] ?? rational(0)))), rational(0))

/** Largest defect |Σ b_i Φ_i(τ) − θ^|τ|/γ(τ)| over all trees of one order. */
export function defect(order: number, a: readonly (readonly Rational[])[], b: readonly Rational[], theta: Rational = R1): number {
  return Math.max(...treesOf(order).map((tree) => {
    const target = divR(Array.from({ length: order }).reduce<Rational>((p) => mulR(p, theta), R1), rational(density(tree)))
    return Math.abs(toNumber(addR(dot(b, stageWeights(tree, a, a.length)), { num: -target.num, den: target.den })))
  }))
}

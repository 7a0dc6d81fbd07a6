import { type Rational, rational } from '../../src/algebra/rational.js'

/** A rooted tree: the multiset of its root's branches. */
export type Tree = readonly Tree[]

const known: (readonly Tree[])[] = [[]]

/** All rooted trees with `order` vertices (HNW I, II.2), as non-increasing sequences of branches. */
export function treesOf(order: number): readonly Tree[] {
  const done = known[order]
  if (done !== undefined) return done
  const all = Array.from({ length: order - 1 }, (_, i) => treesOf(i + 1).map((tree) => ({ tree, size: i + 1 }))).flat()
  const forests = (rest: number, upTo: number): readonly Tree[] => {
    if (rest === 0) return [[]]
    return all.slice(0, upTo).flatMap(({ tree, size }, i) => (size > rest ? [] : forests(rest - size, i + 1).map((f) => [tree, ...f])))
  }
  known[order] = forests(order - 1, all.length)
  return known[order]
}

export const orderOf = (tree: Tree): number => tree.reduce((sum, branch) => sum + orderOf(branch), 1)
/** γ(τ) = |τ| Π γ(branches). */
export const density = (tree: Tree): bigint => tree.reduce((product, branch) => product * density(branch), BigInt(orderOf(tree)))

/** Numbers with 60 digits behind the point: more than any table prints. */
const ONE = 10n ** 60n
const fixed = (x: Rational): bigint => (x.num * ONE) / x.den
const mul = (x: bigint, y: bigint): bigint => (x * y) / ONE

/** A method's weights in fixed point with the Φ_i(τ) computed so far: the product over the branches of Σ_j a_ij Φ_j(branch). */
export class Conditions {
  private readonly a: readonly (readonly bigint[])[]
  private readonly weights = new Map<Tree, readonly bigint[]>()
  /** Σ_j a_ij Φ_j(τ). */
  private readonly sums = new Map<Tree, readonly bigint[]>()

  constructor(a: readonly (readonly Rational[])[]) {
    this.a = a.map((row) => row.map(fixed))
  }

  private stages(tree: Tree): readonly bigint[] {
    const done = this.weights.get(tree)
    if (done !== undefined) return done
    const branches = tree.map((branch) => this.branch(branch))
    const made = this.a.map((_, i) => branches.reduce((product, s) => mul(product, s[i] ?? 0n), ONE))
    this.weights.set(tree, made)
    return made
  }

  private branch(tree: Tree): readonly bigint[] {
    const done = this.sums.get(tree)
    if (done !== undefined) return done
    const phi = this.stages(tree)
    const made = this.a.map((row) => row.reduce((sum, w, j) => (w === 0n ? sum : sum + mul(w, phi[j] ?? 0n)), 0n))
    this.sums.set(tree, made)
    return made
  }

  /** Largest defect |Σ b_i Φ_i(τ) − θ^|τ|/γ(τ)| over all trees of one order. */
  defect(order: number, b: readonly Rational[], theta: Rational = rational(1)): number {
    const weights = b.map(fixed)
    const power = fixed({ num: theta.num ** BigInt(order), den: theta.den ** BigInt(order) })
    return Math.max(...treesOf(order).map((tree) => {
      const phi = this.stages(tree)
      const found = weights.reduce((sum, w, i) => (w === 0n ? sum : sum + mul(w, phi[i] ?? 0n)), 0n) - power / density(tree)
      return Math.abs(Number(found)) / Number(ONE)
    }))
  }
}

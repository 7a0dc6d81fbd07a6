import { type Ring, hyperdual } from './ring.js'

/** A loss written once for every arithmetic. */
export type Loss = <T>(ring: Ring<T>, theta: readonly T[]) => T

const unit = (n: number, i: number): readonly number[] => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))

/** Dⁿf(θ)(x₁, …, xₙ) in floating point, without truncation error. */
export function derivative(loss: Loss, theta: readonly number[], directions: readonly (readonly number[])[]): number {
  const ring = hyperdual(directions.length)
  const point = theta.map((value, i) => {
    const number = ring.of(value)
    for (const [k, x] of directions.entries()) number[2 ** k] = x[i] ?? 0
    return number
  })
  return loss(ring, point).at(-1) ?? Number.NaN
}

/** The gradient form of Dⁿ⁺¹f with n arguments: ∇f, H x, D3(x, y), … */
export const gradientFormOf =
  (loss: Loss, theta: readonly number[]) =>
  (args: readonly (readonly number[])[]): readonly number[] =>
    theta.map((_, i) => derivative(loss, theta, [...args, unit(theta.length, i)]))

/** Reproducible numbers in (−1, 1). */
export function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

export const vectorFrom = (random: () => number, n: number): readonly number[] => Array.from({ length: n }, random)

const sum = <T>(ring: Ring<T>, terms: readonly T[]): T => terms.reduce(ring.add, ring.of(0))
const inner = <T>(ring: Ring<T>, c: readonly number[], x: readonly T[]): T => sum(ring, x.map((xi, i) => ring.mul(ring.of(c[i] ?? 0), xi)))

/** A smooth function of features without any symmetry of its own, with bounded derivatives. */
function anyFunction<T>(ring: Ring<T>, features: readonly T[], seed: number): T {
  const random = uniform(seed)
  const terms = [1, 2, 3].map(() => {
    const s = ring.add(inner(ring, features.map(random), features), ring.of(random()))
    return ring.add(ring.call('sin', [s]), ring.mul(ring.of(random()), ring.call('sin', [ring.add(s, s)])))
  })
  return sum(ring, terms)
}

/** Where blocks lie in θ: ranges of components. */
export interface Range {
  readonly from: number
  readonly to: number
}
const part = <T>(theta: readonly T[], { from, to }: Range): readonly T[] => theta.slice(from, to)
const outside = <T>(theta: readonly T[], ranges: readonly Range[]): readonly T[] => theta.filter((_, i) => !ranges.some((r) => i >= r.from && i < r.to))

/** f(w/|w|, rest): invariant under scaling of w. */
export const scaleInvariant = (w: Range, seed: number): Loss => (ring, theta) => {
  const block = part(theta, w)
  const length = ring.call('sqrt', [sum(ring, block.map((x) => ring.mul(x, x)))])
  return anyFunction(ring, [...block.map((x) => ring.div(x, length)), ...outside(theta, [w])], seed)
}

/** f of the differences of w's components and the rest: invariant under translation of w. */
export const translationInvariant = (w: Range, seed: number): Loss => (ring, theta) => {
  const block = part(theta, w)
  const differences = block.slice(1).map((x, i) => ring.add(x, ring.mul(ring.of(-1), block[i] ?? ring.of(0))))
  return anyFunction(ring, [...differences, ...outside(theta, [w])], seed)
}

/** f of the products u₁^… : aⱼ·(uᵢ)^p, invariant under u → e^α u, a → e^(−pα) a, as a unit with activation z^p has it. */
export const rescaleInvariant = (into: Range, out: Range, degree: number, seed: number): Loss => (ring, theta) => {
  const power = <T>(r: Ring<T>, x: T): T => Array.from({ length: degree }, () => x).reduce(r.mul, r.of(1))
  const products = part(theta, into).flatMap((u) => part(theta, out).map((a) => ring.mul(a, power(ring, u))))
  return anyFunction(ring, [...products, ...outside(theta, [into, out])], seed)
}

/** f(Wᵀ W, rest) for W of shape rows×columns, row-major: invariant under rotations W → R W. */
export const rotationInvariant = (w: Range, rows: number, columns: number, seed: number): Loss => (ring, theta) => {
  const block = part(theta, w)
  const at = (i: number, j: number) => block[i * columns + j] ?? ring.of(0)
  const gram = Array.from({ length: columns ** 2 }, (_, k) => {
    const [i, j] = [Math.floor(k / columns), k % columns]
    return sum(ring, Array.from({ length: rows }, (_, r) => ring.mul(at(r, i), at(r, j))))
  })
  return anyFunction(ring, [...gram, ...outside(theta, [w])], seed)
}

/** f(W₂ W₁): invariant under W₁ → G W₁, W₂ → W₂ G⁻¹. W₁ is hidden×d, W₂ is k×hidden, in this order in θ. */
export const productInvariant = (hidden: number, d: number, k: number, seed: number): Loss => (ring, theta) => {
  const first = (i: number, j: number) => theta[i * d + j] ?? ring.of(0)
  const second = (i: number, j: number) => theta[hidden * d + i * hidden + j] ?? ring.of(0)
  const entries = Array.from({ length: k * d }, (_, e) => {
    const [i, j] = [Math.floor(e / d), e % d]
    return sum(ring, Array.from({ length: hidden }, (_, h) => ring.mul(second(i, h), first(h, j))))
  })
  return anyFunction(ring, entries, seed)
}

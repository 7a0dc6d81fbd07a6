import type { Field } from '../algebra/evaluate.js'
import type { Field as JetField } from './field.js'
import { solveWithFree } from './matrix.js'
import { Places, type SymmetricTensor } from './symmetricTensor.js'

/** The components of a vector that are not zero. */
type Sparse<T> = readonly (readonly [number, T])[]

/** The place at which a field has its jets; undefined for θ. */
type Point = JetField['at']

/** Names of the coordinate directions: `_e0`, `_e1`, … */
export const BASIS = '_e'
/** Names of directions that are random: `_any1`, … */
const ANY = '_any'

/** Dᵐξ along directions, by their names, for a generator at a point. */
export type GeneratorJet<T> = (generator: number, directions: readonly string[], at: Point) => readonly T[]

/** All ways to take at most so many of the first n slots out: those taken and those left. */
function takenOut(n: number, most: number): readonly (readonly [readonly number[], readonly number[]])[] {
  if (n === 0) return [[[], []]]
  return takenOut(n - 1, most).flatMap(([taken, left]) => [
    [taken, [...left, n - 1]] as const,
    ...(taken.length < most ? [[[...taken, n - 1], left] as const] : []),
  ])
}

/**
 * Random derivatives of f at any point that satisfy the constraints of its symmetries, Dⁿ⁻¹⟨g, ξ⟩ = 0 along every n−1 coordinates: by the Leibniz rule
 *
 *     Σ over subsets S of the slots of Dᵏf(the others, DᵐξS) = 0,  m = |S|, k = n − m,
 *
 * linear equations for Dⁿf, given the lower orders.
 */
export class LossJets<T> {
  private readonly tensors = new Map<string, SymmetricTensor<T>>()
  private readonly contracted = new WeakMap<SymmetricTensor<T>, Map<readonly T[], SymmetricTensor<T>>>()
  private readonly jets = new Map<string, Sparse<T>>()
  private readonly places: Places

  /**
   * @param generators how many symmetries there are
   * @param placeOf the value of a point: the loss has the same derivatives at it however it is written
   */
  constructor(
    private readonly field: Field<T>,
    dimension: number,
    private readonly generators: number,
    private readonly jetOf: GeneratorJet<T>,
    private readonly random: () => T,
    private readonly placeOf: (at: Point) => string,
  ) {
    this.places = new Places(dimension)
  }

  /** Dⁿf(x₁, …, xₙ₋₁, ·): the coordinates of ∇f, H x, … */
  gradient(loss: JetField, along: readonly (readonly T[])[]): readonly T[] {
    return along.reduce((tensor, x) => this.contract(tensor, x), this.tensorOf(loss.at, along.length + 1)).components
  }

  /** What several forms have in common is contracted once: atoms keep their coordinates. */
  private contract(tensor: SymmetricTensor<T>, x: readonly T[]): SymmetricTensor<T> {
    const known = this.contracted.get(tensor) ?? new Map<readonly T[], SymmetricTensor<T>>()
    this.contracted.set(tensor, known)
    const found = known.get(x) ?? this.places.contract(this.field, tensor, x)
    known.set(x, found)
    return found
  }

  /** Dⁿf at a point: a random solution of the order-n constraints, given the lower orders. */
  private tensorOf(at: Point, order: number): SymmetricTensor<T> {
    const key = `${order} ${this.placeOf(at)}`
    const known = this.tensors.get(key)
    if (known !== undefined) return known
    const equations = Array.from({ length: this.generators }, (_, generator) => this.equations(generator, order, at)).flat()
    const components = solveWithFree(this.field, this.places.indices(order).length, equations, this.random)
    // A point where the generator vanishes: the next derivative of the constraint restricts the lower orders, which are drawn already.
    if (components === undefined) throw new RangeError(`the symmetry constraints of order ${order} contradict each other at this point`)
    const made = { order, components }
    this.tensors.set(key, made)
    return made
  }

  private equations(generator: number, order: number, at: Point) {
    const { field, places } = this
    const raised = places.raised(order - 1)
    const xi = this.jet(generator, [], at)
    const splits = takenOut(order - 1, this.degree(generator, order - 1, at)).filter(([taken]) => taken.length > 0)
    return places.indices(order - 1).map((index, place) => {
      const known = splits.map(([taken, left]) => {
        const rates = this.jet(generator, taken.map((k) => index[k] ?? 0), at)
        if (rates.length === 0) return field.zero
        const { components } = this.tensorOf(at, left.length + 1)
        const above = places.raised(left.length)[places.of(left.map((k) => index[k] ?? 0))]
        return rates.reduce((sum, [i, c]) => field.add(sum, field.multiply(c, components[above?.[i] ?? 0] ?? field.zero)), field.zero)
      })
      return { coefficients: new Map(xi.map(([i, c]) => [raised[place]?.[i] ?? 0, c])), right: field.negate(known.reduce((x, y) => field.add(x, y), field.zero)) }
    })
  }

  /** The highest derivative of a generator that does not vanish, of those asked for; beyond the first, whether it does is seen along random directions. */
  private degree(generator: number, most: number, at: Point): number {
    const orders = Array.from({ length: most }, (_, m) => m + 1)
    const vanishing = orders.find((m) => m > 1 && this.jetOf(generator, orders.slice(0, m).map((k) => `${ANY}${k}`), at).every((c) => this.field.isZero(c)))
    return vanishing === undefined ? most : vanishing - 1
  }

  private jet(generator: number, directions: readonly number[], at: Point): Sparse<T> {
    const key = `${generator} ${directions.join()} ${this.placeOf(at)}`
    const known = this.jets.get(key)
    if (known !== undefined) return known
    const made = this.jetOf(generator, directions.map((i) => `${BASIS}${i}`), at).flatMap((c, i) => (this.field.isZero(c) ? [] : [[i, c] as const]))
    this.jets.set(key, made)
    return made
  }
}

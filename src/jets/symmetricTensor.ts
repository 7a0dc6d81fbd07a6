import type { Field } from '../algebra/evaluate.js'

/** All sorted multi-indices of the given length over 0 … n−1. */
export function multiIndices(n: number, length: number, from = 0): readonly (readonly number[])[] {
  if (length === 0) return [[]]
  return Array.from({ length: n - from }, (_, k) => from + k).flatMap((i) => multiIndices(n, length - 1, i).map((rest) => [i, ...rest]))
}

export const indexKey = (index: readonly number[]): string => [...index].sort((a, b) => a - b).join()

/** A symmetric tensor: its components by sorted multi-index, in the order of {@link multiIndices}. */
export interface SymmetricTensor<T> {
  readonly order: number
  readonly components: readonly T[]
}

/** The places of the components of symmetric tensors over n coordinates. */
export class Places {
  private readonly known: (readonly (readonly number[])[])[] = []
  private readonly raising: (readonly (readonly number[])[])[] = []

  constructor(readonly dimension: number) {}

  /** The sorted multi-indices of an order. */
  indices(order: number): readonly (readonly number[])[] {
    return (this.known[order] ??= multiIndices(this.dimension, order))
  }

  /** Where the multi-indices of an order are once an index more is put in: by place, then by that index. */
  raised(order: number): readonly (readonly number[])[] {
    const known = this.raising[order]
    if (known !== undefined) return known
    const place = new Map(this.indices(order + 1).map((index, k) => [index.join(), k]))
    const made = this.indices(order).map((index) => Array.from({ length: this.dimension }, (_, i) => place.get(indexKey([...index, i])) ?? 0))
    this.raising[order] = made
    return made
  }

  /** Where a multi-index is, sorted or not. */
  of(index: readonly number[]): number {
    return index.reduce((place, i, order) => this.raised(order)[place]?.[i] ?? 0, 0)
  }

  /** The tensor with one slot filled: C(n+k−2, k−1) components of n products each, for order k. */
  contract<T>(field: Field<T>, { order, components }: SymmetricTensor<T>, x: readonly T[]): SymmetricTensor<T> {
    const support = x.flatMap((value, i) => (field.isZero(value) ? [] : [{ value, i }]))
    const sum = (places: readonly number[]): T =>
      support.reduce((total, { value, i }) => field.add(total, field.multiply(value, components[places[i] ?? 0] ?? field.zero)), field.zero)
    return { order: order - 1, components: this.raised(order - 1).map(sum) }
  }
}

import type { Field } from '../algebra/evaluate.js'
import { solveWithFree } from './matrix.js'
import type { MetricKind } from './space.js'
import { type Field as JetField, fieldKey } from './field.js'
import { indexKey, multiIndices } from './symmetricTensor.js'

/** A matrix as its columns. */
type Columns<T> = readonly (readonly T[])[]

/**
 * Random jets of fields that no equation defines: a potential h (symmetric derivatives of every order, at every point of its own) and
 * a metric G of a known kind (symmetric in its derivative slots and in its own two).
 */
export class FreeFields<T> {
  private readonly components = new Map<string, T>()
  private commutant: ReadonlyMap<string, T> | undefined

  constructor(
    private readonly field: Field<T>,
    private readonly dimension: number,
    private readonly random: () => T,
    private readonly kindOf: (name: string) => MetricKind,
    private readonly linearParts: () => readonly Columns<T>[],
  ) {}

  /** The value of the derivative along `along` with the field's own slots filled by `own`. */
  form(given: JetField, along: readonly (readonly T[])[], own: readonly (readonly T[])[]): T {
    const key = fieldKey(given)
    return this.contract([...along, ...own], [], (index) => this.component(key, given.name, index.slice(0, along.length), index.slice(along.length)))
  }

  private contract(left: readonly (readonly T[])[], index: readonly number[], component: (index: readonly number[]) => T): T {
    const [first, ...rest] = left
    if (first === undefined) return component(index)
    return first.reduce(
      (sum, x, i) => (this.field.isZero(x) ? sum : this.field.add(sum, this.field.multiply(x, this.contract(rest, [...index, i], component)))),
      this.field.zero,
    )
  }

  private component(key: string, name: string, along: readonly number[], own: readonly number[]): T {
    const kind = own.length === 0 ? 'symmetric' : this.kindOf(name)
    if (kind === 'diagonal' && own[0] !== own[1]) return this.field.zero
    if (kind === 'commuting') return this.commuting().get(indexKey(own)) ?? this.field.zero
    const place = `${key} ${indexKey(along)}|${indexKey(own)}`
    const value = this.components.get(place) ?? this.random()
    this.components.set(place, value)
    return value
  }

  /** A random symmetric G with G A = A G for the linear part A of every generator. */
  private commuting(): ReadonlyMap<string, T> {
    if (this.commutant !== undefined) return this.commutant
    const unknowns = multiIndices(this.dimension, 2)
    const position = new Map(unknowns.map((index, k) => [indexKey(index), k]))
    const equations = this.linearParts().flatMap((columns) => this.commutation(columns, position))
    const values = solveWithFree(this.field, unknowns.length, equations, this.random) ?? []
    this.commutant = new Map(unknowns.map((index, k) => [indexKey(index), values[k] ?? this.field.zero]))
    return this.commutant
  }

  /** (G A − A G)ᵢⱼ = 0. */
  private commutation(columns: Columns<T>, position: ReadonlyMap<string, number>) {
    const { field } = this
    const entry = (i: number, j: number): T => columns[j]?.[i] ?? field.zero
    return multiIndices(this.dimension, 1).flatMap(([i = 0]) =>
      multiIndices(this.dimension, 1).map(([j = 0]) => {
        const coefficients = new Map<number, T>()
        const put = (a: number, b: number, c: T): void => {
          const k = position.get(indexKey([a, b]))
          if (k !== undefined) coefficients.set(k, field.add(coefficients.get(k) ?? field.zero, c))
        }
        for (let l = 0; l < this.dimension; l += 1) {
          put(i, l, entry(l, j))
          put(l, j, field.negate(entry(i, l)))
        }
        return { coefficients, right: field.zero }
      }),
    )
  }
}

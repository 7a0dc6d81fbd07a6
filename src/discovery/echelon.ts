import { LAZY_PRODUCTS, type PrimeField, invert, multiply, reduce } from './prime.js'

/** A row space over a prime field that grows a vector at a time, kept in echelon form: each row is zero before its pivot, 1 there. */
export class Echelon {
  private readonly rows: Float64Array[] = []
  private readonly pivots: number[] = []

  constructor(
    private readonly field: PrimeField,
    readonly width: number,
  ) {}

  get rank(): number {
    return this.rows.length
  }

  /** Adds a vector of residues (left unchanged); true if it was independent of those before. O(rank·width). */
  insert(vector: ArrayLike<number>): boolean {
    return this.insertAll([vector])[0] === true
  }

  /** Adds vectors in order, each stored row being read once for all of them; tells which were independent of those before. */
  insertAll(vectors: readonly ArrayLike<number>[]): readonly boolean[] {
    const work = vectors.map((vector) => Float64Array.from(vector))
    for (let r = 0; r < this.rows.length; r++) {
      const row = this.rows[r] ?? new Float64Array()
      const pivot = this.pivots[r] ?? 0
      for (const v of work) this.eliminate(v, row, pivot)
      if (r % LAZY_PRODUCTS === LAZY_PRODUCTS - 1) for (const v of work) this.reduceAll(v)
    }
    const known = this.rows.length
    return work.map((v) => {
      this.reduceAll(v)
      for (let r = known; r < this.rows.length; r++) this.eliminate(v, this.rows[r] ?? new Float64Array(), this.pivots[r] ?? 0)
      this.reduceAll(v)
      return this.append(v)
    })
  }

  /** Clears the pivot of a row in v, without reducing the rest: at most LAZY_PRODUCTS times between reductions. */
  private eliminate(v: Float64Array, row: Float64Array, pivot: number): void {
    const factor = reduce(this.field, v[pivot] ?? 0)
    if (factor === 0) return
    const negated = this.field.p - factor
    for (let j = pivot; j < v.length; j++) v[j] = (v[j] ?? 0) + negated * (row[j] ?? 0)
  }

  private append(v: Float64Array): boolean {
    const pivot = v.findIndex((x) => x !== 0)
    if (pivot < 0) return false
    const scale = invert(this.field, v[pivot] ?? 0)
    for (let j = pivot; j < v.length; j++) v[j] = multiply(this.field, v[j] ?? 0, scale)
    this.rows.push(v)
    this.pivots.push(pivot)
    return true
  }

  private reduceAll(v: Float64Array): void {
    for (let j = 0; j < v.length; j++) v[j] = reduce(this.field, v[j] ?? 0)
  }

  /** A basis of { x : ⟨row, x⟩ = 0 for all rows }, one vector for each column without a pivot, 1 there and 0 at the other such columns. */
  nullSpace(): readonly Float64Array[] {
    const order = this.pivots.map((column, r) => ({ column, row: this.rows[r] ?? new Float64Array() })).sort((a, b) => b.column - a.column)
    const bound = new Set(this.pivots)
    const free = Array.from({ length: this.width }, (_, j) => j).filter((j) => !bound.has(j))
    return free.map((f) => {
      const x = new Float64Array(this.width)
      x[f] = 1
      for (const { column, row } of order) {
        if (column < f) x[column] = reduce(this.field, this.field.p - this.product(row, x, column + 1, f))
      }
      return x
    })
  }

  private product(row: Float64Array, x: Float64Array, from: number, to: number): number {
    let sum = 0
    let pending = 0
    for (let j = from; j <= to; j++) {
      const y = x[j] ?? 0
      if (y !== 0) {
        sum += (row[j] ?? 0) * y
        pending += 1
        if (pending === LAZY_PRODUCTS) {
          sum = reduce(this.field, sum)
          pending = 1
        }
      }
    }
    return reduce(this.field, sum)
  }
}

import type { Field } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import type { LinearMaps } from './linearMaps.js'
import { type Matrix, identity, matrix, multiply, transpose } from './matrix.js'
import type { Sandwich, Side, Square, SquareFactor } from './square.js'
import type { Vector } from './vector.js'

/** Names a matrix of exact numbers completely. */
const valueKey = <T>(m: Matrix<T>): string => JSON.stringify(m, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))

/**
 * Exact values of the matrices beside vectors, block by block: states are random symmetric ones, and so are powers, the same wherever they are of the
 * same matrix; all else is worked out.
 */
export class SquareValues<T> {
  private readonly known = new Map<string, Matrix<T>>()

  constructor(
    private readonly field: Field<T>,
    private readonly maps: LinearMaps<T>,
    private readonly random: () => T,
    private readonly vector: (x: Vector) => readonly T[],
    private readonly scalar: (e: Expr) => T,
  ) {}

  /** L x R. */
  times({ left, right }: Sandwich, x: readonly T[]): readonly T[] {
    const { field, maps } = this
    return maps.assemble(new Map(maps.blocks.map((block) => {
      const inner = maps.block(block, x)
      const onLeft = left === undefined ? inner : multiply(field, this.value(left, 'rows', block), inner)
      return [block, right === undefined ? onLeft : multiply(field, onLeft, this.value(right, 'columns', block))] as const
    })))
  }

  private value({ terms }: Square, side: Side, block: string): Matrix<T> {
    const { field } = this
    const n = this.maps.block(block, [])[side]
    const parts = terms.map(({ coefficient, factor }) => ({ c: this.scalar(coefficient), m: this.factor(factor, side, block) }))
    return matrix(n, n, (i, j) => parts.reduce((sum, { c, m }) => field.add(sum, field.multiply(c, m.entries[i * n + j] ?? field.zero)), field.zero))
  }

  private factor(f: SquareFactor, side: Side, block: string): Matrix<T> {
    const n = this.maps.block(block, [])[side]
    switch (f.kind) {
      case 'identity':
        return identity(this.field, n)
      case 'state':
        return f.meaning === undefined ? this.symmetric(`${f.name} ${side} ${block}`, n) : this.value(f.meaning, side, block)
      case 'gram': {
        const [x, y] = [f.left, f.right].map((v) => this.maps.block(block, this.vector(v)))
        if (x === undefined || y === undefined) throw new Error('a product of two vectors')
        return side === 'rows' ? multiply(this.field, x, transpose(y)) : multiply(this.field, transpose(x), y)
      }
      case 'power':
        return this.symmetric(`${valueKey(this.value(f.of, side, block))} ${valueKey(matrix(1, 1, () => this.scalar(f.exponent)))}`, n)
      case 'diagonal': {
        const whole = this.value(f.of, side, block)
        return matrix(n, n, (i, j) => (i === j ? (whole.entries[i * n + j] ?? this.field.zero) : this.field.zero))
      }
    }
  }

  /** A random symmetric matrix, the same for the same key. */
  private symmetric(key: string, n: number): Matrix<T> {
    const raw = this.known.get(key) ?? matrix(n, n, this.random)
    this.known.set(key, raw)
    return matrix(n, n, (i, j) => raw.entries[Math.min(i, j) * n + Math.max(i, j)] ?? this.field.zero)
  }
}

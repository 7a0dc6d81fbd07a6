import type { Field } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { type Matrix, identity, matrix, multiply, transpose } from './matrix.js'
import type { MatrixWord, Operator } from './operator.js'
import type { ConstantKind, Size, Space } from './space.js'

interface Layout {
  readonly start: number
  readonly rows: number
  readonly columns: number
}

/**
 * Small sizes for the symbols of a space: 2 where an arbitrary constant, a vector or a factor of a polynomial field has the size (1 would be
 * trivial, and all products would commute), else 1.
 */
function smallSizes(space: Space): (size: Size) => number {
  const vectors = Object.values(space.blocks).filter((shape) => shape.length === 1)
  const products = Object.values(space.fields).flatMap((blocks) => Object.values(blocks).flat()).map((t) => t.factors.flatMap((f) => space.blocks[f.name] ?? []))
  const notable = new Set([...Object.values(space.constants).flatMap((c) => c.shape), ...vectors.flat(), ...products.flat()])
  return (size) => (typeof size === 'number' ? Math.min(size, 2) : notable.has(size) ? 2 : 1)
}

/** What belongs to no block of the space, as a block. */
const OUTSIDE = ''

/** Random values for a constant matrix of its kind. */
function randomConstant<T>(field: Field<T>, kind: ConstantKind, rows: number, columns: number, random: () => T): Matrix<T> {
  const raw = matrix(rows, columns, () => random())
  const mirrored = (i: number, j: number): T => raw.entries[Math.min(i, j) * columns + Math.max(i, j)] ?? field.zero
  switch (kind) {
    case 'general':
      return raw
    case 'symmetric':
      return matrix(rows, columns, mirrored)
    case 'antisymmetric':
      return matrix(rows, columns, (i, j) => (i === j ? field.zero : i < j ? mirrored(i, j) : field.negate(mirrored(i, j))))
    case 'diagonal':
      return matrix(rows, columns, (i, j) => (i === j ? mirrored(i, j) : field.zero))
  }
}

/**
 * Coordinates for a space: each block gets a range of coordinates (small sizes stand for symbolic ones), each constant a random
 * matrix of its kind; one coordinate more belongs to no block, unless the blocks are all there is.
 */
export class LinearMaps<T> {
  dimension = 0
  private readonly layouts = new Map<string, Layout>()
  private readonly constants = new Map<string, Matrix<T>>()

  constructor(
    private readonly field: Field<T>,
    space: Space,
    random: () => T,
  ) {
    const small = smallSizes(space)
    for (const [name, shape] of Object.entries(space.blocks)) {
      const [rows = 1, ...others] = shape
      this.place(name, small(rows), others.reduce((n: number, s) => n * small(s), 1))
    }
    if (space.covered !== true) this.place(OUTSIDE, 1, 1)
    for (const [name, { shape, kind }] of Object.entries(space.constants)) {
      const [rows = 1, columns = 1] = shape
      this.constants.set(name, randomConstant(field, kind, small(rows), small(columns), random))
    }
  }

  private place(name: string, rows: number, columns: number): void {
    this.layouts.set(name, { start: this.dimension, rows, columns })
    this.dimension += rows * columns
  }

  private layout(block: string): Layout {
    const known = this.layouts.get(block)
    if (known === undefined) throw new Error(`no coordinates for block ${block}`)
    return known
  }

  /** All blocks, what is outside of those of the space among them. */
  get blocks(): readonly string[] {
    return [...this.layouts.keys()]
  }

  /** The block of a vector as a matrix. */
  block(name: string, x: readonly T[]): Matrix<T> {
    const { start, rows, columns } = this.layout(name)
    return { rows, columns, entries: x.slice(start, start + rows * columns) }
  }

  /** A vector with the given blocks and zero elsewhere. */
  assemble(blocks: ReadonlyMap<string, Matrix<T>>): readonly T[] {
    const out = Array.from({ length: this.dimension }, () => this.field.zero)
    for (const [name, m] of blocks) {
      const { start } = this.layout(name)
      for (const [k, value] of m.entries.entries()) out[start + k] = this.field.add(out[start + k] ?? this.field.zero, value)
    }
    return out
  }

  /** A constant of the space as a matrix. */
  constant(name: string): Matrix<T> | undefined {
    return this.constants.get(name)
  }

  /** A product of constants; without any the identity of the given size. */
  private word(word: MatrixWord, size: number): Matrix<T> {
    const factors = word.map(({ name, transposed }) => {
      const m = this.constants.get(name)
      if (m === undefined) throw new Error(`no value for the constant ${name}`)
      return transposed ? transpose(m) : m
    })
    const [first = identity(this.field, size), ...rest] = factors
    return rest.reduce((product, m) => multiply(this.field, product, m), first)
  }

  /** Operator times vector in coordinates; `scalar` gives the numbers of the operator's coefficients. */
  apply(operator: Operator, x: readonly T[], scalar: (e: Expr) => T): readonly T[] {
    if (operator.kind === 'projector') return this.assemble(new Map(operator.members.map((m) => [m, this.block(m, x)])))
    const { field } = this
    const pieces = operator.terms.map((t): readonly T[] => {
      const scale = scalar(t.coefficient)
      const piece = operator.adjoint ? this.adjointPiece(t.from, t.to, t.left, t.right, t.transposed, x) : this.piece(t.from, t.to, t.left, t.right, t.transposed, x)
      return piece.map((value) => field.multiply(scale, value))
    })
    return pieces.reduce((sum, piece) => sum.map((s, i) => field.add(s, piece[i] ?? field.zero)), x.map(() => field.zero))
  }

  private piece(from: string, to: string, left: MatrixWord, right: MatrixWord, transposed: boolean, x: readonly T[]): readonly T[] {
    const given = this.block(from, x)
    const source = transposed ? transpose(given) : given
    const { rows, columns } = this.layout(to)
    const product = multiply(this.field, multiply(this.field, this.word(left, rows), source), this.word(right, columns))
    return this.assemble(new Map([[to, product]]))
  }

  /** ⟨y, L X R⟩ = ⟨Lᵀ y Rᵀ, X⟩, transposed once more where the piece transposes. */
  private adjointPiece(from: string, to: string, left: MatrixWord, right: MatrixWord, transposed: boolean, y: readonly T[]): readonly T[] {
    const given = this.block(to, y)
    const { rows, columns } = this.layout(to)
    const back = multiply(this.field, multiply(this.field, transpose(this.word(left, rows)), given), transpose(this.word(right, columns)))
    return this.assemble(new Map([[from, transposed ? transpose(back) : back]]))
  }
}

import type { Expr } from '../algebra/expr.js'

/** A size: a number or a symbol such as `d`. */
export type Size = string | number

/** How a constant matrix of a generator is constrained. */
export type ConstantKind = 'general' | 'symmetric' | 'antisymmetric' | 'diagonal'

export interface Constant {
  readonly shape: readonly Size[]
  readonly kind: ConstantKind
  /** Whether it is one matrix, such as a column of ones, and not any of its kind: then there is no law for each of its entries. */
  readonly fixed?: boolean
}

/** The names of the constants that are arbitrary. */
export const arbitraryIn = (constants: Readonly<Record<string, Constant>>): readonly string[] => Object.keys(constants).filter((name) => constants[name]?.fixed !== true)

/**
 * A field given by polynomials: for each block, a sum of coefficient times a product of blocks and constants, transposed where
 * marked (the components of a polynomial generator).
 */
export interface MatrixTerm {
  readonly coefficient: Expr
  readonly factors: readonly { readonly name: string; readonly transposed: boolean }[]
}
export type BlockPolynomials = Readonly<Record<string, readonly MatrixTerm[]>>

/**
 * What is known of a metric G(θ) that random instances have to respect.
 * - `symmetric`: nothing but symmetry; a function of θ unless its field has degree 0.
 * - `diagonal`: ⟨x, G y⟩ = Σ Gᵢ xᵢ yᵢ with constants Gᵢ.
 * - `commuting`: constant, and it commutes with the linear part of the generator.
 */
export type MetricKind = 'symmetric' | 'diagonal' | 'commuting'

/** What the symbols of a problem denote: parameter blocks, arbitrary constant matrices, polynomial fields and metrics. */
export interface Space {
  readonly blocks: Readonly<Record<string, readonly Size[]>>
  readonly constants: Readonly<Record<string, Constant>>
  readonly fields: Readonly<Record<string, BlockPolynomials>>
  readonly metrics?: Readonly<Record<string, MetricKind>>
  /** Whether the blocks are all parameters there are; else random instances have a coordinate outside of them. */
  readonly covered?: boolean
}

/** A name for a free direction that no block or constant has. */
export const freeDirection = ({ blocks, constants }: Space): string =>
  ['x', 'y', 'z', 'w', 'r', 'p'].find((name) => !Object.hasOwn(blocks, name) && !Object.hasOwn(constants, name)) ?? 'x_free'

import type { Expr } from '../algebra/expr.js'

/** A size: a number or a symbol such as `d`. */
export type Size = string | number

/** How a constant matrix of a generator is constrained. */
export type ConstantKind = 'general' | 'symmetric' | 'antisymmetric' | 'diagonal'

export interface Constant {
  readonly shape: readonly Size[]
  readonly kind: ConstantKind
}

/**
 * A field given by polynomials: for each block, a sum of coefficient times a product of blocks and constants, transposed where
 * marked (the components of a polynomial generator).
 */
export interface MatrixTerm {
  readonly coefficient: Expr
  readonly factors: readonly { readonly name: string; readonly transposed: boolean }[]
}
export type BlockPolynomials = Readonly<Record<string, readonly MatrixTerm[]>>

/** What the symbols of a problem denote: parameter blocks, arbitrary constant matrices and polynomial fields. */
export interface Space {
  readonly blocks: Readonly<Record<string, readonly Size[]>>
  readonly constants: Readonly<Record<string, Constant>>
  readonly fields: Readonly<Record<string, BlockPolynomials>>
}

export const EMPTY_SPACE: Space = { blocks: {}, constants: {}, fields: {} }

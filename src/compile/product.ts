import type { Node } from './ir.js'

/** A memory position: the node's value plus a number. */
export interface Position {
  readonly base: Node
  readonly offset: number
}

/**
 * out[r, c] = Σ_k left[r, k]·right[k, c], with `adds` on top of what stands there. Columns are neighbours in memory in `right` and `out`;
 * everything else has a stride. The result overlaps neither factor.
 */
export interface Product {
  readonly kind: 'product'
  readonly rows: number
  readonly depth: number
  readonly columns: number
  readonly out: Position
  readonly outRow: number
  readonly left: Position
  readonly leftRow: number
  readonly leftDepth: number
  readonly right: Position
  readonly rightDepth: number
  readonly adds: boolean
}

import type { Graph } from '../graph.js'
import { type Local, type Node, type Routine, type Statement, loop, set } from '../ir.js'

/** Numbers that generated code reads, and where they must stand, relative to the frame. */
export interface Data {
  readonly name: string
  readonly offset: number
  readonly values: ArrayLike<number>
}

/** Row and column of an entry of a matrix. */
export type Entry = readonly [row: number, column: number]

/** Code that solves (shift·I − J) x = b. */
export interface LinearSolver {
  /** Entries of J in the order in which `factor` finds them in memory; it has no others. */
  readonly entries: readonly Entry[]
  readonly routines: readonly Routine[]
  readonly data: readonly Data[]
  /** Factors the matrix for the entries from an offset of the frame on. */
  factor(jacobian: number, shift: Node): readonly Statement[]
  /** Whether rounding errors have grown too much while the matrix was factored; undefined where pivoting keeps them small. */
  readonly grown: Node | undefined
  /** Puts x in place of b, at an offset of the frame. */
  solve(vector: number): Statement
}

/** Counts `i` from `from` up to, not including, `to`. */
export const counting = (g: Graph, i: Local, from: Node, to: Node, body: readonly Statement[]): readonly Statement[] => [
  set([i, from]),
  loop(g.apply('ilt', g.read(i), to), [...body, set([i, g.plus(g.read(i), 1)])]),
]

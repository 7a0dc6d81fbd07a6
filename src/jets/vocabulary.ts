import type { Expr } from '../algebra/expr.js'
import type { Field } from './field.js'
import type { Operator } from './operator.js'
import type { Square } from './square.js'
import type { Vector } from './vector.js'

/** What the vector names of a problem mean. */
export interface Vocabulary {
  /** States and other vectors beside theta and g. */
  readonly vectors: Readonly<Record<string, Vector>>
  /** Blocks and sets: `theta_name`, `g_name`, `P_name(x)`. */
  readonly sets: Readonly<Record<string, readonly string[]>>
  readonly operators: Readonly<Record<string, Operator>>
  /** Potentials and metrics: `h`, `Dh`, `D2h(x)`, `G(x)`, `DG(u, x)`, `DGt(x, y)`. */
  readonly fields?: Readonly<Record<string, Field>>
  /** Names of scalars that are more than symbols. */
  readonly scalars?: Readonly<Record<string, Expr>>
  /** Points beside θ by name: `g_phi`, `H_phi(x)` are derivatives of the loss at the point phi. */
  readonly points?: Readonly<Record<string, Vector>>
  /** Names the points beside θ at which the gradient is read, where it may be: `g(theta + rho*v)`. */
  readonly nameOfPoint?: (point: Vector) => string
  /** Matrices for every block by name, where products with matrices may be written: `L*g`, `I`. */
  readonly squares?: Readonly<Record<string, Square>>
  /** States of which it is not known yet whether they are matrices. */
  readonly unknown?: readonly string[]
  /** Numbers that are known to be ones, so that they may be added to every component. */
  readonly numbers?: readonly string[]
}

export const NO_NAMES: Vocabulary = { vectors: {}, sets: {}, operators: {} }

/** What a name means in a record, if it is one of its own. */
export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(record, name) ? record[name] : undefined)

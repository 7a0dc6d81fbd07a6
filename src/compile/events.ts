import type { Expr } from '../algebra/expr.js'

/** Where a function of time and states vanishes. */
export interface EventSpecification {
  readonly name: string
  readonly zero: Expr
  /** Sign change that counts, as the integration goes: from negative to positive is `rising`. */
  readonly direction: 'rising' | 'falling' | 'any'
  /** Whether the integration ends there. */
  readonly terminal: boolean
}

import type { Expr } from '../algebra/expr.js'
import type { Sandwich, Side, Square } from '../jets/square.js'

/**
 * A learning rule as an elementwise program, in the order of execution. In every `value` the symbols `theta`, `g` and the
 * states stand for the components of those vectors, `P_name` for the 0/1 indicator of a parameter set, the noises for their components, `k` for the step
 * number from 0, names made by earlier `reduce` steps for numbers, those made by `derivative`, `polar` and `metric` steps for components, and everything else for hyperparameters.
 * A name already assigned means its new value.
 */
export interface RuleProgram {
  readonly states: readonly { readonly name: string; readonly initial: number | 'theta' }[]
  /** Symmetric matrices of every block, [rows, rows] or [columns, columns], that begin at a multiple of the identity. */
  readonly matrices?: readonly { readonly name: string; readonly side: Side; readonly initial: number }[]
  readonly steps: readonly RuleStep[]
  /** Vectors that are drawn anew before every step, independent standard normal numbers. */
  readonly noises?: readonly string[]
}

export type RuleStep =
  /** theta or a state takes a new value, component by component. */
  | { readonly kind: 'assign'; readonly name: string; readonly value: Expr }
  /** A vector takes the solution of slope = value, component by component; \`slope\` is an increasing function of \`theta\`. */
  | { readonly kind: 'solve'; readonly name: string; readonly slope: Expr; readonly curvature: Expr; readonly value: Expr }
  /** A vector x takes the solution of x = value, which `steps` work out for an x: the new θ of a step that is an equation. */
  | { readonly kind: 'equation'; readonly name: string; readonly steps: readonly RuleStep[]; readonly value: Expr }
  /**
   * A vector: the derivative of the batch's loss at the point, with `along` in all its slots but one. None is the gradient, one the Hessian times a
   * vector.
   */
  | { readonly kind: 'derivative'; readonly name: string; readonly point: Expr; readonly along: readonly Expr[] }
  /** A vector: the polar factor of the point block by block, or its derivative along a vector. */
  | { readonly kind: 'polar'; readonly name: string; readonly point: Expr; readonly along: readonly Expr[] }
  /** A vector: the inverse of the metric at theta, or of that at the start of the run, times `value`. */
  | { readonly kind: 'metric'; readonly name: string; readonly constant: boolean; readonly value: Expr }
  /** A vector: L x R block by block, with matrices before the step, or after it (`L_next`) where a `matrix` step has worked them out. */
  | { readonly kind: 'product'; readonly name: string; readonly beside: Sandwich<Expr>; readonly value: Expr }
  /** What a matrix is after the step. */
  | { readonly kind: 'matrix'; readonly name: string; readonly value: Square<Expr> }
  /** A number: the sum of `value` over all components of all parameters (e.g. `g^2` for |g|²). */
  | { readonly kind: 'reduce'; readonly name: string; readonly value: Expr }

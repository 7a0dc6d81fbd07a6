import type { Node, Place, Routine, Local, Statement } from '../ir.js'
import type { Data } from './linearSolver.js'
import type { Index } from './vectors.js'

/** What distinguishes one integration method from another; everything else is the driver's. */
export interface Method {
  /** The error of an attempt behaves like h^errorOrder; undefined for a method that needs no error control. */
  readonly errorOrder: number | undefined
  /** Whether it chooses its steps. */
  readonly adaptive: boolean
  /** Routines besides `integrate` and the right-hand side. */
  readonly routines: readonly Routine[]
  /** Numbers that its code reads, if any. */
  readonly data?: readonly Data[]
  /** At a new start or behind a knot: what the first step needs; leaves a sum of |dy/dt| in `V.error`. */
  start(): readonly Statement[]
  /** Before the size of a step is fixed; a method without `errorOrder` may set `V.proposed`. */
  prepareStep(): readonly Statement[]
  /** Puts a first step size into `V.proposed` (adaptive methods, after `start`). */
  firstStep(): readonly Statement[]
  /** Computes `next` from `y` with step `V.h`, and the error norm in `V.error` (NaN where not finite). */
  attempt(): readonly Statement[]
  /** After acceptance, before output: what output or the next step needs at the step's end. */
  finishStep(): readonly Statement[]
  /** Estimated local error of a component, for the books. */
  localError(i: Index): Node | undefined
  /** Once for a step with output. */
  prepareOutput(): readonly Statement[]
  /** Once for an output time, `V.theta` being set. */
  outputWeights(): readonly (readonly [Place | Local, Node])[]
  /** The interpolated component at `V.theta`. */
  interpolated(i: Index): Node
  /** The component in the middle of the step, before `prepareOutput` and less accurate than after it; undefined where that does nothing. */
  middle?(i: Index): Node | undefined
  /** Coefficients c with y + h θ Σ_j c_j (θ − ½)^j for the interpolated component; undefined where `interpolated` is as short. */
  powers?(i: Index): readonly Node[]
  /** Assignments, beyond y := next, that make the step's end the start of the next. */
  advance(i: Index): readonly (readonly [Place, Node])[]
}

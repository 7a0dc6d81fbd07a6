import type { Expr } from '../algebra/expr.js'
import type { ZeroTest } from '../algebra/zero.js'
import type { Vocabulary } from '../jets/read.js'
import type { Side, Square } from '../jets/square.js'
import { type Vector, variable } from '../jets/vector.js'
import type { Mechanics } from '../mechanics/mechanics.js'

/** Either the result or one sentence that says which condition fails. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }

/** What a problem says of a rule: a name with hyperparameters, or states and update equations. */
export interface RuleStatement {
  readonly name?: string | undefined
  readonly state?: Readonly<Record<string, string>> | undefined
  readonly update?: Readonly<Record<string, string>> | undefined
  readonly [hyperparameter: string]: unknown
}

/** One update: `name` takes the value, in which `x_next` is the new value of an already updated x. */
export interface Update {
  readonly name: string
  readonly value: Vector
}

/**
 * A rule that is linear in dual variables: ∇h(θ') = update, with a potential Σ h(θᵢ). Where ∇h has no closed inverse, the update of theta is
 * the variable `theta_next` that this equation determines.
 */
export interface DualVariables {
  /** h, h' and h'' as functions of one component `theta`. */
  readonly potential: Expr
  readonly slope: Expr
  readonly curvature: Expr
  /** ∇h(θ). */
  readonly gradient: Vector
  /** ∇h(θ'), in quantities before the step. */
  readonly update: Vector
}

/** A motion in steps of length eta from rest at the time t_0, for a run. */
export interface Stepped {
  readonly states: Rule['states']
  /** In the step number k and the symbols `eta` and `t_0`. */
  readonly updates: readonly Update[]
  /** θ̇ at the time t by θ and the states there. */
  readonly velocity: Vector
}

/** A motion stated by its Lagrangian. */
export interface Action {
  /** Undefined for a potential that is known by its jets only. */
  readonly stepped: Stepped | undefined
  readonly mechanics: Mechanics
  /** The Euler–Lagrange equation, with ∇f itself in it. */
  readonly equation: Vector
  /** The point y = θ + e^{−α}θ̇ at which the potential is taken. */
  readonly shifted: Vector
  /** The Euler–Lagrange expression against its closed form: vanishes. */
  readonly defect: Vector
  /** What ideal scaling asks for, with the expression that has to vanish or to be at most zero. */
  readonly conditions: readonly { readonly expression: Expr; readonly relation: '=' | '<='; readonly why: string }[]
}

/** A symmetric matrix for every block that a rule keeps. */
export interface MatrixState {
  readonly name: string
  /** [rows, rows] or [columns, columns] of each block. */
  readonly side: Side
  /** The multiple of the identity that it begins at. */
  readonly initial: number
  readonly update: Square
  /** How many updates of vectors come before its own. */
  readonly after: number
}

/** A learning rule: a discrete map of θ and its states driven by the gradient. */
export interface Rule {
  readonly name: string
  readonly summary: string
  readonly source: string
  /** Components begin at a number, or at those of θ: a copy of the parameters such as an average. */
  readonly states: readonly { readonly name: string; readonly initial: number | 'theta' }[]
  readonly updates: readonly Update[]
  readonly matrices: readonly MatrixState[]
  /** Whether the update of θ, the first then, holds the new θ in points at which it reads the gradient: a step is the solution of an equation. */
  readonly implicit: boolean
  /** Names in the updates of noise that is injected: at every step independent standard normal vectors, each of the shape of θ. */
  readonly noises: readonly string[]
  /** Scalar symbols of the update equations, the step number k excluded. */
  readonly hyperparameters: readonly string[]
  readonly continuous: boolean
  /** Whether an update depends on the step number k by itself. */
  readonly schedule: boolean
  /** Hyperparameters that vary with the step number k, each with its value; in the updates they are symbols that mean the value at the step. */
  readonly schedules: ReadonlyMap<string, Expr>
  /** Values that the statement gives for symbols which stay in the updates: numbers and schedules, for a run. */
  readonly given: ReadonlyMap<string, Expr>
  /** What the rule is in the dual variables of mirror descent, where it has some that are not θ itself. */
  readonly dual: DualVariables | undefined
  /** How it is known that the updates are those of the dual variables, where these were found in them. */
  readonly disguise: readonly ZeroTest[] | undefined
  /** The Lagrangian of a motion that is stated by it; then there are no updates. */
  readonly action: Action | undefined
  readonly names: Vocabulary
  /** All blocks, where a hyperparameter with values by block has one for each: then there are no parameters outside of them. */
  readonly covered: readonly string[]
}

/** The name of a variable's value after its update. */
export const nextName = (name: string): string => `${name}_next`

/** The new θ that the equation ∇h(θ') = … determines, where it has no closed form. */
export const NEXT_THETA = variable(nextName('theta'))

/** Whether the new θ is known only as the solution of its dual equation. */
export const isImplicit = ({ dual, updates }: Pick<Rule, 'dual' | 'updates'>): boolean => dual !== undefined && updates.some((u) => u.value.terms.some((t) => t.atom === NEXT_THETA.terms[0]?.atom))

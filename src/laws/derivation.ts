/** A formula as expression text (reads back to the same expression, equations with one `=`) and as LaTeX (math mode, no delimiters). */
export interface Statement {
  readonly text: string
  readonly latex: string
}

/** How a step was checked. A derivation with an unpassed check is never presented as a result. */
export interface Check {
  readonly passed: boolean
  /** e.g. `exact rational instances`, `Euler–Lagrange`, `substitution`. */
  readonly method: string
  /** Number of random instances, where there are any. */
  readonly instances?: number
  readonly detail?: string
}

export interface Step {
  /** Which part of the derivation it belongs to, e.g. `Symmetry`, `From the rule to a flow`, `Noether`. */
  readonly section: string
  readonly before: Statement
  readonly after: Statement
  /** One sentence for a reader: the theorem or manipulation that takes before to after. Plain text. */
  readonly why: string
  /** Paper and equation, e.g. `[NM] eq. (18)`. */
  readonly source?: string
  readonly verified: Check
}

/** A named quantity that moves a charge, e.g. `gradient: norm2(g_w)`. */
export interface Drive extends Statement {
  readonly name: string
}

/** One equation of the closed linear system of contractions: contraction at step k+1 in terms of step k. */
export interface Recursion {
  readonly contraction: Statement
  readonly next: Statement
}

export interface DiscreteLaw {
  readonly charge: Statement
  /** The charge after one step, in quantities before the step. Exact at every step, for any loss with the symmetry. */
  readonly recursion: Statement
  readonly drives: readonly Drive[]
  /** The smallest linear system the charge closes on, charge first. */
  readonly closure: readonly Recursion[]
  /** Vectors that `closure` and `drives` name beyond theta, g and the states, e.g. `v_next`. */
  readonly definitions: readonly { readonly name: string; readonly latex?: string; readonly meaning: Statement }[]
}

/** One mechanism's exact contribution to the change of a charge in one step, in quantities before the step. */
export interface BudgetEntry {
  /** e.g. `weight decay`, `finite step`, `momentum`, `metric`, `clipping`, `bias correction`. */
  readonly mechanism: string
  readonly statement: Statement
}

export interface FlowLaw {
  /** Highest power of eta kept. */
  readonly order: number
  /** `modified vector field` (first order in time) or `modified flow` (keeps higher time derivatives). */
  readonly model: string
  readonly charge: Statement
  /** With `q` (or `letter`) for the charge and `diff(q,t)`, `diff(q,t,2)` for its rates. */
  readonly equation: Statement
}

export interface SolutionCase extends Statement {
  /** e.g. `underdamped`, with its condition. */
  readonly name: string
  readonly condition: Statement
  /** The same with abbreviations (`gamma`, `omega`), where there are any; `where` says what they stand for, one equation each. */
  readonly abbreviated?: Statement
  readonly where?: readonly Statement[]
  readonly verified: Check
}

/** The exact discrete law solved: the charge at a step from the values at step 0. Under sums and products what is measured is that of the step of the index. */
export interface DiscreteSolutionStatement extends Statement {
  /** The name of the step in the texts: `k` where nothing else has it. */
  readonly step: string
  /** What the initial values are the values of: `q_0` of the charge, `q2_0`, … of the contractions that the law closes on. */
  readonly initial: readonly (Statement & { readonly name: string })[]
  /** `factors`: what the modes are multiplied with in a step, in size: the rate of approach to the steady state. */
  readonly cases: readonly (SolutionCase & { readonly factors: readonly Statement[]; readonly undisturbed?: Statement })[]
  /** Where drives that stay as they are hold the charge. */
  readonly steadyState?: Statement
}

/** What follows from the laws beyond their solution, e.g. an equilibrium norm or the rotation per step. */
export interface Implication extends Statement {
  readonly name: string
  /** What names stand for that the laws do not have, a clause each. */
  readonly meanings?: readonly string[]
  readonly why: string
  readonly verified: Check
}

/** The laws with an arbitrary constant M stripped: statements between matrices that hold entry by entry. */
export interface MatrixLaw {
  readonly constant: string
  readonly kind: 'general' | 'symmetric' | 'antisymmetric' | 'diagonal'
  /** What the matrix charge is: `trace(C*M)` equals the coordinate-free charge (times a number) for every M of the kind. */
  readonly identity: Statement
  readonly laws: Derivation['laws']
  readonly verified: Check
}

export interface Derivation {
  readonly title: string
  readonly symmetry: {
    readonly name: string
    readonly generator: Statement
    /** What names stand for that the problem does not have, as a clause: `W1_i is the part of W1 that belongs to the neuron i`. */
    readonly notation?: string
    /** What the names of parts of the generator stand for, e.g. `A(theta)`. */
    readonly parts?: readonly { readonly name: Statement; readonly meaning: Statement }[]
    readonly constraints: readonly Statement[]
    /** The transformation block by block, e.g. `W1: exp(alpha*M)*W1`, with the matrix exponential. */
    readonly finite?: Statement
    /** Lie brackets with the symmetries of the problem, itself included where it has constants (the second then `M_2`). */
    readonly commutators?: readonly {
      readonly other: string
      readonly bracket: Statement
      readonly relation: 'zero' | 'multiple' | 'member' | 'new'
      readonly meaning: string
    }[]
  }
  readonly rule: {
    readonly name: string
    /** `name` is a formula with `latex` where the rule says what a function of theta becomes. */
    readonly update: readonly { readonly name: string; readonly latex?: string; readonly value: Statement }[]
    /** The points other than theta at which the rule and its flows read the gradient; `phi_0` is `phi` to leading order in eta. */
    readonly points?: readonly { readonly name: string; readonly meaning: Statement }[]
    /** What functions of matrices in the rule are, as a clause. */
    readonly notation?: string
    readonly hyperparameters: readonly string[]
    /** Hyperparameters that follow a schedule in the step number k. */
    readonly schedules?: readonly { readonly name: string; readonly value: Statement }[]
    /** The flow the rule follows to the stated order, as an equation between vectors. */
    readonly flows: readonly { readonly order: number; readonly model: string; readonly equation: Statement }[]
    /** What names in the flows stand for: states that accumulate, kept beside theta in units in which they move as slowly. */
    readonly kept?: readonly { readonly name: string; readonly meaning: Statement }[]
    /** What has to hold for the flows to follow the rule, as clauses: `a^k has died out`. */
    readonly conditions?: readonly string[]
    /** Models of a flow that the rule does not have, each with the reason. */
    readonly withoutFlow?: readonly { readonly model: string; readonly reason: string }[]
  }
  /** `approximate`: its motion is the flow up to terms beyond the order of the flow; `reason` says how. */
  readonly lagrangian: Statement & { readonly verified: boolean; readonly exists: boolean; readonly reason: string; readonly approximate?: true }
  /** The Lagrangian and Rayleigh function that together give the flow, where friction stands apart from the Lagrangian. */
  readonly rayleigh?: { readonly lagrangian: Statement; readonly dissipation: Statement }
  readonly ksb: Statement & { readonly vanishes: boolean }
  /** Noether's identity: dQ/dt is the sum of the named parts (kinetic, potential, explicit time, dissipation, …). */
  readonly noether?: { readonly charge: Statement; readonly parts: readonly (Statement & { readonly name: string })[] }
  readonly laws: {
    readonly discrete: DiscreteLaw | undefined
    readonly discreteSolution?: DiscreteSolutionStatement
    /** The charge budget: the contributions add up to the charge's change in one step. */
    readonly budget?: readonly BudgetEntry[]
    /**
     * What of these the noise of the step's minibatch makes, with `full` the gradient on all data and g the batch's; none where g does not occur.
     * `earlier`: the states in which the noise of earlier batches stands; it moves the charge by the mechanisms that these states are in.
     */
    readonly noise?: Statement & { readonly earlier?: readonly string[] }
    readonly flow: readonly FlowLaw[]
    /** What equations and solutions call the charge where a block or constant has the name `q`. */
    readonly letter?: string
    /** Why a law is not there, as clauses. */
    readonly missing?: { readonly discrete?: string; readonly discreteSolution?: string; readonly flow?: string; readonly solution?: string; readonly mean?: string }
    /** `note`: which law the solution is of, for which time, and why not of one of higher order. */
    readonly solution: Statement & { readonly note?: string; readonly cases: readonly SolutionCase[]; readonly steadyState?: Statement; readonly implications?: readonly Implication[] }
  }
  /** One for each arbitrary constant. With exactly one, `laws` are its laws, and `coordinateFree` the same for a given constant. */
  readonly matrix?: readonly MatrixLaw[]
  readonly coordinateFree?: Derivation['laws']
  readonly steps: readonly Step[]
}

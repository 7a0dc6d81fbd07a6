import type { Derivation } from '../laws/derivation.js'
import type { NetworkSymmetry } from '../symmetry/instances.js'

/** One rung of the ladder (THEORY §12): a number, the tolerance it is held against and where that tolerance comes from. */
export interface Rung {
  readonly rung: 1 | 2 | 3 | 4 | 5
  readonly name: string
  readonly measured: number
  readonly tolerance: number
  /** Derivation of the tolerance in one sentence, e.g. `unit roundoff 2^-24 × sqrt(1500 steps) × 8`. */
  readonly reason: string
  readonly verdict: 'passed' | 'failed' | 'skipped'
  /** Neuron, step and whatever else a reader needs to find the worst case. */
  readonly detail: string
}

/** Of a law, and of a run: it failed if one of its laws did, and was not compared if none was. */
export type Verdict = 'passed' | 'failed' | 'not compared'

/** That of a run from those of its laws. */
export const verdictOfAll = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes('failed') ? 'failed' : verdicts.includes('passed') ? 'passed' : 'not compared'

/** Per-neuron curves: `measured[n][i]` is the charge of neuron n at `step[i]`, `theory` the compiled solution, `residual` their difference. */
export interface LawCurves {
  readonly step: readonly number[]
  readonly time: readonly number[]
  readonly measured: readonly (readonly number[])[]
  readonly theory: readonly (readonly number[])[]
  /** The step at which the theory begins where that is not the first, as the states of the rule have to settle; before it `theory` is the measurement. */
  readonly begins?: number
  /** Half width of the error bar that the theory predicts for itself, same shape; empty if none. */
  readonly band: readonly (readonly number[])[]
  /** Relative residual of the exact discrete law accumulated to each step, same shape. */
  readonly discreteResidual: readonly (readonly number[])[]
  /** Number of runs where `measured` is their mean, as under injected noise; the band is then what their number leaves open. */
  readonly runs?: number
}

/** The charge budget along a run: the exact contributions of the rule's mechanisms, summed. */
export interface BudgetCurves {
  readonly step: readonly number[]
  /** `cumulative[n][i]`: what the mechanism has added to the charge of neuron n before `step[i]`. */
  readonly mechanisms: readonly { readonly mechanism: string; readonly cumulative: readonly (readonly number[])[] }[]
  /** Largest |Q_K − Q_0 − Σ| over all steps and neurons, relative to the size of the charge. */
  readonly closure: number
  /** Rounding allowed for it: unit roundoff × 4 sqrt(steps × mechanisms), as their errors are independent. */
  readonly tolerance: number
}

/** The budget of single steps with the gradient on all samples, and the noise of the minibatch as one more mechanism. */
export interface NoiseSplit {
  /** The steps that were taken with both gradients. */
  readonly step: readonly number[]
  /** `change[n][i]`: what the mechanism does to the charge of neuron n in step `step[i]` with the full gradient. */
  readonly mechanisms: readonly { readonly mechanism: string; readonly change: readonly (readonly number[])[] }[]
  /** What the batch's gradient does to it beyond that, same shape. */
  readonly noise: readonly (readonly number[])[]
  /** Largest |q' − q − Σ − noise| relative to the size of the charge, and the rounding allowed for it. */
  readonly closure: number
  readonly tolerance: number
  /** Shares in one clause. */
  readonly summary: string
}

/** Errors of a continuous model against runs at successively halved learning rates over the same physical time. */
export interface OrderFit {
  readonly model: string
  readonly eta: readonly number[]
  /** Relative to the charge, the median over the neurons; the largest where that is rounding. */
  readonly error: readonly number[]
  readonly observed: number
  readonly derived: number
  /** The power of the length of a step that eta is, where it is not the length itself: 2 for a flow in the time k·√η. */
  readonly perStep?: 2
  /** The power of eta that the flow is a series in, where it is not eta itself: 2 for a sum of squares that is kept in units of 1/eta². */
  readonly unit?: number
}

/** The error of a continuous model relative to the charge, largest over the members; 0 if it is rounding. */
export interface ModelError {
  readonly model: string
  readonly error: number
}

/** What the continuous models are worth at the run's own learning rate. */
export interface ModelsAtRate {
  readonly eta: number
  /** Physical time after which the errors are taken. */
  readonly time: number
  readonly models: readonly ModelError[]
  /** Whether every model is closer than the modified vector field of one order less. */
  readonly improves: boolean
  /** Learning rate from which the derived orders were seen; none if they were not. */
  readonly asymptoticFrom?: number
  /** All of it as a clause. */
  readonly summary: string
}

export interface LawVerdict {
  readonly symmetry: NetworkSymmetry
  readonly derivation: Derivation
  readonly rungs: readonly Rung[]
  readonly curves: LawCurves
  readonly orders: readonly OrderFit[]
  readonly atRate?: ModelsAtRate
  /** For a charge that is a function of θ, where a run records all of its budget. */
  readonly budget?: BudgetCurves
  /** For minibatch runs with a budget. */
  readonly noise?: NoiseSplit
  readonly verdict: Verdict
  /** One sentence: passed, which rung failed and by how much, or that nothing of the run was held against the law. */
  readonly summary: string
}

/** What a rung is called in a sentence: by its number, and by its name where an ensemble has several of one number. */
export const nameOfRung = ({ rung, name }: Rung, among: readonly Rung[]): string => `rung ${rung}${among.filter((other) => other.rung === rung).length > 1 ? ` (${name})` : ''}`

/** What a law is called: its symmetry in the network, and the kind of its constant where it holds for one kind only. */
export const nameOfLaw = ({ symmetry, derivation }: Pick<LawVerdict, 'symmetry' | 'derivation'>): string => `${symmetry.name}${kindOfConstant(derivation)}`

/** ` (antisymmetric M)` behind the name of a symmetry; nothing for others. */
export const kindOfConstant = ({ symmetry }: Derivation): string => / \([^()]*\)$/.exec(symmetry.name)?.[0] ?? ''

/** How a symmetry is broken as a function of what breaks it, e.g. of a normalization's epsilon. */
export interface BreakingSweep {
  readonly symmetry: string
  readonly by: string
  readonly value: readonly number[]
  /** max over neurons of |⟨g, ξ⟩| / (|g||ξ|). */
  readonly violation: readonly number[]
}

export interface TrainingRecord {
  readonly backend: string
  readonly steps: number
  readonly batchSize: number
  readonly seconds: number
  readonly hyperparameters: Readonly<Record<string, number>>
  readonly seed: number
  readonly data: { readonly name: string; readonly source: string; readonly train: number; readonly test: number }
  /** At the recorded steps. */
  readonly loss: { readonly step: readonly number[]; readonly value: readonly number[] }
  /** NaN where the targets are numbers, or there are no test samples. */
  readonly testAccuracy: number
  /** NaN without test samples, and in results from before it was kept. */
  readonly testLoss: number
  readonly network: readonly string[]
  readonly parameters: number
  /** True if the run was stopped before its last step. */
  readonly partial: boolean
}

/** Whether a run holds a law's charge against an exact law or a solution; the curves of others are there to be looked at. */
export const isCompared = ({ rungs }: LawVerdict): boolean => rungs.some(({ rung, verdict }) => (rung === 3 || rung === 5) && verdict !== 'skipped')

/** How well the network answers the test samples, with its unit: the accuracy where they have classes, else the loss; none if there are none. */
export const testScores = ({ testAccuracy, testLoss }: TrainingRecord): readonly { readonly name: string; readonly value: number; readonly unit: string }[] =>
  [{ name: 'test accuracy', value: 100 * testAccuracy, unit: ' %' }, { name: 'test loss', value: testLoss, unit: '' }].filter(({ value }) => !Number.isNaN(value)).slice(0, 1)

/** Everything a report is made from: `result.json`. */
export interface RunResult {
  readonly format: 'noether-result-1'
  readonly title: string
  readonly version: string
  readonly date: string
  readonly training: TrainingRecord
  readonly laws: readonly LawVerdict[]
  readonly breaking: readonly BreakingSweep[]
  readonly verdict: Verdict
}

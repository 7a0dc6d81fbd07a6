/**
 * The library. Each layer is also a module of its own: `noether/problem`, `noether/network`, `noether/discovery`, …
 * Layers that train networks or write reports are imported from there, so that this module stays light.
 */
export { InputError, type Place } from './errors.js'
export type { Check, Derivation, DiscreteLaw, Drive, FlowLaw, Recursion, SolutionCase, Statement, Step } from './laws/derivation.js'
export { type ProblemLaw, deriveProblem } from './problem/derive.js'
export * from './problem/index.js'
export type { NetworkSymmetry, SliceFamily } from './symmetry/instances.js'
export type { BreakingSweep, LawCurves, LawVerdict, OrderFit, Rung, RunResult, TrainingRecord } from './validation/result.js'

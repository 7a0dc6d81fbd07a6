export type { BreakingSweep, LawCurves, LawVerdict, OrderFit, Rung, RunResult, TrainingRecord } from './result.js'
export { type RunOptions, runProblem } from './run.js'

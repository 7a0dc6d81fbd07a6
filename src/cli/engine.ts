import type { Derivation } from '../laws/derivation.js'
import type { Problem } from '../problem/index.js'
import type { Book, ReportOptions, Written } from '../report/index.js'
import type { Progress } from '../training/progress.js'
import type { RunResult } from '../validation/result.js'

export interface RunOptions {
  /** Folder that the recording and the report go to. */
  readonly out: string
  /** Version of the program, for the record. */
  readonly version: string
  /** When aborted, training stops after the step it is in and what was recorded is validated. */
  readonly signal: AbortSignal
  readonly onBackend: (name: string) => void
  /** @param phase e.g. `training`, `order of accuracy, eta/2` */
  readonly onProgress: (phase: string, progress: Progress) => void
}

/**
 * What the commands ask of the layers below. Every function loads its layer when it is called, so that
 * `noether derive` never waits for TensorFlow.js; a command whose function is missing is not offered.
 */
export interface Engine {
  /** One derivation for each symmetry of the problem. */
  readonly derive?: (problem: Problem) => Promise<readonly Derivation[]>
  readonly run?: (problem: Problem, options: RunOptions) => Promise<RunResult>
  /** Writes `result.json`, LaTeX and HTML (and PDF) of a result into a folder. */
  readonly writeReport?: (result: RunResult, folder: string, options: ReportOptions) => Promise<Written>
  /** Writes the catalogue as one book. */
  readonly writeBook?: (book: Book, folder: string) => Promise<Written>
  /** Writes the reports again of the run, book or discovery that a folder holds. */
  readonly rewriteReport?: (folder: string, options: ReportOptions) => Promise<Written>
}

export const engine: Engine = {
  derive: async (problem) => (await import('../problem/derive.js')).deriveProblem(problem).map(({ derivation }) => derivation),
  run: async (problem, options) => (await import('../validation/index.js')).runProblem(problem, options),
  writeReport: async (...args) => (await import('../report/index.js')).writeReport(...args),
  writeBook: async (...args) => (await import('../report/index.js')).writeBook(...args),
  rewriteReport: async (...args) => (await import('../report/index.js')).rewriteReport(...args),
}

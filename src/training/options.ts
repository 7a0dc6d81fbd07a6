import type { Network } from '../network/network.js'
import type { RuleProgram } from '../rules/program.js'
import type { SliceFamily } from '../symmetry/instances.js'
import type { DataSet } from './data/dataset.js'
import type { Measure } from './measure.js'
import type { Hyperparameters } from './program.js'
import type { Progress } from './progress.js'
import type { Existing, Write } from './store.js'

/** What to train, how, and what to record. */
export interface TrainOptions {
  readonly network: Network
  readonly data: DataSet
  readonly rule: RuleProgram
  readonly hyperparameters: Hyperparameters
  readonly steps: number
  /** Samples a step; `full` takes all training samples, in their order, at every step. */
  readonly batchSize: number | 'full'
  /** Of the order of the samples; the initial parameters have the network's own seed. */
  readonly seed?: number
  readonly measures?: readonly Measure[]
  /** Parameter sets that the rule's `P_name` speak of, beyond the network's parameters by name. */
  readonly sets?: Readonly<Record<string, readonly SliceFamily[]>>
  /** θ to start from instead of the network's own initial parameters. */
  readonly initial?: Float64Array
  /** Where to record on disk; without it the recording is in memory only. */
  readonly directory?: string
  /** What to do if the directory holds a recording already; `refuse` unless said. */
  readonly existing?: Existing
  /** Steps between checkpoints; one every second unless said. */
  readonly checkpointEvery?: number
  /** Stops the run after the current step; what is recorded stays valid. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** `auto`, `tensorflow`, `wasm`, `cpu` or `float64`; the environment variable NOETHER_BACKEND decides if it is left out. */
  readonly backend?: string
  /** Replaces the system's write call, to try what a failing disk does. */
  readonly write?: Write
}

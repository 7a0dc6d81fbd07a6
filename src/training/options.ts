import type { Network } from '../network/network.js'
import type { RuleProgram } from '../rules/program.js'
import type { SliceFamily } from '../symmetry/instances.js'
import type { DataSet } from './data/dataset.js'
import type { Measure } from './measure.js'
import type { MetricSpec } from './metric.js'
import type { Hyperparameters } from './program.js'
import type { Progress } from './progress.js'
import type { Existing, Write } from './store.js'

/**
 * How θ and the states are kept between steps of a float32 run. In `float64` ("master weights", Micikevicius et al., *Mixed precision training*,
 * 2018) the network still computes in float32, but an update much smaller than its parameter is not rounded to a multiple of the parameter's
 * last place, which would be an error of the same sign at every step and drift away from any law. `float32` is what most frameworks do.
 */
export type Storage = 'float64' | 'float32'

/** What to train, how, and what to record. */
export interface TrainOptions {
  readonly network: Network
  readonly data: DataSet
  readonly rule: RuleProgram
  readonly hyperparameters: Hyperparameters
  readonly steps: number
  /** Samples a step; `full` takes all training samples, in their order, at every step. */
  readonly batchSize: number | 'full'
  /** Draw the samples of a batch with replacement: batches then are independent of each other. */
  readonly replacement?: boolean
  /** Of the order of the samples; the initial parameters have the network's own seed. */
  readonly seed?: number
  readonly measures?: readonly Measure[]
  /**
   * Steps between those that are taken a second time, for the measures only, with the gradient on all training samples: their columns are
   * those named by `fullColumn`, and no numbers at all other steps. Never unless said.
   */
  readonly fullGradientEvery?: number
  /** Take every step also with this many other batches, drawn independently, for the measures only: their columns are those named by `otherColumn`. */
  readonly otherBatches?: number
  /** The metric of a rule that has one. */
  readonly metric?: MetricSpec
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
  /** `float64` unless said; only for the TensorFlow.js backends. */
  readonly storage?: Storage
  /** Replaces the system's write call, to try what a failing disk does. */
  readonly write?: Write
}

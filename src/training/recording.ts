import type { Network } from '../network/network.js'
import type { Storage } from './options.js'

/** What one measure gave: `values[k * width + i]` is component i at step k. */
export interface Column {
  readonly width: number
  readonly values: Float64Array
}

/** A training run, whole or stopped early. Everything at step k belongs to the parameters before update k. */
export interface Recording {
  readonly network: Network
  /** `tensorflow`, `wasm`, `cpu` (float32), or `float64`. */
  readonly backend: string
  /** Half the spacing of numbers just above 1 in the arithmetic that computed loss and gradient: 2⁻²⁴ or 2⁻⁵³. */
  readonly unitRoundoff: number
  /** How θ and the states, which the measures see, were kept between steps. */
  readonly storage: Storage
  readonly data: { readonly name: string; readonly source: string; readonly train: number; readonly test: number }
  readonly batchSize: number
  readonly seed: number
  /** Numbers, or expression text in `k` for schedules. */
  readonly hyperparameters: Readonly<Record<string, number | string>>
  /** Steps recorded, and steps that were asked for. */
  readonly steps: number
  readonly planned: number
  readonly partial: boolean
  /** Batch loss at every step. */
  readonly loss: Float64Array
  readonly columns: ReadonlyMap<string, Column>
  /** θ before the first step, laid out as `network.parameters` say. */
  readonly initial: Float64Array
  /** θ after `parametersStep` updates: the last step, or the last checkpoint of a run that was killed. */
  readonly parameters: Float64Array
  readonly parametersStep: number
  /**
   * Fraction of test samples classified correctly, computed in float64; normalizations use the statistics of the training set (its first
   * 10,000 samples if it is larger). NaN without test samples or classes, and for a run that was killed.
   */
  readonly testAccuracy: number
  /** Loss of the test samples, likewise. */
  readonly testLoss: number
  /** Norm of what rounding makes of the gradient at the end, as `gradientError` says; NaN for a run that was killed. */
  readonly gradientError: number
  /** Wall-clock time of the training loop, this session's. */
  readonly seconds: number
}

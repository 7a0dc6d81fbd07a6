import type { Network } from '../network/network.js'

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
  /** Half the spacing of numbers just above 1 in the arithmetic that was used: 2⁻²⁴ or 2⁻⁵³. */
  readonly unitRoundoff: number
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
  /** θ before the first and after the last step, laid out as `network.parameters` say. */
  readonly initial: Float64Array
  readonly parameters: Float64Array
  /** Fraction of test samples classified correctly; normalizations use statistics of the whole training set. NaN without test samples. */
  readonly testAccuracy: number
  /** Wall-clock time of the training loop, this session's. */
  readonly seconds: number
}

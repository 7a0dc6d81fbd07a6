import { InputError } from '../../errors.js'
import { random } from '../../network/random.js'
import { type Targets, outputsFor, selectTargets } from './targets.js'

/** Samples and what a network shall answer to them; `inputs` is rows × features, row-major. */
export interface Samples {
  readonly rows: number
  readonly inputs: Float32Array
  readonly targets: Targets
}

/** Samples to train on and to test on. */
export interface DataSet {
  readonly name: string
  /** Where the data came from, for a reader: title, authors, licence. */
  readonly source: string
  readonly features: number
  /** Classes, or the numbers of a sample's target. */
  readonly outputs: number
  readonly train: Samples
  readonly test: Samples
}

/** What a reader of a file format returns. */
export interface Table extends Samples {
  readonly features: number
}

/** How a table becomes a data set. */
export interface Preparation {
  /** Inputs are divided by this. */
  readonly scale: number
  /** Fraction of the samples kept for testing, in [0, 1). */
  readonly test: number
  /** Seed of the choice of test samples. */
  readonly seed: number
  /** Subtract every feature's mean and divide by its standard deviation, both over the training samples. */
  readonly standardize: boolean
}

/** A random order of 0 … n−1 (Fisher & Yates) from these seeds. */
export function permutation(n: number, ...seeds: readonly number[]): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i)
  const { below } = random(...seeds)
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1)
    const moved = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = moved
  }
  return order
}

/** The samples with these numbers, in this order. */
export function select(samples: Samples, features: number, chosen: Int32Array): Samples {
  const inputs = new Float32Array(chosen.length * features)
  for (const [row, from] of chosen.entries()) inputs.set(samples.inputs.subarray(from * features, (from + 1) * features), row * features)
  return { rows: chosen.length, inputs, targets: selectTargets(samples.targets, chosen) }
}

/** The first `rows` training samples (they are in random order), with the same test samples. */
export function subset(data: DataSet, rows: number): DataSet {
  return { ...data, train: select(data.train, data.features, Int32Array.from({ length: Math.min(rows, data.train.rows) }, (_, i) => i)) }
}

/** Scales, splits and standardizes; `separate` samples for testing take the place of the split. @throws InputError if nothing is left to train on. */
export function prepare(name: string, source: string, table: Table, how: Preparation, separate?: Table): DataSet {
  const { features } = table
  if (separate !== undefined && separate.features !== features)
    throw new InputError(`${name}: training samples have ${features} features, test samples ${separate.features}`, 'give files that belong together')
  const held = separate === undefined ? Math.round(table.rows * how.test) : 0
  if (table.rows - held < 1) throw new InputError(`${name}: no sample is left to train on`, 'give more samples or a smaller test fraction')
  const order = separate === undefined ? permutation(table.rows, how.seed) : Int32Array.from({ length: table.rows }, (_, i) => i)
  const train = select(table, features, order.subarray(held))
  const test = separate ?? select(table, features, order.subarray(0, held))
  const change = how.standardize ? standardization(train, features) : { mean: new Float64Array(features), deviation: new Float64Array(features).fill(how.scale) }
  const changed = (samples: Samples): Samples => ({
    ...samples,
    inputs: samples.inputs.map((x, i) => (x - (change.mean[i % features] ?? 0)) / (change.deviation[i % features] ?? 1)),
  })
  return { name, source, features, outputs: outputsFor([train.targets, test.targets]), train: changed(train), test: changed(test) }
}

/** Mean and standard deviation of every feature; a constant feature gets deviation 1, so it becomes 0. */
function standardization({ inputs, rows }: Samples, features: number): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(features)
  const square = new Float64Array(features)
  for (const [i, x] of inputs.entries()) mean[i % features] = (mean[i % features] ?? 0) + x / rows
  for (const [i, x] of inputs.entries()) square[i % features] = (square[i % features] ?? 0) + (x - (mean[i % features] ?? 0)) ** 2 / rows
  return { mean, deviation: square.map((variance) => (variance > 0 ? Math.sqrt(variance) : 1)) }
}

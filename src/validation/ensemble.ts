import { InputError } from '../errors.js'
import { float64Network } from '../network/float64.js'
import { type Network, mixingLayer } from '../network/index.js'
import type { RuleProgram } from '../rules/program.js'
import { type DataSet, select } from '../training/data/dataset.js'
import { targetMatrix } from '../training/data/targets.js'
import { type Hyperparameters, type Measure, type Recording, compileMeasures, train } from '../training/index.js'
import { Moments } from './moments.js'

/** Runs that differ in the order of their samples only. */
export interface EnsembleOptions {
  readonly network: Network
  readonly data: DataSet
  readonly rule: RuleProgram
  readonly hyperparameters: Hyperparameters
  readonly steps: number
  readonly batchSize: number | 'full'
  readonly measures: readonly Measure[]
  /** Draw the samples of each batch with replacement: then batches are independent of each other. */
  readonly replacement?: boolean
  /** Take every step a second time with the gradient on all samples. */
  readonly fullGradients?: boolean
  /** Further columns of each run from what it recorded, e.g. a charge: `combinationsOf({ q: { in: 1, out: -1 } })`. */
  readonly further?: (recording: Recording) => readonly FurtherColumn[]
  /** Number of runs; their seeds are 1, 2, …. */
  readonly runs: number
  readonly initial?: Float64Array
}

export type FurtherColumn = readonly [string, { readonly values: Float64Array; readonly width: number }]

/** Mean and unbiased variance over the runs, laid out as the measure's column: value of member i at step k at k·width + i. */
export interface EnsembleColumn {
  readonly width: number
  readonly mean: Float64Array
  readonly variance: Float64Array
  /** Standard error of the mean: √(variance/runs). */
  readonly error: Float64Array
}

export interface Ensemble {
  readonly runs: number
  readonly steps: number
  readonly columns: ReadonlyMap<string, EnsembleColumn>
}

/**
 * Real minibatch runs in float64 from one start, and the statistics of what they record.
 * @throws InputError for fewer than two runs, and whatever `train` refuses.
 */
export async function ensembleOf({ runs, further = () => [], fullGradients = false, ...options }: EnsembleOptions): Promise<Ensemble> {
  if (!Number.isInteger(runs) || runs < 2) throw new InputError(`an ensemble of ${runs} runs has no variance`, 'take two or more')
  const columns = new Map<string, { readonly width: number; readonly moments: Moments }>()
  for (let run = 1; run <= runs; run += 1) {
    const recording = await train({ ...options, ...(fullGradients ? { fullGradientEvery: 1 } : {}), backend: 'float64', seed: run })
    for (const [id, { values, width }] of [...recording.columns, ...further(recording)]) {
      const column = columns.get(id) ?? { width, moments: new Moments(values.length) }
      columns.set(id, column)
      column.moments.take(values)
    }
  }
  const finished = [...columns].map(([id, { width, moments }]) => [id, { width, mean: moments.mean, variance: moments.variance(), error: moments.errors() }] as const)
  return { runs, steps: options.steps, columns: new Map(finished) }
}

/** Columns that are linear combinations of measures of one width. */
export const combinationsOf = (combinations: Readonly<Record<string, Readonly<Record<string, number>>>>) => ({ columns }: Recording): readonly FurtherColumn[] =>
  Object.entries(combinations).map(([id, parts]) => {
    const terms = Object.entries(parts).map(([name, factor]) => {
      const column = columns.get(name)
      if (column === undefined) throw new InputError(`the combination ${id} has the part ${name}`, `the measures are ${[...columns.keys()].join(', ')}`)
      return { ...column, factor }
    })
    const [first] = terms
    if (first === undefined || terms.some((t) => t.width !== first.width)) throw new InputError(`the parts of ${id} differ in width`, 'combine measures of one symmetry')
    return [id, { width: first.width, values: first.values.map((_, at) => terms.reduce((sum, t) => sum + t.factor * (t.values[at] ?? Number.NaN), 0)) }] as const
  })

/**
 * What measures of `noise`, the deviation of a batch's gradient from the full one, are on average over batches of `batchSize` samples: the mean
 * over samples of their deviations' measure, divided by S for samples drawn with replacement and times (N − S)/(S(N − 1)) for those drawn without.
 * `mean` has the same measures for the full gradient.
 * @param measures with `left` and `right` equal to `noise`.
 * @throws InputError for networks whose loss is no mean over samples: a normalization mixes the samples of a batch.
 */
export function gradientMoments(network: Network, theta: Float64Array, data: DataSet, batchSize: number, measures: readonly Measure[], replacement: boolean) {
  const mixing = mixingLayer(network)
  if (mixing !== undefined) throw new InputError(`the gradient of one sample in front of ${mixing.name}`, 'take a network without batch normalization')
  const { rows } = data.train
  const gradient = new Float64Array(network.size)
  const full = new Float64Array(network.size)
  const evaluator = float64Network(network, rows)
  const at = (chosen: Int32Array, out: Float64Array): void => {
    const { inputs, targets } = select(data.train, network.input, chosen)
    evaluator.lossAndGradient(theta, Float64Array.from(inputs), targetMatrix(targets, network.output), chosen.length, out)
  }
  at(Int32Array.from({ length: rows }, (_, i) => i), full)
  const recorder = compileMeasures(network, measures, new Set(['noise']))
  const mean = new Float64Array(recorder.width)
  recorder.record(() => full, mean)
  const noise = new Float64Array(recorder.width)
  const one = new Float64Array(recorder.width)
  const share = replacement ? 1 / batchSize : rows === 1 ? 0 : (rows - batchSize) / (batchSize * (rows - 1))
  for (let sample = 0; sample < rows; sample += 1) {
    at(Int32Array.of(sample), gradient)
    for (const [j, g] of full.entries()) gradient[j] = (gradient[j] ?? 0) - g
    recorder.record(() => gradient, one)
    for (const [j, x] of one.entries()) noise[j] = (noise[j] ?? 0) + (share * x) / rows
  }
  return { columns: recorder.columns, mean, noise }
}

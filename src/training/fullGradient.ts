import type { NamedColumn } from './archive.js'
import { requestedBackend } from './backend.js'
import { type Batches, independentBatches } from './batches.js'
import { openEngine } from './engine.js'
import { indicatorVectors } from './indicators.js'
import type { Recorder } from './measure.js'
import { inverseMetric } from './metric.js'
import { normalNoise } from './noise.js'
import type { TrainOptions } from './options.js'
import { type RuleMachine, compileRule } from './program.js'
import { measurable, partsOf } from './state.js'

/** The column of a measure where the step is taken with the gradient on all training samples. */
export const fullColumn = (id: string): string => `full gradient|${id}`

/** The same with the gradient of another batch, drawn independently with replacement; others are counted from 1. */
export const otherColumn = (other: number, id: string): string => `batch ${other} beside|${id}`

/** Takes some steps of a run a second time, with another gradient in the place of the batch's. */
export interface GradientProbe {
  readonly columns: readonly NamedColumn[]
  /** To be called before step k of the run: its measures for the other gradient, or no numbers at a step that is not taken. */
  record(k: number, run: RuleMachine, row: Float64Array): void
  close(): void
}

/** The gradient that a step is taken with once more, and how often; the first step is. */
interface Another {
  readonly batchAt: Batches
  readonly every: number
  readonly column: (id: string) => string
  readonly of: string
}

/** Tells the other batches of a run from its own. */
const OTHER = 0x6f746865

/** The probes that the options ask for. @param recorder the measures of the run. */
export async function openGradientProbes(options: TrainOptions, batchSize: number, recorder: Recorder): Promise<readonly GradientProbe[]> {
  const { data, fullGradientEvery, otherBatches = 0, seed = 1 } = options
  const { rows } = data.train
  const all = Int32Array.from({ length: rows }, (_, i) => i)
  const full: readonly Another[] = fullGradientEvery === undefined ? [] : [{ batchAt: () => all, every: fullGradientEvery, column: fullColumn, of: 'all samples' }]
  const others = Array.from({ length: otherBatches }, (_, n): Another => ({ batchAt: independentBatches(rows, batchSize, seed, OTHER, n), every: 1, column: (id) => otherColumn(n + 1, id), of: `batch ${n + 1} beside` }))
  return Promise.all([...full, ...others].map((another) => openProbe(options, another, recorder)))
}

async function openProbe(options: TrainOptions, { batchAt, every, column, of }: Another, recorder: Recorder): Promise<GradientProbe> {
  const { network, data } = options
  const engine = await openEngine(network, data.train, requestedBackend(options.backend), options.storage ?? 'float64')
  const [theta, gradient] = [engine.vector(), engine.vector()]
  const machine = compileRule(options.rule, options.hyperparameters, theta, gradient, indicatorVectors(network, options.sets), engine.derivative, network.parameters, normalNoise(options.seed ?? 1), engine.unitRoundoff, options.metric === undefined ? undefined : inverseMetric(network, data.train, options.metric))
  const { before, vectorNamed } = measurable(machine, recorder)
  let held: Int32Array | undefined
  return {
    columns: recorder.columns.map(({ id, width }) => ({ id: column(id), width, meaning: `${id} where step k is taken with the gradient on ${of}, every ${every} steps` })),
    record(k, run, row) {
      if (k % every !== 0) {
        row.fill(Number.NaN)
        return
      }
      const batch = batchAt(k)
      if (batch !== held) engine.batch((held = batch))
      for (const [i, part] of partsOf(run).entries()) partsOf(machine)[i]?.set(part)
      engine.lossAndGradient(theta, gradient)
      for (const [name, kept] of before) kept.set(machine.vectors.get(name) ?? [])
      machine.step(k)
      recorder.record(vectorNamed, row)
    },
    close: () => engine.close(),
  }
}

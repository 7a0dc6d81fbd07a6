import type { NamedColumn } from './archive.js'
import { requestedBackend } from './backend.js'
import { openEngine } from './engine.js'
import { indicatorVectors } from './indicators.js'
import type { Recorder } from './measure.js'
import { normalNoise } from './noise.js'
import type { TrainOptions } from './options.js'
import { type RuleMachine, compileRule } from './program.js'
import { measurable, partsOf } from './state.js'

/** The column of a measure where the step is taken with the gradient on all training samples. */
export const fullColumn = (id: string): string => `full gradient|${id}`

/** Takes some steps of a run a second time, with the gradient on all training samples in the place of the batch's. */
export interface FullGradientProbe {
  readonly columns: readonly NamedColumn[]
  /** To be called before step k of the run: its measures for the other gradient, or no numbers at a step that is not taken. */
  record(k: number, run: RuleMachine, row: Float64Array): void
  close(): void
}

/**
 * @param every steps between those taken twice; the first one is.
 * @param recorder the measures of the run.
 */
export async function openFullGradientProbe(options: TrainOptions, every: number, recorder: Recorder): Promise<FullGradientProbe> {
  const { network, data } = options
  const { rows } = data.train
  const engine = await openEngine(network, data.train, requestedBackend(options.backend), options.storage ?? 'float64')
  const [theta, gradient] = [engine.vector(), engine.vector()]
  const machine = compileRule(options.rule, options.hyperparameters, theta, gradient, indicatorVectors(network, options.sets), engine.derivative, network.parameters, normalNoise(options.seed ?? 1), engine.unitRoundoff)
  const { before, vectorNamed } = measurable(machine, recorder)
  engine.batch(Int32Array.from({ length: rows }, (_, i) => i))
  return {
    columns: recorder.columns.map(({ id, width }) => ({ id: fullColumn(id), width, meaning: `${id} where step k is taken with the gradient on all samples, every ${every} steps` })),
    record(k, run, row) {
      if (k % every !== 0) {
        row.fill(Number.NaN)
        return
      }
      for (const [i, part] of partsOf(run).entries()) partsOf(machine)[i]?.set(part)
      engine.lossAndGradient(theta, gradient)
      for (const [name, kept] of before) kept.set(machine.vectors.get(name) ?? [])
      machine.step(k)
      recorder.record(vectorNamed, row)
    },
    close: () => engine.close(),
  }
}

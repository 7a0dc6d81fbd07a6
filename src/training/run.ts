import { InputError } from '../errors.js'
import { initialParameters } from '../network/network.js'
import { gradientError } from './gradientError.js'
import { score } from './score.js'
import { type NamedColumn, rowsToColumns } from './archive.js'
import { requestedBackend } from './backend.js'
import { type Batches, batches, checkSizes, independentBatches } from './batches.js'
import { type Engine, openEngine } from './engine.js'
import { type GradientProbe, openGradientProbes } from './fullGradient.js'
import { headerOf, textOf } from './header.js'
import { indicatorVectors } from './indicators.js'
import { type Recorder, compileMeasures } from './measure.js'
import { inverseMetric } from './metric.js'
import { normalNoise } from './noise.js'
import type { TrainOptions } from './options.js'
import { type RuleMachine, compileRule } from './program.js'
import type { Recording } from './recording.js'
import { type Measurable, measurable, restore, rowSource, stateOf } from './state.js'
import { type Store, openStore } from './store.js'
import type { Real } from './vectorCode.js'

/** The parts of a run that do not change from step to step. */
interface Setting extends Measurable {
  readonly options: TrainOptions
  readonly batchSize: number
  readonly seed: number
  readonly engine: Engine
  readonly theta: Real
  readonly gradient: Real
  readonly batchAt: Batches
  readonly machine: RuleMachine
  readonly recorder: Recorder
  readonly probes: readonly GradientProbe[]
  readonly columns: readonly NamedColumn[]
  readonly store: Store | undefined
}

const widthOf = (columns: readonly NamedColumn[]): number => columns.reduce((sum, { width }) => sum + width, 0)

/** How long the loop may go without letting signals and timers in, in milliseconds. */
const BREATH = 50

/**
 * Trains a network by a rule and records, at every step k before its update, the loss and all measures.
 * Two runs with the same options on the same machine and backend give the same bits, and so does a run that was killed and resumed.
 *
 * @throws InputError if the options do not fit together, if the loss or a parameter stops being finite, or if the disk fails;
 *   what was recorded on disk up to then stays.
 */
export async function train(options: TrainOptions): Promise<Recording> {
  const { network, data, seed = 1 } = options
  const batchSize = options.batchSize === 'full' ? data.train.rows : options.batchSize
  checkSizes(network, data, options.steps, batchSize)
  const engine = await openEngine(network, data.train, requestedBackend(options.backend), options.storage ?? 'float64')
  try {
    const theta = engine.vector()
    const gradient = engine.vector()
    theta.set(startingPoint(options))
    const machine = compileRule(options.rule, options.hyperparameters, theta, gradient, indicatorVectors(network, options.sets), engine.derivative, network.parameters, normalNoise(seed), engine.unitRoundoff, options.metric === undefined ? undefined : inverseMetric(network, data.train, options.metric))
    const after = machine.moving.map((name) => `${name}_next`)
    const recorder = compileMeasures(network, options.measures ?? [], new Set([...machine.vectors.keys(), ...after]))
    const batchAt = (options.replacement === true && batchSize < data.train.rows ? independentBatches : batches)(data.train.rows, batchSize, seed)
    const probes = await openGradientProbes(options, batchSize, recorder)
    const own = recorder.columns.map(({ id, width }, index) => ({ id, width, meaning: JSON.stringify(options.measures?.[index]) }))
    const columns = [...own, ...probes.flatMap((probe) => probe.columns)]
    const parts = { options, batchSize, seed, batchAt, engine, theta, gradient, machine, recorder, probes, columns, ...measurable(machine, recorder) }
    const store =
      options.directory === undefined
        ? undefined
        : openStore(options.directory, headerOf(parts), 2 + widthOf(columns), stateOf(machine).length, options.existing ?? 'refuse', options.write)
    try {
      return await loop({ ...parts, store })
    } finally {
      store?.close()
      for (const probe of probes) probe.close()
    }
  } finally {
    engine.close()
  }
}

/** @throws InputError unless the θ to start from is one of this network. */
function startingPoint({ network, initial }: TrainOptions): Float64Array {
  if (initial === undefined || initial.length === network.size) return initial ?? initialParameters(network)
  throw new InputError(`${initial.length} initial parameters for a network that has ${network.size}`, 'give one number for each')
}

/** All steps from the checkpoint on, with pauses in which signals and timers get their turn. */
async function loop(setting: Setting): Promise<Recording> {
  const { options, engine, theta, machine, columns, store, batchSize } = setting
  const { data, steps, signal, checkpointEvery } = options
  const initial = Float64Array.from(theta)
  const rows: Float64Array[] = [...(store?.rows ?? [])].slice(0, steps)
  if (store?.checkpoint !== undefined) restore(machine, store.checkpoint.values)
  const first = store?.checkpoint?.step ?? 0
  if (first > steps) throw new InputError(`the recording has ${first} steps already, more than the ${steps} asked for`, 'ask for more steps')
  if (first === 0) store?.begin(initial)
  const start = performance.now()
  let [breath, shown, saved] = [start, 0, start]
  const newRow = rowSource(2 + widthOf(columns))
  let done = first
  const stopped = (): boolean => signal?.aborted === true
  if (batchSize === data.train.rows) engine.batch(setting.batchAt(0))
  while (done < steps && !stopped()) {
    const row = newRow()
    step(setting, done, row)
    store?.append(row)
    rows.push(row)
    done++
    const now = performance.now()
    if (checkpointEvery === undefined ? now - saved > 1000 : done % checkpointEvery === 0) {
      store?.save({ step: done, values: stateOf(machine) })
      saved = now
    }
    if (options.onProgress !== undefined && (now - shown > 100 || done === steps)) {
      shown = now
      const rate = (done - first) / ((now - start) / 1000)
      options.onProgress({ step: done, steps, loss: row[1] ?? Number.NaN, rate, secondsLeft: (steps - done) / rate })
    }
    if (now - breath > BREATH) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      breath = performance.now()
    }
  }
  return finish(setting, rows, initial, done, (performance.now() - start) / 1000)
}

/** Closes the books: accuracy, last checkpoint, summary. */
function finish(setting: Setting, rows: readonly Float64Array[], initial: Float64Array, done: number, seconds: number): Recording {
  const { options, engine, theta, machine, columns, store, batchSize } = setting
  const { data, network, steps } = options
  const parameters = Float64Array.from(theta)
  const reached = score(network, parameters, data)
  const apart = gradientError(engine, network, data.train, theta, setting.batchAt(Math.max(0, done - 1)))
  const known = (value: number): number | null => (Number.isNaN(value) ? null : value)
  store?.save({ step: done, values: stateOf(machine) })
  store?.finish({ steps: done, testAccuracy: known(reached.accuracy), testLoss: known(reached.loss), gradientError: known(apart), seconds })
  return {
    network,
    backend: engine.name,
    unitRoundoff: engine.unitRoundoff,
    storage: theta instanceof Float32Array ? 'float32' : 'float64',
    data: { name: data.name, source: data.source, train: data.train.rows, test: data.test.rows },
    batchSize,
    seed: setting.seed,
    hyperparameters: textOf(options.hyperparameters),
    planned: steps,
    partial: done < steps,
    initial,
    parameters,
    parametersStep: done,
    testAccuracy: reached.accuracy,
    testLoss: reached.loss,
    gradientError: apart,
    seconds,
    ...rowsToColumns(rows, columns),
  }
}

/** One step: gradient, measures around the update; fills the row [k, loss, measures…]. */
function step({ options, batchSize, batchAt, engine, theta, gradient, machine, recorder, probes, before, vectorNamed }: Setting, k: number, row: Float64Array): void {
  if (batchSize !== options.data.train.rows) engine.batch(batchAt(k))
  const loss = engine.lossAndGradient(theta, gradient)
  if (!Number.isFinite(loss)) throw diverged(machine, k, 'loss')
  for (const [i, probe] of probes.entries()) probe.record(k, machine, row.subarray(2 + (i + 1) * recorder.width, 2 + (i + 2) * recorder.width))
  for (const [name, kept] of before) kept.set(machine.vectors.get(name) ?? [])
  machine.step(k)
  if (!theta.every(Number.isFinite)) throw diverged(machine, k, 'update')
  row[0] = k
  row[1] = loss
  recorder.record(vectorNamed, row.subarray(2, 2 + recorder.width))
}

function diverged(machine: RuleMachine, k: number, what: string): InputError {
  const { eta, ...others } = machine.hyperparametersAt(k)
  const rate = eta === undefined ? Object.entries(others).map(([name, value]) => `${name} = ${value}`).join(', ') : `eta = ${eta}`
  return new InputError(`the ${what} is not finite at step ${k} with ${rate}`, 'take a smaller eta; the steps before are recorded')
}

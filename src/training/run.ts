import type { Expr } from '../algebra/expr.js'
import { toText } from '../algebra/print.js'
import { InputError } from '../errors.js'
import { type Network, initialParameters } from '../network/network.js'
import type { RuleProgram } from '../rules/program.js'
import type { SliceFamily } from '../symmetry/instances.js'
import { testAccuracy } from './accuracy.js'
import { requestedBackend } from './backend.js'
import { type Batches, batches, checkSizes } from './batches.js'
import type { DataSet } from './data/dataset.js'
import { type Engine, openEngine } from './engine.js'
import { crc32 } from './frames.js'
import { indicatorVectors } from './indicators.js'
import { type Measure, type Recorder, compileMeasures } from './measure.js'
import { type Hyperparameters, type Real, type RuleMachine, compileRule } from './program.js'
import type { Progress } from './progress.js'
import type { Recording } from './recording.js'
import { type Existing, FORMAT, type Header, type Store, type Write, openStore } from './store.js'
import { rowsToColumns } from './archive.js'

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

/** The parts of a run that do not change from step to step. */
interface Setting {
  readonly options: TrainOptions
  readonly batchSize: number
  readonly seed: number
  readonly engine: Engine
  readonly theta: Real
  readonly gradient: Real
  readonly batchAt: Batches
  readonly machine: RuleMachine
  readonly recorder: Recorder
  readonly before: ReadonlyMap<string, Real>
  readonly vectorNamed: (name: string) => Real
  readonly store: Store | undefined
}

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
  const engine = await openEngine(network, data.train, batchSize, requestedBackend(options.backend))
  try {
    const theta = engine.vector()
    const gradient = engine.vector()
    theta.set(startingPoint(options))
    const machine = compileRule(options.rule, options.hyperparameters, theta, gradient, indicatorVectors(network, options.sets))
    const after = [...machine.vectors.keys()].filter((name) => name !== 'g').map((name) => `${name}_next`)
    const recorder = compileMeasures(network, options.measures ?? [], new Set([...machine.vectors.keys(), ...after]))
    const batchAt = batches(data.train.rows, batchSize, seed)
    const parts = { options, batchSize, seed, batchAt, engine, theta, gradient, machine, recorder, ...measurable(machine, recorder) }
    const store =
      options.directory === undefined
        ? undefined
        : openStore(options.directory, headerOf(parts), 2 + recorder.width, stateOf(machine).length, options.existing ?? 'refuse', options.write)
    try {
      return await loop({ ...parts, store })
    } finally {
      store?.close()
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

async function loop(setting: Setting): Promise<Recording> {
  const { options, engine, theta, machine, recorder, store, batchSize } = setting
  const { data, network, steps, signal, checkpointEvery } = options
  const initial = Float64Array.from(theta)
  const rows: Float64Array[] = [...(store?.rows ?? [])].slice(0, steps)
  if (store?.checkpoint !== undefined) restore(machine, store.checkpoint.values)
  const first = store?.checkpoint?.step ?? 0
  if (first > steps) throw new InputError(`the recording has ${first} steps already, more than the ${steps} asked for`, 'ask for more steps')
  if (first === 0) store?.begin(initial)
  const start = performance.now()
  let [breath, shown, saved] = [start, 0, start]
  const newRow = rowSource(2 + recorder.width)
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
  const seconds = (performance.now() - start) / 1000
  const parameters = Float64Array.from(theta)
  const accuracy = testAccuracy(network, parameters, data)
  store?.save({ step: done, values: stateOf(machine) })
  store?.finish({ steps: done, testAccuracy: Number.isNaN(accuracy) ? null : accuracy, seconds })
  return {
    network,
    backend: engine.name,
    unitRoundoff: engine.unitRoundoff,
    data: { name: data.name, source: data.source, train: data.train.rows, test: data.test.rows },
    batchSize,
    seed: setting.seed,
    hyperparameters: textOf(options.hyperparameters),
    planned: steps,
    partial: done < steps,
    initial,
    parameters,
    parametersStep: done,
    testAccuracy: accuracy,
    seconds,
    ...rowsToColumns(rows, recorder.columns),
  }
}

/** One step: gradient, measures around the update; fills the row [k, loss, measures…]. */
function step({ options, batchSize, batchAt, engine, theta, gradient, machine, recorder, before, vectorNamed }: Setting, k: number, row: Float64Array): void {
  if (batchSize !== options.data.train.rows) engine.batch(batchAt(k))
  const loss = engine.lossAndGradient(theta, gradient)
  if (!Number.isFinite(loss)) throw diverged(machine, k, 'loss')
  for (const [name, kept] of before) kept.set(machine.vectors.get(name) ?? [])
  machine.step(k)
  if (!theta.every(Number.isFinite)) throw diverged(machine, k, 'update')
  row[0] = k
  row[1] = loss
  recorder.record(vectorNamed, row.subarray(2))
}

/** Vectors as measures name them, and the buffers that keep those from before an update which the update will change. */
function measurable(machine: RuleMachine, recorder: Recorder): Pick<Setting, 'before' | 'vectorNamed'> {
  const changing = [...machine.vectors].filter(([name]) => name !== 'g' && recorder.vectors.has(name))
  const before = new Map<string, Real>(changing.map(([name, values]) => [name, values.slice()]))
  const after = [...machine.vectors].map(([name, values]) => [name === 'g' ? name : `${name}_next`, values] as const)
  const all = new Map<string, Real>([...after, ...before])
  const vectorNamed = (name: string): Real => {
    const found = all.get(name)
    if (found === undefined) throw new Error(`no vector ${name}`)
    return found
  }
  return { before, vectorNamed }
}

/** Rows of one length, laid out many to a buffer to spare the garbage collector. */
function rowSource(length: number): () => Float64Array {
  const perBlock = Math.ceil(2 ** 17 / length)
  let block = new Float64Array(0)
  let used = perBlock
  return () => {
    if (used === perBlock) {
      block = new Float64Array(perBlock * length)
      used = 0
    }
    used++
    return block.subarray((used - 1) * length, used * length)
  }
}

function diverged(machine: RuleMachine, k: number, what: string): InputError {
  const { eta, ...others } = machine.hyperparametersAt(k)
  const rate = eta === undefined ? Object.entries(others).map(([name, value]) => `${name} = ${value}`).join(', ') : `eta = ${eta}`
  return new InputError(`the ${what} is not finite at step ${k} with ${rate}`, 'take a smaller eta; the steps before are recorded')
}

/** θ and all states, laid end to end. */
function stateOf(machine: RuleMachine): Float64Array {
  const size = machine.vectors.get('theta')?.length ?? 0
  const state = new Float64Array(size * (1 + machine.states.length))
  let at = 0
  for (const [name, values] of machine.vectors) {
    if (name === 'g') continue
    state.set(values, at)
    at += size
  }
  return state
}

function restore(machine: RuleMachine, values: Float64Array): void {
  let at = 0
  for (const [name, vector] of machine.vectors) {
    if (name === 'g') continue
    vector.set(values.subarray(at, at + vector.length))
    at += vector.length
  }
}

const textOf = (hyperparameters: Hyperparameters): Record<string, number | string> =>
  Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [name, typeof value === 'number' ? value : toText(value)]))

const assigned = (name: string, value: Expr): string => `${name} = ${toText(value)}`

function headerOf({ options, batchSize, seed, engine, theta, recorder }: Omit<Setting, 'store'>): Header {
  const { network, data, rule, measures = [] } = options
  const { inputs, labels } = data.train
  const bytes = [theta, inputs, labels].map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength))
  return {
    format: FORMAT,
    network: network.spec,
    rule: rule.steps.map((step) => (step.kind === 'assign' ? assigned(step.name, step.value) : `${step.name} = sum(${toText(step.value)})`)),
    states: rule.states.map(({ name, initial }) => `${name} = ${initial}`),
    hyperparameters: textOf(options.hyperparameters),
    data: { name: data.name, source: data.source, train: data.train.rows, test: data.test.rows, checksum: bytes.reduce((sum, part) => (sum * 31 + crc32(part)) >>> 0, 0) },
    batchSize,
    seed,
    backend: engine.name,
    unitRoundoff: engine.unitRoundoff,
    planned: options.steps,
    columns: recorder.columns.map(({ id, width }, index) => ({ id, width, meaning: JSON.stringify(measures[index]) })),
  }
}

import { InputError } from '../errors.js'
import type { GeneratedIntegrator } from './integrator/driver.js'
import { FRAME, STATUS_NAMES, layout } from './integrator/frame.js'
import type { System } from './integrator/rightHandSide.js'
import type { IntegrationStatus } from './lane.js'
import { isFixedStep } from './methods/choose.js'
import { type IntegrationOptions, checkedOptions, checkedSignals, count, finite, ofTrajectory } from './options.js'

/**
 * Many trajectories with the same options, their values row after row: row k is trajectory k. Rows in shared memory
 * (`new Float64Array(new SharedArrayBuffer(…))`) are read where they are, others are copied there.
 */
export interface Batch extends Omit<IntegrationOptions, 'y0' | 'parameters' | 'signals' | 'maxEvents'> {
  /** Number of trajectories. */
  readonly count: number
  /** count × states. */
  readonly y0: Float64Array
  /** count × parameters. */
  readonly parameters?: Float64Array
  /** Samples on a uniform grid: count × signals × samples. */
  readonly signals?: { readonly origin: number; readonly spacing: number; readonly samples: number; readonly values: Float64Array }
}

/** Results of a batch, row after row. */
export interface BatchResult {
  readonly status: readonly IntegrationStatus[]
  /** Time that each trajectory reached. */
  readonly reached: Float64Array
  /** State there: count × states. */
  readonly final: Float64Array
  /** States at the requested times: count × times × states; NaN behind the time that was reached. */
  readonly y: Float64Array
  /** Accumulated local errors: count × states. */
  readonly errorEstimate: Float64Array
  readonly accepted: Float64Array
  readonly rejected: Float64Array
  readonly evaluations: Float64Array
}

/** A batch in memory that all workers share; positions count doubles. Plain data, to be posted. */
export interface SharedBatch {
  /** Rows of values: initial ones, parameters, signals. */
  readonly rows: readonly [y0: Float64Array, parameters: Float64Array, signals: Float64Array]
  /** Rows of results. */
  readonly output: SharedArrayBuffer
  /** Words of `SYNC`. */
  readonly sync: SharedArrayBuffer
  readonly count: number
  readonly n: number
  readonly m: number
  readonly times: number
  /** Doubles of the signals of one trajectory. */
  readonly samples: number
  readonly frameLength: number
  /** Offsets in the frame, and of the frame's scalars that results are read from. */
  readonly at: ReturnType<typeof layout>
  readonly results: readonly number[]
  /** What every frame begins with, then tolerances and times. */
  readonly head: readonly number[]
  readonly atol: readonly number[]
  readonly grid: readonly number[]
  /** What the rates read besides, and where. */
  readonly fixed: readonly { readonly offset: number; readonly values: Float64Array }[]
  /** Positions of the rows in the output. */
  readonly y: number
  readonly final: number
  readonly error: number
  readonly scalars: number
}

/** What the threads of a batch tell each other: the next trajectory that nobody has taken, how many have their rows, whether all are finite. */
const SYNC = { next: 0, filled: 1, notFinite: 2 } as const

const RESULTS = ['status', 'time', 'accepted', 'rejected', 'evaluations'] as const satisfies readonly (keyof typeof FRAME)[]

/** Rows of initial values, parameters and signals. */
const rowsOf = ({ y0, parameters = new Float64Array(0), signals }: Batch): SharedBatch['rows'] => [y0, parameters, signals?.values ?? new Float64Array(0)]

/** Where parts of so many doubles begin when they stand behind each other, and where the last ends. */
const starts = (lengths: readonly number[]): readonly number[] =>
  lengths.reduce<readonly number[]>((found, length) => [...found, (found.at(-1) ?? 0) + length], [0])

/** Memory for rows that are copied, kept from batch to batch: what is new is filled page by page by the first who writes there. */
export class SpareRows {
  private readonly kept: SharedArrayBuffer[] = []

  /** The rows where workers can read them: themselves, or room for them. */
  shared(rows: Float64Array, place: number): Float64Array {
    if (rows.buffer instanceof SharedArrayBuffer) return rows
    const known = this.kept[place]
    const room = known !== undefined && known.byteLength >= rows.byteLength ? known : new SharedArrayBuffer(rows.byteLength)
    this.kept[place] = room
    return new Float64Array(room, 0, rows.length)
  }
}

/**
 * Checks all of a batch but whether its rows are finite, which those who read them see, and makes room for it where workers find it.
 * They can be sent it before the input is there: that takes as long as it takes them to wake up.
 * @param spare of no batch that is not done.
 * @throws InputError for input that no integration can start from.
 */
export function shareBatch(
  system: System, method: string, generated: GeneratedIntegrator, batch: Batch, spare: SpareRows,
): SharedBatch {
  const [n, m, s] = [system.states.length, system.parameters?.length ?? 0, system.signals?.names.length ?? 0]
  const { parameters = new Float64Array(0), signals } = batch
  if (!(Number.isInteger(batch.count) && batch.count >= 0)) throw new InputError(`count = ${batch.count}`, 'give a whole number')
  count('initial values', batch.y0.length, batch.count * n)
  count('parameters', parameters.length, batch.count * m)
  count('samples', signals?.values.length ?? 0, batch.count * s * (signals?.samples ?? 0))
  const samples = signals?.samples ?? 0
  const grid = batch.count === 0 ? new Float64Array(s * samples) : signals?.values.subarray(0, s * samples) ?? new Float64Array(0)
  const first = system.signals?.names.map((_, j) => grid.subarray(j * samples, (j + 1) * samples)) ?? []
  const { signals: _, ...common } = batch
  const o = checkedOptions(system, isFixedStep(method), { ...common, y0: Array<number>(n).fill(0), parameters: Array<number>(m).fill(0) })
  const { origin, spacing, intervals, length } =
    checkedSignals(system, o.t0, o.t1, signals === undefined ? undefined : { ...signals, values: first })
  const [y = 0, final = 0, error = 0, scalars = 0, outputEnd = 0] =
    starts([o.at.length * n, n, n, RESULTS.length].map((width) => batch.count * width))
  const [y0, ps, us] = rowsOf(batch)
  return {
    rows: [spare.shared(y0, 0), spare.shared(ps, 1), spare.shared(us, 2)],
    output: new SharedArrayBuffer(8 * outputEnd), sync: new SharedArrayBuffer(4 * Object.keys(SYNC).length),
    count: batch.count, n, m, times: o.at.length, samples: s * samples,
    frameLength: generated.frameLength, at: layout(n, m), results: RESULTS.map((name) => FRAME[name]),
    head: [o.t0, o.t1, o.rtol, o.step, o.largestStep, o.maxSteps, origin, spacing, intervals, length],
    atol: o.atol, grid: Array.from(o.at),
    fixed: generated.data.map(({ offset, values }) => ({ offset, values: Float64Array.from(values) })),
    y, final, error, scalars,
  }
}

/** Trajectories whose rows are copied before the workers are told. */
const FILLED = 512

/** Copies what rows workers cannot read yet, and tells those who wait for them as they come. */
export function fillBatch({ rows, sync, count: all }: SharedBatch, batch: Batch): void {
  const words = new Int32Array(sync)
  const copied = rowsOf(batch).flatMap((from, k) => {
    const to = rows[k]
    return to === undefined || to.buffer === from.buffer ? [] : [{ from, to, width: from.length / Math.max(1, all) }]
  })
  for (let done = 0; done < all;) {
    const end = copied.length === 0 ? all : Math.min(all, done + FILLED)
    for (const { from, to, width } of copied) to.set(from.subarray(done * width, end * width), done * width)
    Atomics.store(words, SYNC.filled, end)
    Atomics.notify(words, SYNC.filled)
    done = end
  }
}

/**
 * The results of a batch that all workers have left: views of the shared memory.
 * @throws InputError if a worker met a number that is not finite.
 */
export function batchResult({ output, sync, count: rows, n, times, y, final, error, scalars }: SharedBatch, batch: Batch): BatchResult {
  if (Atomics.load(new Int32Array(sync), SYNC.notFinite) !== 0) {
    const check = (what: string, values: Float64Array): void =>
      finite(what, values, (k) => ofTrajectory(Math.floor((k * rows) / values.length)))
    check('an initial value', batch.y0)
    check('a parameter', batch.parameters ?? new Float64Array(0))
    check('a sample of a signal', batch.signals?.values ?? new Float64Array(0))
    throw new TypeError('the input changed while it was integrated')
  }
  const part = (from: number, length: number): Float64Array => new Float64Array(output, 8 * from, length)
  const scalar = (k: number): Float64Array => part(scalars + k * rows, rows)
  const codes = scalar(0)
  const status: IntegrationStatus[] = []
  for (let k = 0; k < rows; k += 1) {
    const name = STATUS_NAMES[codes[k] ?? NaN]
    if (name === undefined || name === 'running') throw new TypeError(`integration ended with status ${codes[k]}`)
    status.push(name)
  }
  return {
    status, reached: scalar(1), accepted: scalar(2), rejected: scalar(3), evaluations: scalar(4),
    final: part(final, rows * n), y: part(y, rows * times * n), errorEstimate: part(error, rows * n),
  }
}

/**
 * What a worker does with a batch: it takes a few trajectories at a time, by an atomic counter, until none is left or one is not finite;
 * waits until they have their rows, writes their frames, integrates them, two in a vector where the module can, and copies the results out. The difference v - v is 0 for
 * finite v alone. Fixed text of a worker.
 */
export const BATCH_WORKER = `
const GRAIN = 32
function runBatch(b, exports, reserved) {
  const output = new Float64Array(b.output), sync = new Int32Array(b.sync)
  const row = b.times * b.n, size = b.frameLength + b.times + row + b.samples + 2
  const missing = (reserved + 2 * size) * 8 - exports.memory.buffer.byteLength
  if (missing > 0) exports.memory.grow(Math.ceil(missing / 65536))
  const memory = new Float64Array(exports.memory.buffer)
  const bases = [reserved, reserved + size]
  for (const base of bases) {
    memory.fill(0, base, base + size)
    memory.set(b.head, base)
    memory.set(b.atol, base + b.at.tolerance)
    memory.set(b.grid, base + b.frameLength)
    for (const { offset, values } of b.fixed) memory.set(values, base + offset)
  }
  let defect = 0
  const [y0, parameters, signals] = b.rows
  const copy = (to, rows, from, length) => {
    for (let i = 0; i < length; i++) {
      const value = rows[from + i]
      memory[to + i] = value
      defect += value - value
    }
  }
  const write = (base, k) => {
    copy(base + b.at.state, y0, k * b.n, b.n)
    copy(base + b.at.parameters, parameters, k * b.m, b.m)
    copy(base + b.frameLength + b.times + row, signals, k * b.samples, b.samples)
    memory.fill(NaN, base + b.frameLength + b.times, base + b.frameLength + b.times + row)
  }
  const read = (base, k) => {
    for (let i = 0; i < b.n; i++) output[b.final + k * b.n + i] = memory[base + b.at.state + i]
    for (let i = 0; i < b.n; i++) output[b.error + k * b.n + i] = memory[base + b.at.error + i]
    const from = base + b.frameLength + b.times
    for (let i = 0; i < row; i++) output[b.y + k * row + i] = memory[from + i]
    for (let i = 0; i < b.results.length; i++) output[b.scalars + i * b.count + k] = memory[base + b.results[i]]
  }
  const [p, q] = bases.map((base) => [base, base + b.frameLength, base + b.frameLength + b.times, base + b.frameLength + b.times + row])
  const take = () => (defect === 0 ? Atomics.add(sync, ${SYNC.next}, GRAIN) : b.count)
  for (let from = take(); from < b.count; from = take()) {
    const to = Math.min(b.count, from + GRAIN)
    for (let filled = Atomics.load(sync, ${SYNC.filled}); filled < to; filled = Atomics.load(sync, ${SYNC.filled})) Atomics.wait(sync, ${SYNC.filled}, filled)
    let k = from
    for (; exports.integrate_pair !== undefined && k + 1 < to; k += 2) {
      write(p[0], k)
      write(q[0], k + 1)
      exports.integrate_pair(p[0], q[0], p[1], q[1], b.times, b.times, p[2], q[2], p[3], q[3])
      read(p[0], k)
      read(q[0], k + 1)
    }
    for (; k < to; k++) {
      write(p[0], k)
      exports.integrate(p[0], p[1], b.times, p[2], p[3])
      read(p[0], k)
    }
  }
  if (defect !== 0) Atomics.store(sync, ${SYNC.notFinite}, 1)
}
`

import { InputError } from '../errors.js'
import type { GeneratedIntegrator } from './integrator/driver.js'
import { FRAME, STATUS_NAMES, layout } from './integrator/frame.js'
import type { System } from './integrator/rightHandSide.js'
import type { IntegrationStatus } from './lane.js'
import { isFixedStep } from './methods/choose.js'
import { type IntegrationOptions, checkedOptions, checkedSignals, count, finite } from './options.js'

/** Many trajectories with the same options, their values row after row: row k is trajectory k. */
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
  /** Rows of values, and rows of results. */
  readonly input: SharedArrayBuffer
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
  /** Positions of the rows in the input. */
  readonly y0: number
  readonly parameters: number
  readonly signals: number
  /** And in the output. */
  readonly y: number
  readonly final: number
  readonly error: number
  readonly scalars: number
}

/** What the threads of a batch tell each other: the next trajectory that nobody has taken, whether the input is there, whether it is finite. */
const SYNC = { next: 0, filled: 1, notFinite: 2 } as const

const RESULTS = ['status', 'time', 'accepted', 'rejected', 'evaluations'] as const satisfies readonly (keyof typeof FRAME)[]

/** Where parts of so many doubles begin when they stand behind each other, and where the last ends. */
const starts = (lengths: readonly number[]): readonly number[] =>
  lengths.reduce<readonly number[]>((found, length) => [...found, (found.at(-1) ?? 0) + length], [0])

/**
 * Checks all of a batch but whether its rows are finite, which those who read them see, and makes room for it where workers find it.
 * They can be sent it before the input is there: that takes as long as it takes them to wake up.
 * @param spare memory for the input, used if it is large enough: what is new is filled page by page by the first who writes there.
 * @throws InputError for input that no integration can start from.
 */
export function shareBatch(
  system: System, method: string, generated: GeneratedIntegrator, batch: Batch, spare?: SharedArrayBuffer,
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
  const [y0 = 0, ps = 0, us = 0, inputEnd = 0] = starts([n, m, s * samples].map((width) => batch.count * width))
  const [y = 0, final = 0, error = 0, scalars = 0, outputEnd = 0] =
    starts([o.at.length * n, n, n, RESULTS.length].map((width) => batch.count * width))
  const input = spare !== undefined && spare.byteLength >= 8 * inputEnd ? spare : new SharedArrayBuffer(8 * inputEnd)
  return {
    input, output: new SharedArrayBuffer(8 * outputEnd), sync: new SharedArrayBuffer(4 * Object.keys(SYNC).length),
    count: batch.count, n, m, times: o.at.length, samples: s * samples,
    frameLength: generated.frameLength, at: layout(n, m), results: RESULTS.map((name) => FRAME[name]),
    head: [o.t0, o.t1, o.rtol, o.step, o.largestStep, o.maxSteps, origin, spacing, intervals, length],
    atol: o.atol, grid: Array.from(o.at),
    fixed: generated.data.map(({ offset, values }) => ({ offset, values: Float64Array.from(values) })),
    y0, parameters: ps, signals: us, y, final, error, scalars,
  }
}

/** Copies the rows of a batch to the memory that workers share, and tells those who wait for it. */
export function fillBatch({ input, sync, y0, parameters, signals }: SharedBatch, batch: Batch): void {
  const rows = new Float64Array(input)
  rows.set(batch.y0, y0)
  rows.set(batch.parameters ?? [], parameters)
  rows.set(batch.signals?.values ?? [], signals)
  const words = new Int32Array(sync)
  Atomics.store(words, SYNC.filled, 1)
  Atomics.notify(words, SYNC.filled)
}

/**
 * The results of a batch that all workers have left: views of the shared memory.
 * @throws InputError if a worker met a number that is not finite.
 */
export function batchResult({ output, sync, count: rows, n, times, y, final, error, scalars }: SharedBatch, batch: Batch): BatchResult {
  if (Atomics.load(new Int32Array(sync), SYNC.notFinite) !== 0) {
    finite('an initial value', batch.y0)
    finite('a parameter', batch.parameters ?? [])
    finite('a sample of a signal', batch.signals?.values ?? [])
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
 * writes their frames, integrates them, two in a vector where the module can, and copies the results out. The difference v - v is 0 for
 * finite v alone. Fixed text of a worker.
 */
export const BATCH_WORKER = `
const GRAIN = 32
function runBatch(b, exports, reserved) {
  const input = new Float64Array(b.input), output = new Float64Array(b.output), sync = new Int32Array(b.sync)
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
  const copy = (to, from, length) => {
    for (let i = 0; i < length; i++) {
      const value = input[from + i]
      memory[to + i] = value
      defect += value - value
    }
  }
  const write = (base, k) => {
    copy(base + b.at.state, b.y0 + k * b.n, b.n)
    copy(base + b.at.parameters, b.parameters + k * b.m, b.m)
    copy(base + b.frameLength + b.times + row, b.signals + k * b.samples, b.samples)
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
  Atomics.wait(sync, ${SYNC.filled}, 0)
  for (let from = take(); from < b.count; from = take()) {
    const to = Math.min(b.count, from + GRAIN)
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

import { InputError } from '../errors.js'
import { RESERVED } from './executable.js'
import type { StochasticMethod, StochasticSystem } from './methods/stochastic.js'
import { checkTimes, count, finite, ofTrajectory } from './options.js'
import { optimized } from './passes.js'
import { Pooled } from './pool.js'
import { checkWalk, finestLevel, walkPlaces, walkProgram } from './stochastic.js'
import { walkLayout } from './walk.js'
import { BROWNIAN } from './walkJavascript.js'
import { compileModule, fusesProducts } from './wasm/engine.js'
import { wasmModule } from './wasm/module.js'

/** Many trajectories of a stochastic equation, their values row after row: row k is trajectory k. */
export interface StochasticBatch {
  /** Number of trajectories. */
  readonly count: number
  /** count × states. */
  readonly y0: Float64Array
  /** count × parameters. */
  readonly parameters?: Float64Array
  readonly t0?: number
  readonly t1: number
  /** Each trajectory takes 2^level equal steps. */
  readonly level: number
  /** The states are kept at the ends of 2^kept equal parts of the span, of one unless said. */
  readonly kept?: number
  /** Times that the states are kept at instead, in order; between steps they are linear. */
  readonly at?: readonly number[]
  /** Seed of the first trajectory; that of trajectory k is `seed + k`. */
  readonly seed: number
}

/** Results of a batch, row after row. */
export interface StochasticBatchResult {
  /** Steps of each trajectory, fewer than 2^level if its next state is not finite. */
  readonly taken: Float64Array
  /** States behind them: count × states. */
  readonly last: Float64Array
  /** States at the ends of the parts, or at the times: count × 2^kept or times × states; NaN behind the steps that were taken. */
  readonly y: Float64Array
}

export interface StochasticEnsemble {
  /** @throws InputError for input that no walk can start from (the promise rejects). */
  batch(batch: StochasticBatch): Promise<StochasticBatchResult>
  /** Ends the workers. */
  close(): Promise<void>
}

/**
 * What a worker does: it takes one trajectory at a time, by an atomic counter, until none is left, draws its Brownian paths, walks along
 * them and copies the states out. Fixed text; the module is the only code that depends on the problem.
 */
const WORKER = `
import { parentPort, workerData } from 'node:worker_threads'
const { module, at, n, m, motions } = workerData
const { exports } = new WebAssembly.Instance(module)
${BROWNIAN}
parentPort.on('message', ({ count, y0, parameters, t0, t1, level, places, seed, next, taken, last, y }) => {
  const steps = 2 ** level, states = at.increments + 2 * motions * steps
  const missing = (states + n * (steps + 1)) * 8 - exports.memory.buffer.byteLength
  if (missing > 0) exports.memory.grow(Math.ceil(missing / 65536))
  const memory = new Float64Array(exports.memory.buffer)
  memory[at.start] = t0
  memory[at.step] = (t1 - t0) / steps
  for (let k = Atomics.add(next, 0, 1); k < count; k = Atomics.add(next, 0, 1)) {
    memory.set(parameters.subarray(k * m, (k + 1) * m), at.parameters)
    for (let j = 0; j < motions; j++) {
      const { dW, dZ } = brownianPath(seed + k, j, t1 - t0, level)
      memory.set(dW, at.increments + 2 * j * steps)
      memory.set(dZ, at.increments + (2 * j + 1) * steps)
    }
    memory.set(y0.subarray(k * n, (k + 1) * n), states)
    taken[k] = exports.walk(steps)
    for (let i = 0; i < n; i++) last[k * n + i] = memory[states + taken[k] * n + i]
    for (let row = 0; row < places.length; row++) {
      const { step, part } = places[row], end = part === 0 ? step : step + 1
      for (let i = 0; i < n; i++) {
        const from = memory[states + step * n + i]
        const value = part === 0 ? from : from + (memory[states + end * n + i] - from) * part
        y[(k * places.length + row) * n + i] = end <= taken[k] ? value : NaN
      }
    }
  }
  parentPort.postMessage(null)
})
`

/** Doubles that threads share. */
const shared = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length))

function sharedCopy(rows: Float64Array): Float64Array {
  if (rows.buffer instanceof SharedArrayBuffer) return rows
  const copy = shared(rows.length)
  copy.set(rows)
  return copy
}

/**
 * Compiles a stochastic equation once and starts workers that each hold an instance. A trajectory is that of `compileStochastic` with its
 * seed, to the bit, however many workers there are.
 * @param parameters names of the constants in drift and diffusion.
 * @throws InputError if the noise is not of the kind the method needs.
 */
export function compileStochasticEnsemble(
  s: StochasticSystem, parameters: readonly string[], { method, workers = 2 }: { readonly method: StochasticMethod; readonly workers?: number },
): StochasticEnsemble {
  const [n, m, motions] = [s.states.length, parameters.length, s.diffusion[0]?.length ?? 0]
  const module = compileModule(wasmModule(optimized(walkProgram(s, parameters, method)), { fuses: fusesProducts() }))
  const data = { module, at: walkLayout(RESERVED, m), n, m, motions }
  const pool = Array.from({ length: Math.max(1, workers) }, () => new Pooled<null>(WORKER, data))
  const finest = finestLevel(n, motions)
  return {
    async batch({ count: all, y0, parameters: values = new Float64Array(0), t0 = 0, t1, level, kept = 0, at, seed }) {
      if (!(Number.isInteger(all) && all >= 0)) throw new InputError(`count = ${all}`, 'give a whole number')
      count('initial values', y0.length, all * n)
      count('parameters', values.length, all * m)
      finite('an initial value', y0, (k) => ofTrajectory(Math.floor(k / n)))
      finite('a parameter', values, (k) => ofTrajectory(Math.floor(k / m)))
      checkWalk(finest, { t0, t1, level, seed })
      checkWalk(finest, { t0, t1, level, seed: seed + Math.max(0, all - 1) })
      if (!(Number.isInteger(kept) && kept >= 0 && kept <= level)) throw new InputError(`kept = ${kept}`, `give a whole number from 0 to level = ${level}`)
      if (at !== undefined) checkTimes(at, t0, t1)
      const ends = Array.from({ length: 2 ** kept }, (_, part) => ({ step: (part + 1) * 2 ** (level - kept), part: 0 }))
      const places = at === undefined ? ends : walkPlaces({ at, level, span: [t0, t1] })
      const result = { taken: shared(all), last: shared(all * n), y: shared(all * places.length * n) }
      const message = {
        count: all, y0: sharedCopy(y0), parameters: sharedCopy(values), t0, t1, level, places, seed, next: new Int32Array(new SharedArrayBuffer(4)), ...result,
      }
      await Promise.all(pool.map((worker) => worker.send(message)))
      return result
    },
    async close() {
      await Promise.all(pool.map((worker) => worker.end()))
    },
  }
}

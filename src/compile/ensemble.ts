import { InputError } from '../errors.js'
import { type Batch, type BatchResult, BATCH_WORKER, SpareRows, batchResult, fillBatch, shareBatch } from './columns.js'
import { RESERVED } from './executable.js'
import type { GeneratedIntegrator } from './integrator/driver.js'
import { type Integration, prepareLane, readLane } from './lane.js'
import { generate } from './methods/choose.js'
import { DEFAULT_RTOL, type IntegrationOptions, ofTrajectory } from './options.js'
import { optimized } from './passes.js'
import { Pooled } from './pool.js'
import type { System } from './system.js'
import { compileModule, fusesProducts } from './wasm/engine.js'
import { pairable, wasmModule } from './wasm/module.js'

/**
 * What a worker runs: it keeps one instance of the module, gets the memory image of its trajectories and their arguments, and gives the
 * image back. Fixed text; the module is the only code that depends on the problem. Images change hands without being copied.
 */
const WORKER = `
import { parentPort, workerData } from 'node:worker_threads'
const { exports } = new WebAssembly.Instance(workerData.module)
const { reserved } = workerData
${BATCH_WORKER}
parentPort.on('message', ({ image, calls, batch }) => {
  if (batch !== undefined) {
    runBatch(batch, exports, reserved)
    return parentPort.postMessage(image)
  }
  const missing = image.length * 8 - exports.memory.buffer.byteLength
  if (missing > 0) exports.memory.grow(Math.ceil(missing / 65536))
  const memory = new Float64Array(exports.memory.buffer)
  memory.set(image.subarray(reserved), reserved)
  const paired = exports.integrate_pair === undefined ? 0 : calls.length - calls.length % 10
  for (let k = 0; k < paired; k += 10)
    exports.integrate_pair(calls[k], calls[k + 5], calls[k + 1], calls[k + 6], calls[k + 2], calls[k + 7], calls[k + 3], calls[k + 8],
      calls[k + 4], calls[k + 9])
  for (let k = paired; k < calls.length; k += 5) exports.integrate(calls[k], calls[k + 1], calls[k + 2], calls[k + 3], calls[k + 4])
  image.set(memory.subarray(reserved, image.length), reserved)
  parentPort.postMessage(image, [image.buffer])
})
`

/**
 * Trajectories that a worker gets at a time: fewer towards the end, so that all end together, but enough to be worth a message
 * (guided self-scheduling, Polychronopoulos and Kuck, IEEE Trans. Comput. 36 (1987) 1425).
 */
const chunk = (left: number, workers: number, grain: number): number => Math.min(left, 256, Math.max(grain, Math.ceil(left / (4 * workers))))

/** Many trajectories of one system, shared out over worker threads. */
export interface Ensemble {
  /**
   * Integrates all trajectories, each with its own values, tolerances, signals and step sizes; results in their order.
   * @throws InputError for input that no integration can start from (the promise rejects).
   */
  integrate(lanes: readonly IntegrationOptions[]): Promise<readonly Integration[]>
  /**
   * Integrates many trajectories with the same options from rows of values into rows of results. The workers share their memory, so that
   * this thread neither lays trajectories out nor reads them: the way for many short ones.
   * @throws InputError for input that no integration can start from (the promise rejects).
   */
  batch(batch: Batch): Promise<BatchResult>
  /** Ends the workers. */
  close(): Promise<void>
}

export interface EnsembleOptions {
  readonly method?: string
  /** Tolerance that a method of automatic order is generated for. */
  readonly rtol?: number
  /** Number of threads. */
  readonly workers?: number
  /** Whether two trajectories share a vector where the method allows it; the results are the same to rounding, without to the bit those of `compileSystem`. */
  readonly lanes?: boolean
  /** Trajectories that a worker gets at a time from `integrate` at least: few where each takes long. */
  readonly grain?: number
}

/** Trajectories behind each other in one memory image; a worker has it between `image` sent and received. */
interface Share {
  readonly image: Float64Array
  readonly calls: Int32Array
  readonly lanes: readonly ReturnType<typeof prepareLane>[]
}

/** @param first number of the first trajectory. @throws InputError for input that no integration can start from. */
function layOut(
  system: System, method: string, generated: GeneratedIntegrator, options: readonly IntegrationOptions[], first: number,
): Share {
  let end = RESERVED
  const lanes = options.map((o, k) => {
    try {
      const prepared = prepareLane(system, method, generated, o, end)
      end = prepared.lane.end
      return prepared
    } catch (fault) {
      throw fault instanceof InputError ? fault.at(ofTrajectory(first + k)) : fault
    }
  })
  const image = new Float64Array(end)
  const calls = new Int32Array(5 * lanes.length)
  for (const [k, { lane, write }] of lanes.entries()) {
    write(image)
    calls.set([lane.base, lane.times, lane.count, lane.out, lane.signals], 5 * k)
  }
  return { image, calls, lanes }
}

/**
 * Compiles a system once and starts workers that each hold an instance.
 * @throws InputError as `compileSystem`.
 */
export function compileEnsemble(
  system: System, { method = 'dopri5', rtol = DEFAULT_RTOL, workers = 2, lanes = true, grain = 16 }: EnsembleOptions = {},
): Ensemble {
  const generated = generate(system, method, lanes ? 'pairs' : 'wasm', rtol)
  const program = optimized(generated.program)
  const paired = lanes && pairable(program)
  const module = compileModule(wasmModule(program, { lanes: paired, fuses: !paired && fusesProducts() }))
  const pool = Array.from({ length: Math.max(1, workers) }, () => new Pooled<Float64Array>(WORKER, { module, reserved: RESERVED }))
  /** Memory for rows that no batch is using. */
  let spare: SpareRows | undefined
  return {
    async integrate(lanes) {
      const results: (readonly Integration[])[] = []
      let next = 0
      /**
       * Hands chunks to one worker until none is left. The next is laid out and sent before the last is waited for and read, so that the
       * worker always has one to go on with.
       */
      const serve = async (worker: Pooled<Float64Array>): Promise<void> => {
        let before: Promise<void> | undefined
        while (next < lanes.length) {
          const from = next
          next += chunk(lanes.length - from, pool.length, grain)
          const share = layOut(system, method, generated, lanes.slice(from, next), from)
          const place = results.push([]) - 1
          const running = worker.send({ image: share.image, calls: share.calls }, [share.image.buffer, share.calls.buffer]).then((memory) => {
            results[place] = share.lanes.map(({ lane, at }) => readLane(system, method, memory, lane, at))
          })
          await (before ?? Promise.resolve())
          before = running
        }
        await before
      }
      const served = await Promise.allSettled(pool.map(serve))
      for (const outcome of served) if (outcome.status === 'rejected') throw outcome.reason
      return results.flat()
    },
    async batch(batch) {
      const room = spare ?? new SpareRows()
      const shared = shareBatch(system, method, generated, batch, room)
      spare = undefined
      const helped = pool.map((worker) => worker.send({ batch: shared, image: new Float64Array(0) }))
      fillBatch(shared, batch)
      await Promise.all(helped)
      spare = room
      return batchResult(shared, batch)
    },
    async close() {
      await Promise.all(pool.map((worker) => worker.end()))
    },
  }
}

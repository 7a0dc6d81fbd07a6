import { Worker } from 'node:worker_threads'
import { RESERVED } from './executable.js'
import type { GeneratedIntegrator } from './integrator/driver.js'
import { type Integration, prepareLane, readLane } from './lane.js'
import { generate } from './methods/choose.js'
import { DEFAULT_RTOL, type IntegrationOptions } from './options.js'
import { optimized } from './passes.js'
import type { System } from './system.js'
import { pairable, wasmModule } from './wasm/module.js'

/**
 * What a worker runs: it keeps one instance of the module, gets the memory image of its trajectories and their arguments, and gives the
 * image back. Fixed text; the module is the only code that depends on the problem.
 */
const WORKER = `
import { parentPort, workerData } from 'node:worker_threads'
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(workerData))
parentPort.on('message', ({ image, first, calls }) => {
  const missing = (first + image.length) * 8 - exports.memory.buffer.byteLength
  if (missing > 0) exports.memory.grow(Math.ceil(missing / 65536))
  new Float64Array(exports.memory.buffer).set(image, first)
  const paired = exports.integrate_pair === undefined ? 0 : calls.length - calls.length % 2
  for (let k = 0; k < paired; k += 2) exports.integrate_pair(...calls[k].flatMap((p, i) => [p, calls[k + 1][i]]))
  for (const call of calls.slice(paired)) exports.integrate(...call)
  image.set(new Float64Array(exports.memory.buffer).subarray(first, first + image.length))
  parentPort.postMessage(image, [image.buffer])
})
`

/** Trajectories that a worker gets at a time. */
const CHUNK = 256

/** Many trajectories of one system, shared out over worker threads. */
export interface Ensemble {
  /**
   * Integrates all trajectories, each with its own values, tolerances, signals and step sizes; results in their order.
   * @throws InputError for input that no integration can start from (the promise rejects).
   */
  integrate(lanes: readonly IntegrationOptions[]): Promise<readonly Integration[]>
  /** Ends the workers. */
  close(): Promise<void>
}

export interface EnsembleOptions {
  readonly method?: string
  /** Tolerance that a method of automatic order is generated for. */
  readonly rtol?: number
  /** Number of threads. */
  readonly workers?: number
  /** Whether two trajectories share a vector where the method allows it; the results are the same. */
  readonly lanes?: boolean
}

interface Share {
  readonly image: Float64Array
  readonly lanes: readonly ReturnType<typeof prepareLane>[]
}

/** Lays trajectories out behind each other in one memory image. */
function layOut(system: System, method: string, generated: GeneratedIntegrator, options: readonly IntegrationOptions[]): Share {
  let end = RESERVED
  const lanes = options.map((o) => {
    const prepared = prepareLane(system, method, generated, o, end)
    end = prepared.lane.end
    return prepared
  })
  const image = new Float64Array(end)
  for (const { write } of lanes) write(image)
  return { image: image.slice(RESERVED), lanes }
}

function runOn(worker: Worker, { image, lanes }: Share): Promise<Float64Array> {
  const calls = lanes.map(({ lane }) => [lane.base, lane.times, lane.count, lane.out, lane.signals])
  return new Promise((resolve, reject) => {
    const done = (result: Float64Array): void => {
      worker.off('error', failed)
      resolve(result)
    }
    const failed = (fault: Error): void => {
      worker.off('message', done)
      reject(fault)
    }
    worker.once('message', done)
    worker.once('error', failed)
    worker.postMessage({ image, first: RESERVED, calls }, [])
  })
}

/**
 * Compiles a system once and starts workers that each hold an instance.
 * @throws InputError as `compileSystem`.
 */
export function compileEnsemble(
  system: System, { method = 'dopri5', rtol = DEFAULT_RTOL, workers = 2, lanes = true }: EnsembleOptions = {},
): Ensemble {
  const generated = generate(system, method, rtol)
  const program = optimized(generated.program)
  const bytes = wasmModule(program, lanes && pairable(program))
  const source = new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`)
  const pool = Array.from({ length: Math.max(1, workers) }, () => new Worker(source, { workerData: bytes }))
  return {
    async integrate(lanes) {
      const results: (readonly Integration[])[] = []
      let next = 0
      /** Hands chunks to one worker until none is left; the next is laid out when the worker is free, so no worker waits for another. */
      const serve = async (worker: Worker): Promise<void> => {
        while (next * CHUNK < lanes.length) {
          const mine = next
          next += 1
          const share = layOut(system, method, generated, lanes.slice(mine * CHUNK, (mine + 1) * CHUNK))
          const image = await runOn(worker, share)
          const memory = new Float64Array(RESERVED + image.length)
          memory.set(image, RESERVED)
          results[mine] = share.lanes.map(({ lane, at }) => readLane(system, method, memory, lane, at))
        }
      }
      await Promise.all(pool.map(serve))
      return results.flat()
    },
    async close() {
      await Promise.all(pool.map((worker) => worker.terminate()))
    },
  }
}

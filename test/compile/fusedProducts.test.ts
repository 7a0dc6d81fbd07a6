import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { fuseProducts } from '../../src/cli/fuseProducts.js'
import { RESERVED } from '../../src/compile/executable.js'
import { Graph } from '../../src/compile/graph.js'
import { type Program, i32, toMemory } from '../../src/compile/ir.js'
import { fusesProducts, instantiate } from '../../src/compile/wasm/engine.js'
import { wasmModule } from '../../src/compile/wasm/module.js'

/** z ← z + x·y, and z ← z − x·y behind it, on vectors of two. */
function program(): Program {
  const g = new Graph()
  const i = i32('i')
  const at = (k: number): ReturnType<Graph['load']> => g.load(g.read(i), RESERVED + 2 * k)
  const targets = ([[2, 'add'], [3, 'sub']] as const).map(([k, op]) =>
    [toMemory(g.read(i), RESERVED + 2 * k), g[op](at(k), g.mul(at(0), at(1)))] as const)
  return { routines: [{ name: 'f', parameters: [], body: [{ kind: 'each', counter: i, count: 2, targets }] }], exported: ['f'] }
}

fuseProducts()

const [x, y] = [1 + 2 ** -27, 1 + 2 ** -27]
/** x·y = 1 + 2^−26 + 2^−54, whose last term a product of its own loses. */
const MAIN = 1 + 2 ** -26
const VALUES = [x, x, y, y, -MAIN, 3, MAIN, 3]
const LOST = 2 ** -54

const inWorker = (bytes: Uint8Array): Promise<unknown> => new Promise((resolve, reject) => {
  const worker = new Worker(`
    const { parentPort, workerData: { bytes, values, start } } = require('node:worker_threads')
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
    new Float64Array(exports.memory.buffer).set(values, start)
    exports.f()
    parentPort.postMessage(Array.from(new Float64Array(exports.memory.buffer).subarray(start, start + values.length)))`,
  { eval: true, workerData: { bytes, values: VALUES, start: RESERVED } })
  worker.once('message', resolve)
  worker.once('error', reject)
})

describe('sums with products on pairs', () => {
  it.each([false, ...(fusesProducts() ? [true] : [])])('are right to rounding, in the process and in its threads (fused: %s)', async (fuses) => {
    const bytes = wasmModule(program(), { fuses })
    const instance = instantiate(bytes)
    const memory = instance.memory(RESERVED + VALUES.length)
    memory.set(VALUES, RESERVED)
    instance.entry('f')()
    const found = Array.from(memory.subarray(RESERVED, RESERVED + VALUES.length))
    const [difference = NaN, sum, opposite, least] = found.slice(4)
    expect([0, ...(fuses ? [LOST] : [])]).toContain(difference)
    expect(opposite).toBe(difference === 0 ? 0 : -LOST)
    expect([sum, least]).toEqual([3 + MAIN, 3 - MAIN])
    expect(await inWorker(bytes)).toEqual(found)
  })

  it('are fused by the command in every version of Node that is supported', () => {
    expect(fusesProducts()).toBe(true)
  })
})

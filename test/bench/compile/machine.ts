import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Contestant, type Sample, leastOf } from './contest.js'

/** Fixed text of a thread that does nothing but arithmetic in registers: no memory, no allocation, nothing shared. */
const THREAD = `
const { parentPort } = require('node:worker_threads')
parentPort.on('message', (rounds) => {
  let x = 1
  for (let i = 0; i < rounds; i++) x = x * 0.999999 + 1e-9
  parentPort.postMessage(x)
})`
const ROUNDS = 3e7

/** What two threads of this machine gain at the time of the benchmark, whatever they do. */
export interface MachineLimit {
  /** The same rounds on one thread and halved on two, measured in turn with the solvers. */
  readonly contestants: readonly Contestant[]
  ratio(samples: readonly Sample[]): number | undefined
  close(): Promise<void>
}

export function machineLimit(): MachineLimit {
  const threads = [1, 2].map(() => new Worker(THREAD, { eval: true }))
  const run = async (worker: Worker, rounds: number): Promise<void> => {
    worker.postMessage(rounds, [])
    await once(worker, 'message')
  }
  const on = (count: number) => async (): Promise<void> => {
    await Promise.all(threads.slice(0, count).map((thread) => run(thread, ROUNDS / count)))
  }
  const contestants = [1, 2].map((count): Contestant => ({
    peer: `threads ${count}`, version: '', tolerance: 0, by: 'process',
    prepare: on(count),
    async measure(seconds) {
      const [best] = await leastOf(seconds, on(count))
      return { seconds: best, error: NaN }
    },
  }))
  return {
    contestants,
    ratio(samples) {
      const [one, two] = contestants.map(({ peer }) => samples.find((s) => s.peer === peer)?.seconds)
      return one === undefined || two === undefined ? undefined : one / two
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.terminate()))
    },
  }
}

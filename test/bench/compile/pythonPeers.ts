import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { notInstalled } from './bench.js'
import type { Absent, Contestant, Measured } from './contest.js'

const message = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ peer: z.string(), absent: z.string() }),
  z.object({ id: z.number(), peer: z.string(), version: z.string(), tolerance: z.number() }),
  z.object({ id: z.number(), fault: z.string() }),
  z.object({ id: z.number(), seconds: z.number(), error: z.number() }),
])
type Message = z.infer<typeof message>

/** Peers that `peers.py` offers for a problem, and how to end it. */
export interface PythonPeers {
  readonly contestants: readonly Contestant[]
  readonly absent: readonly Absent[]
  close(): void
}

/** Seconds that an answer may take. */
const PATIENCE = 60

/** Lines of the process as messages, one at a time; rejects when it ends or is silent too long. */
function listen(child: ChildProcessWithoutNullStreams): (patience: number) => Promise<Message> {
  const queue: Message[] = []
  let waiting: { resolve(m: Message): void; reject(e: Error): void } | undefined
  let ended: Error | undefined
  let last = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (last = text.trim().split('\n').at(-1) || last))
  createInterface(child.stdout).on('line', (line) => {
    const found = message.parse(JSON.parse(line))
    if (waiting === undefined) queue.push(found)
    else waiting.resolve(found)
    waiting = undefined
  })
  const finish = (): void => {
    ended = new Error(`the peers' process ended${last === '' ? '' : `: ${last}`}`)
    waiting?.reject(ended)
  }
  child.on('close', finish).on('error', finish)
  child.stdin.on('error', finish)
  return (patience) => new Promise((resolve, reject) => {
    const next = queue.shift()
    if (next !== undefined) return resolve(next)
    if (ended !== undefined) return reject(ended)
    const timer = setTimeout(() => {
      child.kill()
      reject(new Error(`no answer in ${patience.toFixed(0)} s`))
    }, 1000 * patience)
    waiting = {
      resolve: (m) => (clearTimeout(timer), resolve(m)),
      reject: (e) => (clearTimeout(timer), reject(e)),
    }
  })
}

/**
 * Starts the Python peers of `install-peers.sh` on a problem.
 * @param problem as `peers.py` reads it, with its reference.
 */
export async function pythonPeers(
  peers: string, output: string, problem: Readonly<Record<string, unknown>> & { readonly kind: string },
): Promise<PythonPeers> {
  const python = join(peers, 'python', 'bin', 'python')
  const none = (reason: string): PythonPeers => ({ contestants: [], absent: [{ peer: 'Python peers', reason }], close: () => undefined })
  if (!existsSync(python)) return none(notInstalled(peers))
  const file = join(output, `${problem.kind}.json`)
  writeFileSync(file, JSON.stringify(problem))
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', JAX_PLATFORMS: 'cpu' }
  const child = spawn(python, [new URL('peers.py', import.meta.url).pathname, file], { env })
  const hear = listen(child)
  const ask = async (id: number, seconds: number, patience: number): Promise<Measured> => {
    child.stdin.write(`${id} ${seconds}\n`)
    const answer = await hear(patience)
    if ('seconds' in answer) return answer
    throw new Error('fault' in answer ? answer.fault : 'no measurement')
  }
  const contestants: Contestant[] = []
  const absent: Absent[] = []
  try {
    for (let said = await hear(PATIENCE); !('ready' in said); said = await hear(PATIENCE)) {
      if ('absent' in said) absent.push({ peer: said.peer, reason: said.absent })
      if (!('tolerance' in said)) continue
      const { id, peer, version, tolerance } = said
      contestants.push({
        peer, version, tolerance, by: 'python',
        prepare: async (seconds) => void (await ask(id, 0, seconds)),
        measure: (seconds) => ask(id, seconds, PATIENCE),
      })
    }
  } catch (fault) {
    absent.push({ peer: 'Python peers', reason: fault instanceof Error ? fault.message : String(fault) })
  }
  return { contestants, absent, close: () => void child.kill() }
}

import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { InputError } from '../errors.js'
import type { Tf } from '../network/layer.js'

/** What computes gradients: a TensorFlow.js backend in float32, or the project's own float64 loops. */
export const BACKENDS = ['tensorflow', 'wasm', 'cpu', 'float64'] as const
export type Backend = (typeof BACKENDS)[number]

/** A TensorFlow.js backend ready for use. */
export interface TensorBackend {
  readonly tf: Tf
  readonly name: Exclude<Backend, 'float64'>
}

/** Environment variable that chooses a backend where the caller leaves it open. */
export const BACKEND_VARIABLE = 'NOETHER_BACKEND'

/**
 * The backend that was asked for by option or else by environment variable; `auto` if by neither.
 * @throws InputError for a name that is none.
 */
export function requestedBackend(option?: string): Backend | 'auto' {
  const name = option ?? process.env[BACKEND_VARIABLE] ?? 'auto'
  const found = name === 'auto' ? name : BACKENDS.find((backend) => backend === name)
  if (found !== undefined) return found
  throw new InputError(`there is no backend '${name}'`, `choose one of auto, ${BACKENDS.join(', ')} (option or ${BACKEND_VARIABLE})`)
}

/**
 * Opens a TensorFlow.js backend; `auto` takes the first that works of tensorflow (needs `@tensorflow/tfjs-node`), wasm, cpu.
 * @throws InputError if the one asked for cannot be opened.
 */
export async function openBackend(requested: Exclude<Backend, 'float64'> | 'auto'): Promise<TensorBackend> {
  const candidates = requested === 'auto' ? (['tensorflow', 'wasm', 'cpu'] as const) : [requested]
  const reasons: string[] = []
  for (const name of candidates) {
    const reason = await withoutNoise(() => start(name))
    if (typeof reason !== 'string') return reason
    reasons.push(`${name}: ${reason}`)
  }
  throw new InputError(`no TensorFlow.js backend could be opened (${reasons.join('; ')})`, 'run `npm install`, or choose another backend')
}

/** The backend, or why there is none. In production mode TensorFlow.js neither warns nor repeats its checks of every argument. */
async function start(name: TensorBackend['name']): Promise<TensorBackend | string> {
  try {
    const tf = await import('@tensorflow/tfjs-core')
    tf.enableProdMode()
    if (name === 'tensorflow') await importOptional('@tensorflow/tfjs-node')
    else if (name === 'wasm') await loadWasm(tf)
    else await import('@tensorflow/tfjs-backend-cpu')
    if (!(await withoutListeners(() => tf.setBackend(name)))) return 'it does not start'
    await tf.ready()
    return { tf, name }
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error)
  }
}

/** One thread: sums are then always taken in the same order. */
async function loadWasm(tf: Tf): Promise<void> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm')
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  wasm.setWasmPaths(join(dirname(entry), sep))
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
}

const FATAL_EVENTS = ['uncaughtException', 'unhandledRejection'] as const

/**
 * Does `work` and takes away the process-wide listeners it adds: the WASM loader installs some that print its whole minified source
 * whenever any error of the program goes uncaught.
 */
async function withoutListeners<T>(work: () => Promise<T>): Promise<T> {
  const before = new Map(FATAL_EVENTS.map((event) => [event, new Set<unknown>(process.rawListeners(event))]))
  try {
    return await work()
  } finally {
    for (const event of FATAL_EVENTS)
      for (const listener of process.rawListeners(event))
        if (before.get(event)?.has(listener) !== true) process.removeListener(event, listener as (...values: unknown[]) => void)
  }
}

/** Loads a package that may not be installed, for its side effect; its name is a value, so that the compiler does not ask for its types. */
async function importOptional(name: string): Promise<void> {
  await import(name)
}

const silent = (): void => undefined

/** TensorFlow.js advertises and warns on the console while it loads. */
async function withoutNoise<T>(work: () => Promise<T>): Promise<T> {
  const { log, info, warn } = console
  Object.assign(console, { log: silent, info: silent, warn: silent })
  try {
    return await work()
  } finally {
    Object.assign(console, { log, info, warn })
  }
}

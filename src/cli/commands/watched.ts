import type { RunOptions } from '../engine.js'
import { phasedProgress } from '../format/progress.js'
import type { Terminal } from '../terminal.js'

/** Runs with a progress bar; the first Ctrl-C stops the training cleanly, a second one the program. */
export async function watched<Result>(
  terminal: Terminal,
  action: (callbacks: Pick<RunOptions, 'signal' | 'onBackend' | 'onProgress'>) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const progress = phasedProgress(terminal)
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
    progress.note('stopping: the run up to here is kept and validated; Ctrl-C again to quit at once')
  }
  process.on('SIGINT', interrupt)
  try {
    return await action({ signal: controller.signal, onBackend: (name) => progress.note(`backend: ${name}`), onProgress: progress.update })
  } finally {
    process.off('SIGINT', interrupt)
    progress.stop()
  }
}

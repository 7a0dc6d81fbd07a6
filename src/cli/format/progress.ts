import { type Progress, type ProgressDisplay, progressDisplay } from '../../training/progress.js'
import type { Terminal } from '../terminal.js'

export interface PhasedProgress {
  /** @param phase e.g. `training`, `order of accuracy, eta/2` */
  readonly update: (phase: string, progress: Progress) => void
  /** A line of its own, above the bar. */
  readonly note: (text: string) => void
  readonly stop: () => void
}

/** The display of a training run for each phase of a validation in turn, on stderr. */
export function phasedProgress(terminal: Terminal): PhasedProgress {
  let current: { readonly phase: string; readonly display: ProgressDisplay } | undefined
  const stop = (): void => {
    current?.display.stop()
    current = undefined
  }
  return {
    update: (phase, progress) => {
      if (current?.phase !== phase) {
        stop()
        terminal.note(phase)
        current = { phase, display: progressDisplay(terminal.noteStream) }
      }
      current.display.update(progress)
    },
    note: (text) => {
      stop()
      terminal.note(text)
    },
    stop,
  }
}

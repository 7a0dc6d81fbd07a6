import { type SingleBar } from 'cli-progress'
import cliProgress from 'cli-progress'
import type { Progress } from '../engine.js'
import type { Terminal } from '../terminal.js'

export interface ProgressLine {
  readonly update: (progress: Progress) => void
  /** A line of its own, above the bar. */
  readonly note: (text: string) => void
  readonly stop: () => void
}

/** A bar with rate and time left for each phase on an interactive terminal, one line a phase elsewhere. Both on stderr. */
export function progressLine(terminal: Terminal): ProgressLine {
  let phase: string | undefined
  let bar: SingleBar | undefined
  let started = 0
  const stop = (): void => {
    bar?.stop()
    bar = undefined
  }
  const begin = ({ phase: name, steps }: Progress): void => {
    stop()
    phase = name
    started = performance.now()
    if (!terminal.interactive) return terminal.note(`${name}: ${steps} steps`)
    bar = new cliProgress.SingleBar({ format: barFormat(terminal), hideCursor: true, clearOnComplete: true, barsize: 20, fps: 8, gracefulExit: false })
    bar.start(steps, 0, { phase: name, rate: '', loss: '' })
  }
  return {
    update: (progress) => {
      if (progress.phase !== phase) begin(progress)
      const seconds = (performance.now() - started) / 1000
      const rate = seconds > 0 ? `${Math.round(progress.step / seconds)}/s` : ''
      bar?.update(progress.step, { rate, loss: progress.loss === undefined ? '' : `loss ${progress.loss.toPrecision(3)}` })
    },
    note: (text) => {
      stop()
      phase = undefined
      terminal.note(text)
    },
    stop,
  }
}

/** The bar goes first where the line is short. */
const barFormat = ({ columns }: Terminal): string => (columns < 70 ? '{phase} {value}/{total} {eta_formatted}' : '{phase} {bar} {value}/{total} {rate} {eta_formatted} left {loss}')

import { Presets, SingleBar } from 'cli-progress'

/** How far a long work is. */
export interface Advance {
  /** Steps done, and steps wanted. */
  readonly step: number
  readonly steps: number
  /** Steps a second, in this session. */
  readonly rate: number
  readonly secondsLeft: number
}

/** How far a run is: its steps are updates. */
export interface Progress extends Advance {
  readonly loss: number
}

/** What a progress display needs of a stream. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
}

/** A display to hand to a run as `onProgress`; call `stop` when the run is over, however it ended. */
export interface ProgressDisplay {
  update(progress: Advance | Progress): void
  stop(): void
}

const duration = (seconds: number): string => (seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`)

/**
 * A bar on a terminal; elsewhere a plain line when the run starts to move and at each tenth of the way.
 * @param unit what a step is called.
 */
export function progressDisplay(stream: ProgressStream = process.stderr, unit = 'step'): ProgressDisplay {
  return stream.isTTY === true ? barDisplay(stream, unit) : lineDisplay(stream, unit)
}

const lossOf = (progress: Advance | Progress, separator: string): string => ('loss' in progress ? `${separator}loss ${progress.loss.toPrecision(3)}` : '')

function barDisplay(stream: NodeJS.WritableStream, unit: string): ProgressDisplay {
  const format = `{bar} {percentage}% | ${unit} {value}/{total}{loss} | {rate} ${unit}s/s | {left} left`
  const bar = new SingleBar({ stream, format, hideCursor: true, clearOnComplete: true, stopOnComplete: false }, Presets.shades_classic)
  let started = false
  return {
    update(progress) {
      const { step, steps, rate, secondsLeft } = progress
      const payload = { loss: lossOf(progress, ' | '), rate: rate.toFixed(0), left: duration(secondsLeft) }
      if (started) bar.update(step, payload)
      else bar.start(steps, step, payload)
      started = true
    },
    stop: () => bar.stop(),
  }
}

function lineDisplay(stream: NodeJS.WritableStream, unit: string): ProgressDisplay {
  let shown = -1
  return {
    update(progress) {
      const { step, steps, rate, secondsLeft } = progress
      const tenth = Math.floor((10 * step) / steps)
      if (tenth === shown) return
      shown = tenth
      stream.write(`${unit} ${step}/${steps}${lossOf(progress, ', ')}, ${rate.toFixed(0)} ${unit}s/s, ${duration(secondsLeft)} left\n`)
    },
    stop: () => undefined,
  }
}

import { Presets, SingleBar } from 'cli-progress'

/** How far a run is. */
export interface Progress {
  /** Updates done, and updates wanted. */
  readonly step: number
  readonly steps: number
  readonly loss: number
  /** Steps a second, in this session. */
  readonly rate: number
  readonly secondsLeft: number
}

/** What a progress display needs of a stream. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
}

/** A display to hand to a run as `onProgress`; call `stop` when the run is over, however it ended. */
export interface ProgressDisplay {
  update(progress: Progress): void
  stop(): void
}

const duration = (seconds: number): string => (seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`)

/** A bar on a terminal; elsewhere a plain line when the run starts to move and at each tenth of the way. */
export function progressDisplay(stream: ProgressStream = process.stderr): ProgressDisplay {
  return stream.isTTY === true ? barDisplay(stream) : lineDisplay(stream)
}

function barDisplay(stream: NodeJS.WritableStream): ProgressDisplay {
  const format = '{bar} {percentage}% | step {value}/{total} | loss {loss} | {rate} steps/s | {left} left'
  const bar = new SingleBar({ stream, format, hideCursor: true, clearOnComplete: true, stopOnComplete: false }, Presets.shades_classic)
  let started = false
  return {
    update({ step, steps, loss, rate, secondsLeft }) {
      const payload = { loss: loss.toPrecision(3), rate: rate.toFixed(0), left: duration(secondsLeft) }
      if (started) bar.update(step, payload)
      else bar.start(steps, step, payload)
      started = true
    },
    stop: () => bar.stop(),
  }
}

function lineDisplay(stream: NodeJS.WritableStream): ProgressDisplay {
  let shown = -1
  return {
    update({ step, steps, loss, rate, secondsLeft }) {
      const tenth = Math.floor((10 * step) / steps)
      if (tenth === shown) return
      shown = tenth
      stream.write(`step ${step}/${steps}, loss ${loss.toPrecision(3)}, ${rate.toFixed(0)} steps/s, ${duration(secondsLeft)} left\n`)
    },
    stop: () => undefined,
  }
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { InputError } from '../../src/errors.js'
import { openBackend, progressDisplay, requestedBackend } from '../../src/training/index.js'

const hasNodeBackend = existsSync(join(import.meta.dirname, '../../node_modules/@tensorflow/tfjs-node'))

const progress = (step: number) => ({ step, steps: 1000, loss: 1 / (1 + step), rate: 200, secondsLeft: (1000 - step) / 200 })

/** Everything written to a stream by a display that sees a whole run. */
function shown(isTTY: boolean): string {
  const stream = Object.assign(new PassThrough(), { isTTY, cursorTo: () => true, clearLine: () => true, moveCursor: () => true, columns: 120 })
  const display = progressDisplay(stream)
  for (let step = 1; step <= 1000; step++) display.update(progress(step))
  display.stop()
  return String(stream.read() ?? '')
}

describe('progress', () => {
  it('is a few plain lines where there is no terminal', () => {
    const text = shown(false)
    expect(text.split('\n').filter((line) => line !== '')).toHaveLength(11)
    expect(text).toContain('step 500/1000, loss 0.00200, 200 steps/s, 3 s left')
    expect(text).not.toContain('\u001b')
    expect(text).not.toContain('\r')
  })

  it('is a bar with rate and time left on a terminal', () => {
    expect(shown(true)).toMatch(/% \| step \d+\/1000 \| loss .* \| 200 steps\/s \| \d+ s left/)
  })
})

describe('the backend', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('is the option, else the environment variable, else automatic', () => {
    expect(requestedBackend()).toBe('auto')
    vi.stubEnv('NOETHER_BACKEND', 'cpu')
    expect(requestedBackend()).toBe('cpu')
    expect(requestedBackend('wasm')).toBe('wasm')
    vi.stubEnv('NOETHER_BACKEND', 'abacus')
    expect(() => requestedBackend()).toThrow(InputError)
    expect(() => requestedBackend()).toThrow(/no backend 'abacus' — choose one of auto, tensorflow, wasm, cpu, float64 .*NOETHER_BACKEND/)
  })

  it.skipIf(hasNodeBackend)('that was asked for and is not installed is an error, not a silent change', async () => {
    await expect(openBackend('tensorflow')).rejects.toThrow(/no TensorFlow\.js backend could be opened \(tensorflow: Cannot find package .*run `npm install`, or choose another/)
    await expect(openBackend('tensorflow')).rejects.toBeInstanceOf(InputError)
  })

  it('opens without a word on the console and without listeners left on the process', async () => {
    const lines = [vi.spyOn(console, 'log'), vi.spyOn(console, 'warn'), vi.spyOn(process.stderr, 'write')]
    const listeners = (): number => process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')
    const before = listeners()
    const opened = await openBackend('auto')
    expect(['tensorflow', 'wasm', 'cpu']).toContain(opened.name)
    opened.tf.tidy(() => opened.tf.matMul([[1]], [[2]]).dataSync())
    expect(lines.map((spy) => spy.mock.calls)).toEqual([[], [], []])
    expect(listeners()).toBe(before)
    vi.restoreAllMocks()
  })
})

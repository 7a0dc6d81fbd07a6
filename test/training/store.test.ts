import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { readRecording, train } from '../../src/training/index.js'
import { decodeFrames, encodeFrame } from '../../src/training/frames.js'
import { smallRun } from './setting.js'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'noether-recording-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const joined = (list: readonly Float64Array[]): Uint8Array => Uint8Array.from(list.flatMap((row) => Array.from(encodeFrame(row))))

describe('frames', () => {
  const rows = fc.array(fc.array(fc.double(), { minLength: 3, maxLength: 3 }).map((row) => Float64Array.from(row)), { maxLength: 8 })

  it('give back the rows, and after a cut at any byte all rows that lie before it whole', () => {
    fc.assert(
      fc.property(rows, fc.nat(400), (list, cut) => {
        const bytes = joined(list)
        expect(decodeFrames(bytes, 3)).toEqual(list)
        expect(decodeFrames(bytes.subarray(0, cut), 3)).toEqual(list.slice(0, Math.floor(cut / 32)))
      }),
    )
  })

  it('end before the first frame in which any byte was changed', () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, place, change) => {
        fc.pre(list.length > 0)
        const bytes = joined(list)
        const at = place % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ change
        expect(decodeFrames(bytes, 3)).toEqual(list.slice(0, Math.floor(at / 32)))
      }),
    )
  })

  it('carry the CRC-32 of their payload by long division by its polynomial, bit by bit', () => {
    fc.assert(
      fc.property(fc.float64Array({ maxLength: 8 }), (row) => {
        const frame = encodeFrame(row)
        let register = 0xffffffffn
        for (const byte of frame.subarray(8)) {
          register ^= BigInt(byte)
          for (let bit = 0; bit < 8; bit++) register = register & 1n ? (register >> 1n) ^ 0xedb88320n : register >> 1n
        }
        expect(BigInt(new DataView(frame.buffer).getUint32(4, true))).toBe(register ^ 0xffffffffn)
      }),
    )
  })
})

describe('a recording on disk', () => {
  it('reads back as what the run returned', async () => {
    const run = await train(smallRun({ directory }))
    const read = readRecording(directory)
    expect({ ...read, network: read.network.spec }).toEqual({ ...run, network: run.network.spec })
  })

  it('survives SIGKILL and is resumed to the bits of a run that nobody disturbed', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'killed.ts'), directory], { stdio: ['ignore', 'pipe', 'inherit'] })
    // Past the first checkpoints, at whatever point the next step happens to be.
    for await (const report of child.stdout) if (Number(String(report).trim().split('\n').at(-1)) > 120) break
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    const killed = readRecording(directory)
    expect(killed.partial).toBe(true)
    expect(killed.steps).toBeGreaterThan(0)
    expect(killed.parametersStep).toBeGreaterThan(0)
    const steps = killed.steps + 40
    const undisturbed = await train(smallRun({ steps }))
    expect(killed.loss).toEqual(undisturbed.loss.slice(0, killed.steps))
    const resumed = await train(smallRun({ steps, directory, existing: 'resume' }))
    expect(resumed.parameters).toEqual(undisturbed.parameters)
    expect(resumed.loss).toEqual(undisturbed.loss)
    expect(resumed.columns).toEqual(undisturbed.columns)
  })

  it('is resumed from its last checkpoint wherever the files were torn', async () => {
    const whole = await train(smallRun({ directory, checkpointEvery: 20 }))
    const [log, checkpoint] = [join(directory, 'steps.bin'), join(directory, 'checkpoint.bin')]
    const [bytes, state] = [readFileSync(log), readFileSync(checkpoint)]
    for (const [kept, keptState] of [[bytes.length - 1, state.length], [0, state.length], [1000, state.length - 3], [bytes.length, 0]] as const) {
      truncateSync(log, kept)
      writeFileSync(checkpoint, state.subarray(0, keptState))
      expect(readRecording(directory).steps).toBe(Math.floor(kept / (bytes.length / whole.steps)))
      const resumed = await train(smallRun({ directory, existing: 'resume' }))
      expect(resumed.parameters).toEqual(whole.parameters)
      expect(readFileSync(log)).toEqual(bytes)
    }
  })

  it('is continued beyond its planned end on request, and is complete without further steps otherwise', async () => {
    await train(smallRun({ directory, steps: 30 }))
    const longer = await train(smallRun({ directory, steps: 50, existing: 'resume' }))
    expect(longer.parameters).toEqual((await train(smallRun({ steps: 50 }))).parameters)
    const again = await train(smallRun({ directory, steps: 50, existing: 'resume' }))
    expect(again.loss).toEqual(longer.loss)
    await expect(train(smallRun({ directory, steps: 20, existing: 'resume' }))).rejects.toThrow(/50 steps already/)
  })

  it('is not overwritten, nor continued by another run, unless that is asked for', async () => {
    await train(smallRun({ directory }))
    await expect(train(smallRun({ directory }))).rejects.toThrow(/there is a recording already — resume it, replace it/)
    await expect(train(smallRun({ directory, seed: 9, existing: 'resume' }))).rejects.toThrow(/of another run/)
    const replaced = await train(smallRun({ directory, seed: 9, existing: 'replace' }))
    expect(readRecording(directory).loss).toEqual(replaced.loss)
  })

  it('keeps every step before the disk was full, says so in one line, and goes on when there is room again', async () => {
    const whole = await train(smallRun())
    for (const room of [3_000, 20_000, 47_123]) {
      let left = room
      const write = (file: number, bytes: Uint8Array, offset: number, length: number): number => {
        if (left === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
        const part = Math.min(left, length)
        left -= part
        return writeSync(file, bytes, offset, part)
      }
      const run = train(smallRun({ directory, write, checkpointEvery: 7, existing: 'replace' }))
      await expect(run).rejects.toBeInstanceOf(InputError)
      await expect(run).rejects.toThrow(/^[^\n]*the disk is full — free some space, then resume[^\n]*$/)
      if (!existsSync(join(directory, 'header.json'))) continue
      const kept = readRecording(directory)
      expect(kept.loss).toEqual(whole.loss.slice(0, kept.steps))
      const resumed = await train(smallRun({ directory, existing: 'resume' }))
      expect(resumed.parameters).toEqual(whole.parameters)
      expect(resumed.columns).toEqual(whole.columns)
    }
  })

  it.runIf(existsSync('/dev/full'))('meets a really full device with the same error', async () => {
    symlinkSync('/dev/full', join(directory, 'steps.bin'))
    await expect(train(smallRun({ directory }))).rejects.toThrow(/the disk is full/)
  })

  it('keeps the steps before the loss ceased to be a number', async () => {
    const hyperparameters = { eta: 1e30, beta: 0.9, lambda: 0 }
    await expect(train(smallRun({ directory, hyperparameters }))).rejects.toThrow(/not finite at step (\d+)/)
    const kept = readRecording(directory)
    expect(kept.partial).toBe(true)
    expect(kept.loss.every(Number.isFinite)).toBe(true)
  })

  it('reports files that are none of ours, and directories that cannot be made', async () => {
    expect(() => readRecording(join(directory, 'nowhere'))).toThrow(/no such file or directory/)
    writeFileSync(join(directory, 'header.json'), '{"format": ')
    expect(() => readRecording(directory)).toThrow(InputError)
    writeFileSync(join(directory, 'header.json'), '{"format": "noether-recording-0"}')
    expect(() => readRecording(directory)).toThrow(/noether-recording-1/)
    writeFileSync(join(directory, 'file'), '')
    await expect(train(smallRun({ directory: join(directory, 'file', 'below') }))).rejects.toThrow(/not a directory/)
    mkdirSync(join(directory, 'other', 'steps.bin'), { recursive: true })
    await expect(train(smallRun({ directory: join(directory, 'other') }))).rejects.toThrow(/a directory in place of a file/)
  })
})

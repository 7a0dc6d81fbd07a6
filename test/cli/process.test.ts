import { spawn, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const binary = 'src/cli/noether.mjs'

describe('the process', () => {
  it('ends quietly when its reader has seen enough', async () => {
    const child = spawn(process.execPath, [binary, 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] })
    const errors: string[] = []
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect([code, errors.join('')]).toEqual([0, ''])
  })

  it('keeps stdout for the document and stderr for the error', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [binary, 'lst', '--json'], { encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.trimEnd()).toMatch(/^noether: [^\n]*list[^\n]*$/)
  })

  it('derives with settings that this V8 knows: an unknown one would be told on stderr', () => {
    const { status, stderr } = spawnSync(process.execPath, [binary, 'derive', 'translation-sgd-decay'], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })

  it('writes no colours where there is no terminal or NO_COLOR is set, and colours where they are forced', () => {
    const outputWith = (environment: Record<string, string>): string => {
      const { FORCE_COLOR: _force, NO_COLOR: _none, ...rest } = process.env
      return spawnSync(process.execPath, [binary, 'list'], { encoding: 'utf8', env: { ...rest, ...environment } }).stdout
    }
    const escape = String.fromCodePoint(27)
    expect(outputWith({})).not.toContain(escape)
    expect(outputWith({ FORCE_COLOR: '1' })).toContain(escape)
    expect(outputWith({ FORCE_COLOR: '1', NO_COLOR: '1' })).not.toContain(escape)
  })
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { emitSystem } from '../../src/compile/emit.js'
import type { System } from '../../src/compile/system.js'

/** The Python of these tests: where NumPy and JAX are installed apart, an environment variable names it. */
const PYTHON = process.env['NOETHER_PYTHON'] ?? 'python3'
const lacks = (module: string): boolean => spawnSync(PYTHON, ['-c', `import ${module}`]).status !== 0
export const WITHOUT = { numpy: lacks('numpy'), jax: lacks('jax') }
/** What a test that is skipped says in its name. */
export const skipped = (module: keyof typeof WITHOUT): string => (WITHOUT[module] ? ` (skipped: ${PYTHON} has no ${module})` : '')

/** A folder of emitted modules for the tests of a file, and scripts run there. */
export function pythonFolder(): {
  readonly emit: (name: string, system: System, target: 'python' | 'jax', method: string) => void
  readonly run: (script: string) => unknown
} {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'noether-python-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })
  return {
    emit: (name, system, target, method) => writeFileSync(join(folder, `${name}.py`), emitSystem(system, { target, method }).content),
    /** What a script prints, as JSON. */
    run(script) {
      const env = { ...process.env, JAX_PLATFORMS: 'cpu' }
      const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', script], { cwd: folder, encoding: 'utf8', env })
      expect(stderr).toBe('')
      expect(status).toBe(0)
      return JSON.parse(stdout)
    },
  }
}

export const numbers = (value: unknown): readonly number[] => (Array.isArray(value) ? value.flatMap(numbers) : [Number(value)])

/** The largest distance of two lists; NaN if they are not of one length. The same steps of the same stages differ by rounding only. */
export const furthest = (found: readonly number[], reference: readonly number[]): number =>
  found.length === reference.length ? found.reduce((most, v, i) => Math.max(most, Math.abs(v - (reference[i] ?? NaN))), 0) : NaN

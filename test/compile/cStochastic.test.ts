import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brownianPath } from '../../src/compile/brownian.js'
import { emitProblem } from '../../src/compile/emitProblem.js'
import { parseOde } from '../../src/compile/odeFile.js'
import { compileStochastic, stochasticMethod, stochasticSystem } from '../../src/compile/stochastic.js'
import { InputError } from '../../src/errors.js'
import { noisy as problem } from './noisy.js'

const METHODS = ['euler-maruyama', 'milstein', 'taylor-1.5']
const [LEVEL, SEED] = [6, 4_000_000_007]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'noether-noise-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function run(content: string | Uint8Array, main: string): readonly (readonly number[])[] {
  writeFileSync(join(folder, 'main.c'), `#include <stdio.h>\n${content}\nint main(void) {\n${main}\n  return 0;\n}\n`)
  const flags = ['-O3', '-Wall', '-Wextra', '-Werror']
  const { stderr } = spawnSync('cc', [...flags, '-o', 'main', 'main.c', '-lm'], { cwd: folder, encoding: 'utf8' })
  expect(stderr).toBe('')
  const { stdout } = spawnSync('./main', [], { cwd: folder, encoding: 'utf8' })
  return stdout.trim().split('\n').map((line) => line.trim().split(' ').map(Number))
}

function near(found: readonly number[], expected: ArrayLike<number>): void {
  expect(found).toHaveLength(expected.length)
  for (const [k, v] of Array.from(expected).entries()) expect(Math.abs((found[k] ?? NaN) - v)).toBeLessThan(1e-13 * (1 + Math.abs(v)))
}

describe.skipIf(spawnSync('cc', ['--version']).status !== 0)('a stochastic equation as C', () => {
  it.each(METHODS)('%s has the trajectory of WebAssembly along the path of the same seed', (method) => {
    const s = stochasticSystem(problem)
    const { y } = compileStochastic(s, ['a', 's'], { method: stochasticMethod(s, method) })
      .run({ y0: problem.y0, parameters: problem.parameters, t0: 0.25, t1: 2.25, level: LEVEL, seed: SEED })
    const steps = 2 ** LEVEL
    const [[work = NaN, taken] = [], ...rows] = run(emitProblem(problem, { target: 'c', method }).content, `
  static double path[${2 * (steps + 1)}], work[1000];
  const double start[] = {0.5, 1}, p[] = {0.7, 0.3};
  const int32_t taken = noether_walk_path(0.25, 2.25, start, p, UINT32_C(${SEED}), ${LEVEL}, path, work);
  printf("%d %d\\n", (int)noether_walk_work(${LEVEL}), (int)taken);
  for (int k = 0; k <= taken; k++) printf("%.17g %.17g\\n", path[2 * k], path[2 * k + 1]);`)
    expect(work).toBeLessThanOrEqual(1000)
    expect(taken).toBe(steps)
    for (const i of [0, 1]) near(rows.map((row) => row[i] ?? NaN), y[i] ?? [])
  })

  it('brings the Brownian path, stops where a state is not finite, and refuses what it cannot walk', () => {
    const wild = parseOde('states: { x: "x^3" }\ninitial: { x: 10 }\nspan: [0, 1]\nnoise: { x: 1 }\nmethod: euler-maruyama\n', 'wild.yaml')
    const { dW, dZ } = brownianPath(7, 2, 3, 5)
    const s = stochasticSystem(wild)
    const { t } = compileStochastic(s, [], { method: stochasticMethod(s, 'euler-maruyama') }).run({ y0: [10], t1: 1, level: 5, seed: 1 })
    const [w = [], z = [], [taken, backward, deep] = []] = run(emitProblem(wild, { target: 'c' }).content, `
  static double w[32], z[32], path[33], work[1000];
  const double start[] = {10};
  noether_brownian_path(7, 2, 3, 5, w, z);
  for (int k = 0; k < 32; k++) printf(" %.17g", w[k]);
  printf("\\n");
  for (int k = 0; k < 32; k++) printf(" %.17g", z[k]);
  printf("\\n%d", (int)noether_walk_path(0, 1, start, NULL, 1, 5, path, work));
  printf(" %d", (int)noether_walk_path(1, 0, start, NULL, 1, 5, path, work));
  printf(" %d\\n", (int)noether_walk_path(0, 1, start, NULL, 1, 25, path, work));`)
    near(w, dW)
    near(z, dZ)
    expect(t.length - 1).toBeLessThan(32)
    expect([taken, backward, deep]).toEqual([t.length - 1, -1, -1])
  })
})

describe('code for an ODE file', () => {
  it('with noise is by the most accurate method unless another is named; unknown targets and other methods are refused', () => {
    expect(emitProblem(problem, { target: 'c' }).method).toBe('taylor-1.5')
    expect(() => emitProblem(problem, { target: 'fortran' })).toThrow(InputError)
    expect(() => emitProblem(problem, { target: 'c', method: 'vern9' })).toThrow(InputError)
  })

  it('without noise is by an explicit method of its tolerance, with its events', () => {
    const text = 'states: { x: v, v: -x }\ninitial: { x: 1, v: 0 }\nspan: [0, 9]\nevents: [{ name: top, zero: v, direction: falling }]\n'
    const { method, content } = emitProblem(parseOde(text, 'oscillator.yaml'), { target: 'c' })
    expect(method).toBe('vern9')
    expect(`${content}`).toContain('events: top.')
  })
})

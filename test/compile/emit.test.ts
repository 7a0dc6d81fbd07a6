import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { EMIT_TARGETS, emitSystem } from '../../src/compile/emit.js'
import { emitStochastic } from '../../src/compile/emitStochastic.js'
import { MILSTEIN, type StochasticSystem } from '../../src/compile/methods/stochastic.js'
import { compileStochastic } from '../../src/compile/stochastic.js'
import { type System, compileSystem } from '../../src/compile/system.js'
import { InputError } from '../../src/errors.js'

const pendulum: System = { states: ['x', 'v'], parameters: ['w'], rhs: [readExpr('v'), readExpr('-w^2*sin(x) - exp(-t)*v')] }
const driven: System = { states: ['q'], parameters: ['a'], signals: { names: ['u'], shape: 'linear' }, rhs: [readExpr('a*(u - q)')] }
const well: StochasticSystem = {
  states: ['x', 'y'], time: 't', drift: [readExpr('a*x - x^3'), readExpr('x - y')], diffusion: [[readExpr('x/2')], [readExpr('0')]],
}
const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0
const reference = compileSystem(pendulum, { method: 'tsit5' })
  .integrate({ y0: [1, 0], parameters: [2], t1: 5, at: [1, 2.5, 5], rtol: 1e-10, atol: 1e-12 })

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'noether-emit-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, [...args], { cwd: folder, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
}

const MAIN = (calls: string): string => `#include <stdio.h>\n#include "system.c"\nint main(void) {\n${calls}\n  return 0;\n}\n`

describe.skipIf(!has('cc'))('the C file', () => {
  const compileAndRun = (system: System, method: string, calls: string): readonly number[] => {
    writeFileSync(join(folder, 'system.c'), emitSystem(system, { target: 'c', method }).content)
    writeFileSync(join(folder, 'main.c'), MAIN(calls))
    run('cc', ['-O3', '-Wall', '-Wextra', '-Werror', '-o', 'main', 'main.c', '-lm'])
    return run('./main', []).trim().split(/\s+/).map(Number)
  }

  it('compiles without a warning and integrates as WebAssembly does', () => {
    const found = compileAndRun(pendulum, 'tsit5', `
  const noether_options options = { .t0 = 0, .t1 = 5, .rtol = 1e-10 };
  const double y0[] = {1, 0}, p[] = {2}, atol[] = {1e-12, 1e-12}, times[] = {1, 2.5, 5};
  static double out[6], end[2], error[2], work[10000];
  noether_result result;
  if (noether_work(3, 0) > 10000 || noether_states() != 2 || noether_parameters() != 1) return 1;
  const int32_t status = noether_integrate(&options, y0, p, atol, NULL, 3, times, out, end, error, &result, work);
  printf("%d %.0f", (int)status, result.accepted);
  for (int i = 0; i < 6; i++) printf(" %.17g", out[i]);`)
    expect(found[0]).toBe(1)
    expect(Math.abs((found[1] ?? 0) - reference.statistics.accepted)).toBeLessThanOrEqual(1)
    for (let k = 0; k < 3; k += 1)
      for (const i of [0, 1])
        expect(Math.abs((found[2 + 2 * k + i] ?? NaN) - (reference.y[i]?.[k] ?? NaN))).toBeLessThan(1e-12)
  })

  /** What the example of a file's head prints, run as it stands there. */
  const printed = (content: string | Uint8Array): string => {
    const text = /^\/\*\nFrom Python.*?:\n\n(.*?)\n\*\//ms.exec(`${content}`)?.[1] ?? ''
    writeFileSync(join(folder, 'integrator.c'), content)
    writeFileSync(join(folder, 'example.py'), text)
    return run('python3', ['example.py'])
  }
  /** The message, then rows. */
  const example = (content: string | Uint8Array): readonly (readonly string[])[] =>
    printed(content).trim().split('\n').map((line) => line.split(' '))
  const bouncing: System = {
    ...pendulum, events: [{ name: 'swing', zero: readExpr('v - 3/4'), direction: 'falling', terminal: false }, { name: 'still', zero: readExpr('v - 1/2'), direction: 'any', terminal: true }],
  }

  it.skipIf(!has('python3')).each([['a system', pendulum, 1, 0], ['one with events', bouncing, 1, 3], ['one with signals', driven, 2, 0]] as const)(
    'the example for ctypes in its head runs as it stands: %s', (_, system, signals, samples) => {
      const ones = system.states.map(() => 1)
      const expected = compileSystem(system, { method: 'tsit5' }).integrate({
        y0: ones, parameters: [1], t1: 1, at: [0.5, 1], rtol: 1e-9, atol: 1e-12,
        ...(signals === 2 ? { signals: { origin: 0, spacing: 0.5, values: [[1, 1, 1]] } } : {}),
      })
      const [message, ...rows] = example(emitSystem(system, { target: 'c', method: 'tsit5' }).content)
      expect(message?.join(' ')).toBe(expected.status === 'event' ? 'a terminal event ended the integration' : 'the end of the time span is reached')
      const wanted = [
        ...Array.from(expected.t, (t, k) => [t, ...expected.y.map((row) => row[k] ?? NaN)]), ...expected.events.map(({ name, t, y }) => [name, t, ...y]),
      ]
      expect(expected.events).toHaveLength(samples > 0 ? 2 : 0)
      expect(rows.map((row) => row.length)).toEqual(wanted.map((row) => row.length))
      const isNear = (found: string | undefined, v: string | number): boolean =>
        (typeof v === 'string' ? found === v : Math.abs(Number(found) - v) < 1e-11)
      for (const [k, row] of wanted.entries()) for (const [i, v] of row.entries()) expect(isNear(rows[k]?.[i], v)).toBe(true)
    })

  it.skipIf(!has('python3'))('names of events that end comments or lines end none', async () => {
    const names = ['a */ b', 'c /* d', 'e\nglobalThis.e = 1\n', 'f\u2028globalThis.f = 1', '"g"\\', 'h\u202E', '*/*', `'${'"'.repeat(3)}`]
    const events = names.map((name, i) => ({ name, zero: readExpr(`x - ${i + 1}/10`), direction: 'falling' as const, terminal: false }))
    const system: System = { states: ['x'], rhs: [readExpr('-3*x')], events }
    const text = printed(emitSystem(system, { target: 'c' }).content)
    for (const name of names) expect(text).toContain(`${name} `)
    const { stderr } = spawnSync('cc', ['-Wall', '-Wextra', '-Werror', '-c', 'integrator.c'], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    const file = join(folder, 'wicked.mjs')
    writeFileSync(file, emitSystem(system, { target: 'js' }).content)
    expect(Object.keys(await import(/* @vite-ignore */ file))).toEqual(['integrate'])
    expect(['e', 'f'].filter((name) => name in globalThis)).toEqual([])
  })

  it.skipIf(!has('python3'))('the example for ctypes of an equation with noise runs as it stands', () => {
    const { y, t } = compileStochastic(well, ['a'], { method: MILSTEIN }).run({ y0: [1, 1], parameters: [1], t1: 1, level: 10, seed: 1 })
    const rows = example(emitStochastic(well, ['a'], MILSTEIN, 'c').content)
    expect(rows).toHaveLength(1025)
    for (const k of [0, 1, 512, 1024])
      for (const [i, v] of [t[k], y[0]?.[k], y[1]?.[k]].entries()) expect(Math.abs(Number(rows[k]?.[i]) - (v ?? NaN))).toBeLessThan(1e-12)
  })

  it('takes recorded signals', () => {
    const signals = { origin: 0, spacing: 0.5, values: [[0, 1, -1, 2, 0]] }
    const expected = compileSystem(driven).integrate({ y0: [1], parameters: [3], t1: 2, rtol: 1e-11, signals })
    const [status, value] = compileAndRun(driven, 'dopri5', `
  const noether_options options = { .t0 = 0, .t1 = 2, .rtol = 1e-11, .origin = 0, .spacing = 0.5, .intervals = 4, .samples = 5 };
  const double y0[] = {1}, p[] = {3}, atol[] = {1e-12}, times[] = {2}, u[] = {0, 1, -1, 2, 0};
  static double out[1], end[1], error[1], work[10000];
  noether_result result;
  printf("%d", (int)noether_integrate(&options, y0, p, atol, u, 1, times, out, end, error, &result, work));
  printf(" %.17g", out[0]);`)
    expect(status).toBe(1)
    expect(value).toBeCloseTo(expected.y[0]?.[0] ?? NaN, 12)
  })
})

describe('other files', () => {
  it('JavaScript is a module that integrates', async () => {
    const file = join(folder, 'system.mjs')
    writeFileSync(file, emitSystem(pendulum, { target: 'js', method: 'tsit5' }).content)
    const module: unknown = await import(pathToFileURL(file).href)
    expect(module).toHaveProperty('integrate')
  })

  it('WebAssembly begins with its magic number and is small', () => {
    const { content } = emitSystem(pendulum, { target: 'wasm' })
    expect(content.slice(0, 4)).toEqual(Uint8Array.of(0, 0x61, 0x73, 0x6d))
    expect(content.length).toBeLessThan(20_000)
  })

  it('Python and JAX share one right-hand side, and unknown targets are refused', () => {
    const body = (target: string): string => `${emitSystem(pendulum, { target }).content}`.split('def rhs')[1]?.split('[:-1])')[0] ?? ''
    expect(body('python')).toBe(body('jax'))
    expect(body('python')).toContain('np.sin(y[0])')
    expect(() => emitSystem(pendulum, { target: 'fortran' })).toThrow(InputError)
    expect(EMIT_TARGETS).toContain('c')
  })
})

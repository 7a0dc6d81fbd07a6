import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brownianPath } from '../../src/compile/brownian.js'
import { emitProblem } from '../../src/compile/emitProblem.js'
import { RESERVED } from '../../src/compile/executable.js'
import { parseOde } from '../../src/compile/odeFile.js'
import { type StochasticRun, compileStochastic, stochasticMethod, stochasticSystem } from '../../src/compile/stochastic.js'
import { instantiate } from '../../src/compile/wasm/engine.js'
import { noisy as problem } from './noisy.js'

/** One motion that drives two states, and one of its own. */
const shared = parseOde(`
states: { x: "-x", y: "x - y" }
initial: { x: 1, y: 0 }
span: [0, 1]
noise: { x: [0.3, 0], y: [0.1, 0.4] }
`, 'shared.yaml')
const wild = parseOde('states: { x: "x^3" }\ninitial: { x: 10 }\nspan: [0, 1]\nnoise: { x: 1 }\nmethod: euler-maruyama\n', 'wild.yaml')
const METHODS = ['euler-maruyama', 'milstein', 'taylor-1.5']
const CASES = [
  ...METHODS.map((method) => ({ file: problem, method })), { file: shared, method: 'taylor-1.5' }, { file: wild, method: 'euler-maruyama' },
]
const [LEVEL, SEED] = [6, 4_000_000_007]
const PYTHON = process.env['NOETHER_PYTHON'] ?? 'python3'
const lacks = (module: string): boolean => spawnSync(PYTHON, ['-c', `import ${module}`]).status !== 0

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'noether-walk-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

type Case = (typeof CASES)[number]
function inProcess({ file, method }: Case, target: 'js' | 'wasm'): StochasticRun {
  const s = stochasticSystem(file)
  return compileStochastic(s, file.system.parameters ?? [], { method: stochasticMethod(s, method), target })
    .run({ y0: file.y0, parameters: file.parameters, t0: file.span[0], t1: file.span[1], level: LEVEL, seed: SEED })
}
const rows = ({ t, y }: StochasticRun): readonly number[] => Array.from(t, (_, k) => y.map((state) => state[k] ?? NaN)).flat()

describe.each(CASES)('$method for a stochastic equation', ({ file, method }) => {
  it('as JavaScript takes the steps of the process along the path of the same seed, to the bit', async () => {
    const name = join(folder, `${method}${file.system.states.length}${file.parameters.length}.mjs`)
    writeFileSync(name, emitProblem(file, { target: 'js', method }).content)
    const module: {
      walkPath(options: object): { readonly taken: number; readonly path: Float64Array }
      brownianPath: typeof brownianPath
    } = await import(pathToFileURL(name).href)
    const expected = inProcess({ file, method }, 'js')
    const options = { t0: file.span[0], t1: file.span[1], y0: file.y0, parameters: file.parameters, seed: SEED, level: LEVEL }
    const { taken, path } = module.walkPath(options)
    expect(taken).toBe(expected.t.length - 1)
    expect(Array.from(path)).toEqual(rows(expected))
    expect(module.brownianPath(7, 2, 3, 5)).toEqual(brownianPath(7, 2, 3, 5))
    for (const wrong of [{ level: 25 }, { t1: file.span[0] }, { y0: [] }])
      expect(() => module.walkPath({ ...options, ...wrong })).toThrow(RangeError)
  })

  it('as WebAssembly takes them with the increments of its caller', () => {
    const { content } = emitProblem(file, { target: 'wasm', method })
    if (typeof content === 'string') throw new TypeError('text')
    const { entry, memory } = instantiate(Uint8Array.from(content))
    const [steps, m, n] = [2 ** LEVEL, file.parameters.length, file.y0.length]
    const expected = inProcess({ file, method }, 'wasm')
    const increments = RESERVED + 2 + m
    const states = increments + 2 * expected.increments.length * steps
    const doubles = memory(states + n * (steps + 1))
    doubles.set([file.span[0], (file.span[1] - file.span[0]) / steps, ...file.parameters], RESERVED)
    doubles.set(expected.increments.flatMap(({ dW, dZ }) => [...dW, ...dZ]), increments)
    doubles.set(file.y0, states)
    const taken = entry('walk')(steps)
    expect(taken).toBe(expected.t.length - 1)
    expect(Array.from(doubles.subarray(states, states + n * (taken + 1)))).toEqual(rows(expected))
  })
})

// XLA takes long to compile one: two have to do.
const FOR_JAX = CASES.filter(({ file, method }) => file === wild || (file === problem && method === 'taylor-1.5'))
const TEXTS = [{ target: 'python', module: 'numpy', cases: CASES }, { target: 'jax', module: 'jax', cases: FOR_JAX }]
for (const { target, module, cases } of TEXTS) it.skipIf(lacks(module))(`the ${target} texts follow the paths of the process`, () => {
  const tried = cases.map((one, k) => ({ ...one, name: `walk_${target}_${k}` }))
  for (const { file, method, name } of tried) writeFileSync(join(folder, `${name}.py`), emitProblem(file, { target, method }).content)
  const calls = tried.map(({ file, name }) => `show(__import__("${name}").walk_path(` +
    `${JSON.stringify(file.y0)}, ${file.span.join(', ')}, ${JSON.stringify(file.parameters)}, ${SEED}, ${LEVEL}))`)
  const script = `import json
show = lambda r: [int(r[0]), *(float(v) for v in r[1][: int(r[0]) + 1].ravel())]
print(json.dumps([${calls.join(', ')}]))`
  const env = { ...process.env, JAX_PLATFORMS: 'cpu' }
  const { stdout, stderr } = spawnSync(PYTHON, ['-c', script], { cwd: folder, encoding: 'utf8', env })
  expect(stderr).toBe('')
  const found: unknown = JSON.parse(stdout)
  if (!Array.isArray(found)) throw new TypeError('no list')
  for (const [k, one] of tried.entries()) {
    const expected = inProcess(one, 'js')
    const [taken, ...values] = Array.isArray(found[k]) ? found[k].map(Number) : []
    expect(taken).toBe(expected.t.length - 1)
    expect(values).toHaveLength(rows(expected).length)
    // Where the path escapes, rounding grows as the state does.
    const tolerance = one.file === wild ? 1e-9 : 1e-13
    for (const [i, v] of rows(expected).entries())
      expect(Math.abs((values[i] ?? NaN) - v)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(v)))
  }
})

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { type System, compileSystem, emitSystem } from '../../src/compile/index.js'
import { buildNetwork, initialParameters } from '../../src/network/index.js'
import { readRule } from '../../src/rules/rule.js'
import { loadData, subset, trainingFlow } from '../../src/training/index.js'
import { browser } from '../report/present.js'

const run = promisify(execFile)
let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'noether-wasm-browser-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

interface Problem {
  readonly system: System
  readonly y0: readonly number[]
  readonly parameters: readonly number[]
  readonly t1: number
}
const TOLERANCE = 1e-10

/** What a page does with the bytes of a module, by what the module says of itself. */
const SCRIPT = `
const bytes = Uint8Array.from(atob(given.module), (c) => c.charCodeAt(0))
const module = new WebAssembly.Module(bytes)
const notes = new TextDecoder().decode(WebAssembly.Module.customSections(module, 'noether')[0])
const { exports } = new WebAssembly.Instance(module)
const base = Number(/base ≥ (\\d+)/.exec(notes)[1]), frame = Number(/(\\d+) doubles/.exec(notes)[1])
const place = (of) => base + Number(new RegExp('\\\\b' + of + '( at)? (\\\\d+)').exec(notes)[2])
const times = base + frame, out = times + 1, n = given.y0.length
exports.memory.grow(Math.ceil((8 * (out + n)) / 65536))
const memory = new Float64Array(exports.memory.buffer)
for (const [field, value] of Object.entries({ end: given.t1, relativeTolerance: given.tolerance, largestStep: Infinity, maxSteps: 1e6 })) memory[place(field)] = value
memory.set(given.y0, place('states'))
memory.fill(given.tolerance, place('absolute tolerances'), place('absolute tolerances') + n)
memory.set(given.parameters, place('parameters'))
memory[times] = given.t1
const status = exports.integrate(base, times, 1, out, 0)
document.body.dataset.found = JSON.stringify({ completed: status === Number(/(\\d+) completed/.exec(notes)[1]), accepted: memory[place('accepted')], y: [...memory.slice(out, out + n)] })
`

async function inBrowser({ system, y0, parameters, t1 }: Problem, method: string): Promise<{ completed: boolean; accepted: number; y: readonly number[] }> {
  const { content } = emitSystem(system, { target: 'wasm', method })
  const given = { module: Buffer.from(content).toString('base64'), y0, parameters, t1, tolerance: TOLERANCE }
  const file = join(root, `${method}.html`)
  await writeFile(file, `<!doctype html><meta charset="utf-8"><body><script>const given = ${JSON.stringify(given)}\n${SCRIPT}</script>`)
  const { stdout } = await run(browser ?? '', ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(root, 'profile')}`, '--dump-dom', `file://${file}`], { maxBuffer: 1e8, timeout: 60_000 })
  return JSON.parse((/data-found="([^"]*)"/.exec(stdout)?.[1] ?? '').replaceAll('&quot;', '"'))
}

const network = buildNetwork({ input: 64, layers: [{ dense: 5 }, 'tanh', { dense: 10 }] })
const PROBLEMS: readonly (readonly [string, string, Problem])[] = [
  ['an equation with transcendental functions', 'vern9', {
    system: { states: ['x', 'v'], parameters: ['c'], rhs: ['v', '-sin(x) - c*v*exp(-x^2) + cos(3*t)'].map((text) => readExpr(text)) }, y0: [1, 0], parameters: [0.3], t1: 20,
  }],
  ['a stiff one', 'rodas5p', { system: { states: ['x', 'v'], parameters: ['mu'], rhs: ['v', 'mu*(1 - x^2)*v - x'].map((text) => readExpr(text)) }, y0: [2, 0], parameters: [100], t1: 150 }],
  ['the modified flow of momentum on a network', 'dop853', {
    system: trainingFlow(network, subset(loadData('digits'), 20).train, readRule({ name: 'momentum' }), 'modified', 1).system,
    y0: [...initialParameters(network)], parameters: [0.05, 0.9, 0.01], t1: 2,
  }],
]

describe.skipIf(browser === undefined)('emitted WebAssembly in a browser (needs Chromium)', () => {
  it.each(PROBLEMS)('takes the steps that it takes in Node: %s', async (_, method, problem) => {
    const { system, y0, parameters, t1 } = problem
    const here = compileSystem(system, { method }).integrate({ y0, parameters, t1, rtol: TOLERANCE, atol: TOLERANCE })
    const there = await inBrowser(problem, method)
    expect(there.completed).toBe(true)
    expect(there.accepted).toBe(here.statistics.accepted)
    for (const [i, y] of here.final.y.entries()) expect(Math.abs((there.y[i] ?? Number.NaN) - y)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(y)))
  })
})

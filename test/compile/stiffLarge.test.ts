import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { RESERVED } from '../../src/compile/executable.js'
import { emitSystem } from '../../src/compile/emit.js'
import { FRAME, layout } from '../../src/compile/integrator/frame.js'
import { generate } from '../../src/compile/methods/choose.js'
import { instantiate } from '../../src/compile/wasm/engine.js'
import { type System, compileSystem } from '../../src/compile/system.js'

/**
 * The heat equation on n points between cold ends, heated by cos t at its lowest mode and led by a signal at the next. In each mode it is
 * one linear equation a′ = −λ a + drive with λ_k = 4 (n + 1)² sin²(kπ/2(n + 1)).
 */
function heat(n: number): System {
  const x = (i: number): string => (i < 0 || i >= n ? '0' : `x${i}`)
  const mode = (k: number, i: number): number => Math.sin((k * Math.PI * (i + 1)) / (n + 1))
  return {
    states: Array.from({ length: n }, (_, i) => x(i)), parameters: ['c'], signals: { names: ['u'], shape: 'linear' },
    rhs: Array.from({ length: n }, (_, i) =>
      readExpr(`c*(${x(i - 1)} - 2*${x(i)} + ${x(i + 1)}) + ${mode(1, i)}*cos(t) + ${mode(2, i)}*u`)),
  }
}
const modeOf = (y: readonly number[], k: number): number => {
  const n = y.length
  return (2 / (n + 1)) * y.reduce((sum, v, i) => sum + v * Math.sin((k * Math.PI * (i + 1)) / (n + 1)), 0)
}
const decay = (n: number, k: number): number => 4 * (n + 1) ** 2 * Math.sin((k * Math.PI) / (2 * (n + 1))) ** 2

/** ∫₀^t e^(−λ(t−s)) s ds. */
const ramp = (lambda: number, t: number): number => t / lambda - (1 - Math.exp(-lambda * t)) / lambda ** 2

it.each([20, 40, 1000])('the heat equation on %i points follows its modes', (n) => {
  const start = Array.from({ length: n }, (_, i) => Math.sin((3 * Math.PI * (i + 1)) / (n + 1)))
  const { final, status } = compileSystem(heat(n), { method: 'rodas5p' }).integrate({
    y0: start, parameters: [(n + 1) ** 2], t1: 1, rtol: 1e-7, atol: 1e-9, signals: { origin: 0, spacing: 1, values: [[0, 1]] },
  })
  expect(status).toBe('completed')
  const [first, second] = [decay(n, 1), decay(n, 2)]
  const heated = (first * Math.cos(1) + Math.sin(1) - first * Math.exp(-first)) / (1 + first ** 2)
  expect(Math.abs(modeOf(final.y, 1) - heated)).toBeLessThan(1e-7)
  expect(Math.abs(modeOf(final.y, 2) - ramp(second, 1))).toBeLessThan(1e-7)
  expect(Math.abs(modeOf(final.y, 3) - Math.exp(-decay(n, 3)))).toBeLessThan(1e-7)
}, 20_000)

it('a ring of oscillators, stiff and all coupled to their mean, is the same by full and by sparse factors', () => {
  const n = 30
  const states = Array.from({ length: n }, (_, i) => `x${i}`)
  const ring = (coupling: string): System => ({
    states, rhs: states.map((s, i) => readExpr(`-200*${s} + sin(${states[(i + 1) % n]}) - ${states[(i + 5) % n]}^3 ${coupling}`)),
  })
  const y0 = states.map((_, i) => Math.cos(i))
  const final = (system: System, method: string): readonly number[] =>
    compileSystem(system, { method }).integrate({ y0, t1: 1, rtol: 1e-10, atol: 1e-12 }).final.y
  const mean = `+ (${states.join(' + ')})^2/${n}`
  for (const system of [ring(''), ring(mean)])
    for (const [i, v] of final(system, 'rodas5p').entries()) expect(v).toBeCloseTo(final(system, 'vern9')[i] ?? NaN, 9)
})

it('code for it brings its tables along, as a JavaScript file and as WebAssembly', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'noether-stiff-'))
  const n = 40
  const system: System = { ...heat(n), signals: { names: [], shape: 'linear' }, rhs: heat(n).rhs.map((_, i) =>
    readExpr(`c*(${i > 0 ? `x${i - 1}` : 0} - 2*x${i} + ${i < n - 1 ? `x${i + 1}` : 0}) + sin(x${(i * 7) % n})`)) }
  const y0 = Array.from({ length: n }, (_, i) => Math.sin(i))
  const expected = compileSystem(system, { method: 'rodas5p' }).integrate({ y0, parameters: [100], t1: 1, rtol: 1e-8, atol: 1e-8 })

  const run = (memory: Float64Array, base: number, frame: number, integrate: (...args: number[]) => unknown): Float64Array => {
    const at = layout(n, 1)
    for (const [field, value] of [['end', 1], ['relativeTolerance', 1e-8], ['largestStep', 1], ['maxSteps', 1e6], ['intervals', 1]] as const)
      memory[base + FRAME[field]] = value
    memory.set(y0, base + at.state)
    memory.fill(1e-8, base + at.tolerance, base + at.tolerance + n)
    memory[base + at.parameters] = 100
    memory[base + frame] = 1
    expect(integrate(base, base + frame, 1, base + frame + 1, 0)).toBe(1)
    return memory.slice(base + frame + 1, base + frame + 1 + n)
  }

  const file = join(folder, 'system.mjs')
  writeFileSync(file, emitSystem(system, { target: 'js', method: 'rodas5p' }).content)
  const { integrate } = await import(pathToFileURL(file).href)
  const js = new Float64Array(100_000)
  const byScript = run(js, RESERVED, generate(system, 'rodas5p', 'js').frameLength, (...args) => integrate(js, ...args))
  const { content } = emitSystem(system, { target: 'wasm', method: 'rodas5p' })
  if (typeof content === 'string') throw new TypeError('text')
  const wasm = instantiate(Uint8Array.from(content))
  const byModule = run(wasm.memory(100_000), 10_000, generate(system, 'rodas5p', 'wasm').frameLength, wasm.entry('integrate'))
  rmSync(folder, { recursive: true })
  for (const found of [byScript, byModule])
    for (const [i, v] of found.entries()) expect(Math.abs(v - (expected.final.y[i] ?? NaN))).toBeLessThan(1e-12)
})

it('360 stiff equations that are all coupled to their mean have 129,600 entries in their Jacobian, and their closed form', () => {
  const [n, rate] = [360, 500]
  const states = Array.from({ length: n }, (_, i) => `x${i}`)
  const mean = `(${states.join(' + ')})/${n}`
  const system: System = { states, rhs: states.map((s) => readExpr(`${rate + 1}*${mean} - ${rate}*${s} - 2*${mean}`)) }
  const y0 = states.map((_, i) => 1 + Math.cos(i))
  const { final, status } = compileSystem(system, { method: 'rodas5p' }).integrate({ y0, t1: 1, rtol: 1e-8, atol: 1e-10 })
  expect(status).toBe('completed')
  // The mean decays at rate 1, the deviations from it at rate 500.
  const decayed = (y0.reduce((sum, v) => sum + v, 0) / n) * Math.exp(-1)
  expect(Math.max(...final.y.map((v) => Math.abs(v - decayed)))).toBeLessThan(1e-8)
}, 60_000)

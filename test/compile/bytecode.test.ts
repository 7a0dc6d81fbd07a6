import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { emitSystem } from '../../src/compile/emit.js'
import { type System, compileSystem } from '../../src/compile/system.js'

const folder = mkdtempSync(join(tmpdir(), 'noether-bytecode-'))
afterAll(() => rmSync(folder, { recursive: true }))

const each = <T>(n: number, text: (i: number) => T): readonly T[] => Array.from({ length: n }, (_, i) => text(i))

/** A ring of n oscillators, and a system without structure. */
const ring = (n: number): System => ({
  states: [...each(n, (i) => `x${i}`), ...each(n, (i) => `v${i}`)],
  rhs: [...each(n, (i) => `v${i}`), ...each(n, (i) => `-x${i}^3 + x${(i + 1) % n} - x${i}`)].map((rate) => readExpr(rate)),
})
const full = (n: number): System =>
  ({ states: each(n, (i) => `x${i}`), rhs: each(n, (i) => readExpr(each(n, (j) => `${i + 1}/${j + 2}*x${j}`).join(' + '))) })
const crossing = (system: System, zero: string): System =>
  ({ ...system, events: [{ name: 'crossing', zero: readExpr(zero), direction: 'any', terminal: false }] })
const HENON: System = {
  states: ['x', 'y', 'p', 'q'], rhs: ['p', 'q', '-x - 2*x*y', '-y - x^2 + y^2'].map((rate) => readExpr(rate)),
}

/** What V8 says of the lengths of a file's functions. */
function lengths(system: System, method: string): readonly number[] {
  const file = join(folder, 'integrator.mjs')
  writeFileSync(file, emitSystem(system, { target: 'js', method, rtol: 1e-9 }).content)
  const told = execFileSync(process.execPath, ['--no-lazy', '--print-bytecode', '--print-bytecode-filter=integrate*', file], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  return [...told.matchAll(/^Bytecode length: (\d+)/gm)].map(([, length]) => Number(length))
}

describe('V8 optimizes JavaScript functions of at most 60 kB of bytecode: none is longer', () => {
  it.each([
    ['vern9', crossing(HENON, 'x'), 2], ['vern9', crossing(HENON, 'x*p + y'), 2], ['vern9', crossing(ring(3), 'x0 - x1'), 2], ['dop853', crossing(ring(4), 'x0 - x1'), 2],
    ['dopri5', ring(16), 1], ['dopri5', full(13), 1], ['dopri5', full(14), 2], ['tsit5', ring(24), 1], ['dop853', ring(8), 2], ['rk4', full(24), 1],
    ['taylor', ring(8), 1], ['rodas5p', ring(6), 1], ['rodas5p', ring(12), 1],
    // What is computed for output alone is a function of its own, where steps in loops would cost three times as much.
    ['vern9', ring(4), 2], ['vern9', ring(5), 2],
  ] as const)('%s (case %#)', (method, system, functions) => {
    const found = lengths(system, method)
    expect(found).toHaveLength(functions)
    expect(Math.max(...found)).toBeLessThanOrEqual(60 * 1024)
  })
})

it('output of a function of its own is that of WebAssembly, at ends of steps, between and at the start', () => {
  for (const system of [ring(4), crossing(ring(3), 'x0 - x1')]) {
    const [js, wasm] = (['js', 'wasm'] as const).map((target) => compileSystem(system, { method: 'vern9', target })
      .integrate({ y0: system.states.map((_, i) => 1 / (i + 1)), t1: 20, at: [0, 0, 0.1, 0.2, 3, 7.5, 7.6, 7.7, 20], rtol: 1e-9, atol: 1e-9 }))
    expect(js?.t).toEqual(wasm?.t)
    expect(js?.t).toHaveLength(9)
    for (const [i, y] of (js?.y ?? []).entries()) for (const [k, value] of y.entries()) expect(Math.abs(value - (wasm?.y[i]?.[k] ?? NaN))).toBeLessThan(1e-8)
  }
})

it('what is seldom run is a function of its own, which changes nothing: JavaScript finds the events that WebAssembly finds', () => {
  for (const method of ['dopri5', 'dop853', 'vern9', 'taylor'])
    for (const terminal of [false, true]) {
      const system: System = { ...HENON, events: [
        { name: 'plane', zero: readExpr('x'), direction: 'rising', terminal: false }, { name: 'turn', zero: readExpr('q*y'), direction: 'any', terminal: false },
        { name: 'end', zero: readExpr('y - 1/10'), direction: 'falling', terminal },
      ] }
      const [js, wasm] = (['js', 'wasm'] as const).map((target) => compileSystem(system, { method, target, rtol: 1e-9 })
        .integrate({ y0: [0.1, 0.1, 0.3, 0.2], t1: 100, at: [1, 3, 10, 50], rtol: 1e-9, atol: 1e-9 }))
      expect(js?.status).toBe(terminal ? 'event' : 'completed')
      expect(js?.events.map(({ name }) => name)).toEqual(wasm?.events.map(({ name }) => name))
      for (const [k, { t }] of (js?.events ?? []).entries()) expect(Math.abs(t - (wasm?.events[k]?.t ?? NaN))).toBeLessThan(1e-9)
      expect(js?.t).toEqual(wasm?.t)
      for (const [i, y] of (js?.y ?? []).entries()) for (const [k, value] of y.entries()) expect(Math.abs(value - (wasm?.y[i]?.[k] ?? NaN))).toBeLessThan(1e-8)
    }
})

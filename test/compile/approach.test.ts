import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { compileEnsemble } from '../../src/compile/ensemble.js'
import { crossings } from '../../src/compile/integrator/approach.js'
import { type System, compileSystem } from '../../src/compile/system.js'
import { WITHOUT, numbers, pythonFolder, skipped } from './pythonSupport.js'

const METHODS = ['dopri5', 'tsit5', 'dop853', 'vern9', 'rodas5p', 'auto'] as const
const system = (rates: Readonly<Record<string, string>>, parameters: readonly string[] = []): System =>
  ({ states: Object.keys(rates), parameters, rhs: Object.values(rates).map((r) => readExpr(r)) })

/** x″ = −sign x from rest at 1: parabolas between the jumps, a period of 4√2. */
const PARABOLAS = system({ x: 'v', v: '-sign(x)' })
const parabolas = (t: number): number => {
  const phase = t - 4 * Math.SQRT2 * Math.floor(t / (4 * Math.SQRT2))
  if (phase < Math.SQRT2) return 1 - phase ** 2 / 2
  return phase < 3 * Math.SQRT2 ? (phase - 2 * Math.SQRT2) ** 2 / 2 - 1 : 1 - (4 * Math.SQRT2 - phase) ** 2 / 2
}

/** x′ = 1 − ⌊x⌋/9 from 1/10: straight between whole numbers. */
const stairs = (end: number): number => {
  let [t, x] = [0, 0.1]
  for (;;) {
    const rate = 1 - Math.floor(x) / 9
    const next = t + (Math.floor(x) + 1 - x) / rate
    if (next >= end) return x + rate * (end - t)
    ;[t, x] = [next, Math.floor(x) + 1]
  }
}

/** A ball in a tube with springs behind ±1: free in between, half an oscillation of frequency 2 behind each; from 0 at speed 1 and on. */
const SPRINGS = system({ x: 'v', v: '-4*max(x - 1, 0) - 4*min(x + 1, 0)' })
const springs = (t: number): number => {
  const period = 4 + Math.PI
  const [phase, sign] = [t - period / 2 * Math.floor(t / (period / 2)), Math.floor(t / (period / 2)) % 2 === 0 ? 1 : -1]
  const half = phase < 1 ? phase : phase < 1 + Math.PI / 2 ? 1 + Math.sin(2 * (phase - 1)) / 2 : 2 + Math.PI / 2 - phase
  return sign * half
}

describe.each(METHODS)('%s where the solution turns a switch', (method) => {
  it.each([1e-6, 1e-9, 1e-12])('at tolerances of %f: over a hundred jumps of a force, to better than the tolerances of steps across them would', (rtol) => {
    for (const target of ['wasm', 'js'] as const) {
      const { status, final, statistics } = compileSystem(PARABOLAS, { method, target }).integrate({ y0: [1, 0], t1: 400, rtol, atol: rtol })
      expect(status).toBe('completed')
      expect(Math.abs((final.y[0] ?? NaN) - parabolas(400))).toBeLessThan(1e-6)
      expect(statistics.accepted + statistics.rejected).toBeLessThan(4000)
    }
  })

  it('backward, and over whole parts', () => {
    for (const rtol of [1e-6, 1e-9]) {
      const back = compileSystem(PARABOLAS, { method }).integrate({ y0: [1, 0], t0: 0, t1: -40, rtol, atol: rtol })
      expect(Math.abs((back.final.y[0] ?? NaN) - parabolas(40))).toBeLessThan(1e-6)
      const up = compileSystem(system({ x: '1 - floor(x)/9' }), { method }).integrate({ y0: [0.1], t1: 9, rtol, atol: rtol })
      expect(Math.abs((up.final.y[0] ?? NaN) - stairs(9))).toBeLessThan(1e-9)
    }
  })

  it('over bends, which errors of steps do not always tell', () => {
    for (const rtol of [1e-8, 1e-11]) {
      const { final } = compileSystem(SPRINGS, { method }).integrate({ y0: [0, 1], t1: 50, rtol, atol: rtol })
      expect(Math.abs((final.y[0] ?? NaN) - springs(50))).toBeLessThan(600 * rtol)
    }
    // dop853 came over the bend at x = −1/6 in a step whose error it took for small: 10⁻⁶ off.
    const bend = system({ x: '-x + t + abs(x + 1/6)/2' })
    const { final } = compileSystem(bend, { method }).integrate({ y0: [-2], t1: 3, rtol: 1e-10, atol: 1e-10 })
    // Below the bend x′ = −3x/2 + t − 1/12, above x′ = −x/2 + t + 1/12.
    const below = (t: number): number => (2 * t) / 3 - 4 / 9 - 1 / 18 + (-2 + 1 / 2) * Math.exp((-3 * t) / 2)
    let [low, high] = [0, 3]
    for (let k = 0; k < 60; k += 1) if (below((low + high) / 2) < -1 / 6) low = (low + high) / 2; else high = (low + high) / 2
    const above = (t: number): number => 2 * t - 4 + 1 / 6 + (-1 / 6 - 2 * low + 4 - 1 / 6) * Math.exp(-(t - low) / 2)
    expect(Math.abs((final.y[0] ?? NaN) - above(3))).toBeLessThan(5e-9)
  })
})

/** Rates that jump far from the origin of time, and what they come to ten behind 10⁴ from zero ten before. */
const FAR = [
  [system({ x: '1000*(3 + sign(x - 1000))' }), 79_000], [system({ x: '10^6*sign(x + t - 10005)/9 + 2*10^6' }), (19e6 / 9) * 20 - 30 / (1 + 17e6 / 9) * 1e6 / 9],
  [system({ x: '1000*sign(t - 10000.3)' }), -600], [system({ x: '1000*sign(exp((t - 10^4)/9) - 2)' }), -18_000 * Math.LN2],
] as const

it.each(METHODS)('%s goes across jumps far from the origin of time, where tolerances ask for steps below the rounding of the time', (method) => {
  for (const [far, end] of FAR)
    for (const target of ['wasm', 'js'] as const)
      for (const rtol of [1e-9, 1e-12]) {
        const { status, final } = compileSystem(far, { method, target }).integrate({ y0: [0], t0: 9990, t1: 10_010, rtol, atol: rtol })
        expect(status).toBe('completed')
        expect(Math.abs((final.y[0] ?? NaN) - end)).toBeLessThan(1e-11 * 1e4 * (1e3 + Math.abs(end)) / 1e3)
      }
})

const python = pythonFolder()

it.skipIf(WITHOUT.jax)(`NumPy and JAX come there too, of several trajectories as well${skipped('jax')}`, () => {
  const stairway = system({ x: '1 - floor(x)/9' })
  for (const target of ['python', 'jax'] as const) {
    python.emit(`${target}_far`, FAR[0][0], target, 'dop853')
    python.emit(`${target}_parabolas`, PARABOLAS, target, 'dopri5')
    python.emit(`${target}_stairs`, stairway, target, 'dopri5')
    python.emit(`${target}_springs`, SPRINGS, target, 'dopri5')
  }
  const found = numbers(python.run(`
import json, numpy as np, jax
from importlib import import_module
ends = lambda name, y, t: import_module(name).integrate(np.array(y), 0.0, t, rtol=1e-9, atol=1e-9)
runs = [ends(f"{target}_{name}", y, t) for target in ("python", "jax")
        for name, y, t in (("parabolas", [1.0, 0.0], 400.0), ("parabolas", [1.0, 0.0], -40.0), ("stairs", [0.1], 9.0), ("springs", [0.0, 1.0], 50.0))]
shared = ends("python_parabolas", [[1.0, 4.0], [0.0, 0.0]], 40.0)
mapped = jax.vmap(lambda x: import_module("jax_parabolas").integrate(
    jax.numpy.stack([x, 0.0]), 0.0, 40.0, rtol=1e-9, atol=1e-9))(jax.numpy.array([1.0, 4.0]))
print(json.dumps([*[float(r.y[0]) for r in runs], *[int(r.steps + r.rejected) for r in runs], *shared.y[0].tolist(), *mapped.y[:, 0].tolist(),
    *[float(import_module(f"{target}_far").integrate(np.zeros(1), 9990.0, 10010.0, rtol=1e-12, atol=1e-12).y[0]) for target in ("python", "jax")]]))`))
  const expected = [parabolas(400), parabolas(40), stairs(9), springs(50)]
  for (const [k, value] of [...expected, ...expected].entries()) expect(Math.abs((found[k] ?? NaN) - value)).toBeLessThan(1e-6)
  for (const steps of found.slice(8, 16)) expect(steps).toBeLessThan(4000)
  for (const k of [16, 18]) {
    expect(Math.abs((found[k] ?? NaN) - parabolas(40))).toBeLessThan(1e-7)
    expect(Math.abs((found[k + 1] ?? NaN) - 4 * parabolas(20))).toBeLessThan(1e-7)
  }
  for (const k of [20, 21]) expect(Math.abs((found[k] ?? NaN) - FAR[0][1])).toBeLessThan(1e-5)
}, 120_000)

it('is so on the lanes of a vector too, each with its own places', async () => {
  const ensemble = compileEnsemble(system({ x: 'v', v: '-k*sign(x)' }, ['k']), { method: 'dopri5', workers: 1 })
  const found = await ensemble.integrate([1, 4, 9, 16, 2.25].map((k) => ({ y0: [1, 0], parameters: [k], t1: 20, rtol: 1e-8, atol: 1e-8 })))
  await ensemble.close()
  for (const [i, k] of [1, 4, 9, 16, 2.25].entries()) expect(Math.abs((found[i]?.final.y[0] ?? NaN) - parabolas(20 * Math.sqrt(k)))).toBeLessThan(1e-7)
})

it('signals turn switches as well', () => {
  const signals = { origin: 0, spacing: 1, values: [[-1, 2, -3, 1, 1]] }
  const driven: System = { states: ['x'], signals: { names: ['u'], shape: 'linear' }, rhs: [readExpr('sign(u)')] }
  for (const method of ['dopri5', 'vern9', 'rodas5p']) {
    const { final } = compileSystem(driven, { method }).integrate({ y0: [0], t1: 4, rtol: 1e-9, atol: 1e-9, signals })
    expect(Math.abs((final.y[0] ?? NaN) - (-1 / 3 + 2 / 3 + 2 / 5 - 3 / 5 - 3 / 4 + 1 / 4 + 1))).toBeLessThan(1e-11)
  }
})

it('watches the switches of states alone, and no more than a few', () => {
  expect(crossings(system({ x: 'sign(t - 1) + floor(t^2) - x' }))).toEqual([])
  expect(crossings(system({ x: 'abs(x) + sign(x) - x*floor(2*x + t)' })).map(({ whole }) => whole)).toEqual([false, true])
  expect(crossings(system({ x: Array.from({ length: 13 }, (_, k) => `abs(x - ${k})`).join(' + ') }))).toEqual([])
})

import { describe, expect, it } from 'vitest'
import { ZERO } from '../../src/algebra/build.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { readExpr } from '../../src/algebra/read.js'
import { toText } from '../../src/algebra/text.js'
import { compileEnsemble } from '../../src/compile/ensemble.js'
import { lookouts } from '../../src/compile/integrator/lookouts.js'
import { type System, compileSystem } from '../../src/compile/system.js'
import { WITHOUT, numbers, pythonFolder, skipped } from './pythonSupport.js'

const ADAPTIVE = ['dopri5', 'tsit5', 'dop853', 'vern9', 'taylor', 'rodas5p'] as const
const ROOT_PI = Math.sqrt(Math.PI)
const forced = (rate: string): System => ({ states: ['x'], parameters: ['a', 'w'], rhs: [readExpr(rate)] })

/** Pulses of width w = 1/100 at a = 37 within 0 … 100, and their areas. */
const PULSES = [
  ['a Gaussian', 'exp(-((t - a)/w)^2)', ROOT_PI / 100],
  ['a Gaussian written out', 'exp(-(t^2 - 2*a*t + a^2)/w^2)', ROOT_PI / 100],
  ['a Lorentzian', '1/(1 + ((t - a)/w)^2)', (Math.atan(6300) + Math.atan(3700)) / 100],
  ['a box', '(sign(t - a) - sign(t - a - w))/2', 0.01],
  ['a tent', 'max(0, 1 - abs(t - a)/w)', 0.01],
  ['a smooth box', '(tanh(100*(t - a)/w) - tanh(100*(t - a - w)/w))/2', 0.01],
  ['a window of a parabola', '(1 - sign((t - a)^2 - w^2))/2', 0.02],
  ['a train of pulses', 'exp(-((mod(t, 10) - 5)/w)^2)', ROOT_PI / 10],
  ['a pulse at a square root', 'exp(-((t^2 - a^2)/(2*a*w))^2)', ROOT_PI / 100],
  ['a pulse beside a state', 'exp(-((t - a)/w)^2 - abs(x))', Math.log1p(ROOT_PI / 100)],
] as const

describe('a pulse of a hundredth in a span of a hundred is seen', () => {
  it.each(ADAPTIVE.flatMap((method) => PULSES.map(([name, rate, area]) => [method, name, rate, area] as const)))('by %s: %s', (method, _, rate, area) => {
    for (const target of ['wasm', 'js'] as const)
      for (const [t0, t1] of [[0, 100], [100, 0]] as const) {
        const { status, final } = compileSystem(forced(rate), { method, target }).integrate({ y0: [0], parameters: [37, 0.01], t0, t1, rtol: 1e-9, atol: 1e-9 })
        expect(status).toBe('completed')
        expect(Math.abs((final.y[0] ?? NaN) - Math.sign(t1 - t0) * area)).toBeLessThan(1e-6)
      }
  })

  it('between the knots of recorded signals, which keep their steps', () => {
    const signals = { origin: 0, spacing: 10, values: [Array.from({ length: 10 }, (_, k) => k % 3)] }
    const system: System = { ...forced('u*exp(-((t - a)/w)^2) + u'), signals: { names: ['u'], shape: 'constant' } }
    for (const method of ADAPTIVE)
      for (const a of [37, 53, 80]) {
        const { final } = compileSystem(system, { method }).integrate({ y0: [0], parameters: [a, 0.01], t1: 100, rtol: 1e-9, atol: 1e-9, signals })
        // At the knot at 80 each sample takes half of the pulse.
        const pulse = a === 80 ? (7 % 3 + 8 % 3) / 2 : Math.floor(a / 10) % 3
        expect(Math.abs((final.y[0] ?? NaN) - 90 - (pulse * ROOT_PI) / 100)).toBeLessThan(1e-6)
      }
  })

  it('by every trajectory of an ensemble, each at its own time', async () => {
    const places = Array.from({ length: 50 }, (_, k) => 1 + 1.93 * k)
    for (const method of ['vern9', 'taylor']) {
      const ensemble = compileEnsemble(forced('exp(-((t - a)/w)^2)'), { method, rtol: 1e-9 })
      const found = await ensemble.integrate(places.map((a) => ({ y0: [0], parameters: [a, 0.01], t1: 100, rtol: 1e-9, atol: 1e-9 })))
      await ensemble.close()
      for (const { final } of found) expect(Math.abs((final.y[0] ?? NaN) - ROOT_PI / 100)).toBeLessThan(1e-7)
    }
  })
})

/** Peaks of width w = 1/1000 of the size of a wave within 0 … 50, and ∫ over one period of θ = v of the rate. */
const period = (rate: (theta: number) => number): number => {
  const [n, sharpness] = [4000, 8]
  // The midpoint rule of a periodic integrand with its points gathered about each multiple of π/2: θ = s − sin(4s)/4·(1 − ε).
  return Array.from({ length: n * sharpness }, (_, k) => {
    const s = (2 * Math.PI * (k + 0.5)) / (n * sharpness)
    return rate(s - Math.sin(4 * s) / 4) * (1 - Math.cos(4 * s))
  }).reduce((a, b) => a + b, 0) * 2 * Math.PI / (n * sharpness)
}

describe('a peak at places of a wave is seen in every period', () => {
  const W = 1e-3
  it.each([
    ['at zeros of a sine', 'exp(-(sin(t)/w)^2)', (x: number) => Math.exp(-((Math.sin(x) / W) ** 2))],
    ['at the tops of a cosine', 'exp((cos(t) - 1)/w^2)', (x: number) => Math.exp((Math.cos(x) - 1) / W ** 2)],
    ['a Lorentzian at the tops of a sine', '1/(1 + ((1 - sin(t))/w^2)^2)', (x: number) => 1 / (1 + ((1 - Math.sin(x)) / W ** 2) ** 2)],
    ['at half the square of a sine', 'exp(-((sin(t)^2 - 1/2)/w)^2)', (x: number) => Math.exp(-(((Math.sin(x) ** 2 - 0.5) / W) ** 2))],
    ['a clipped sine', 'max(0, sin(t) - 1 + w)', (x: number) => Math.max(0, Math.sin(x) - 1 + W)],
    ['a square wave', '1 + tanh(cos(t)/w)', (x: number) => 1 + Math.tanh(Math.cos(x) / W)],
  ] as const)('%s', (_, rate, of) => {
    const area = period(of)
    for (const method of ADAPTIVE)
      for (const [t0, t1] of [[0.1, 0.1 + 16 * Math.PI], [0.1, 0.1 - 16 * Math.PI]] as const) {
        const { status, final } = compileSystem(forced(rate), { method }).integrate({ y0: [0], parameters: [0, W], t0, t1, rtol: 1e-9, atol: 1e-9 })
        expect(status).toBe('completed')
        expect(Math.abs((final.y[0] ?? NaN) - Math.sign(t1 - t0) * 8 * area)).toBeLessThan(1e-6 * (1 + 8 * area))
      }
  })

  it('at a value between, by the wave’s own frequency and phase', () => {
    // Near cos v = a, v = ±arccos a: exp(−((cos v − a)/w)²) has area √π w/|sin v|, to w².
    for (const method of ADAPTIVE) {
      const { final } = compileSystem(forced('exp(-((cos(3*t + 1) - a)/w)^2)'), { method })
        .integrate({ y0: [0], parameters: [0.3, W], t0: 0.2, t1: 0.2 + 8 * Math.PI, rtol: 1e-9, atol: 1e-9 })
      expect(Math.abs((final.y[0] ?? NaN) - (8 * ROOT_PI * W) / Math.sqrt(1 - 0.09))).toBeLessThan(2e-6)
    }
  })
})

/** Rates that jump, where from and to, and what they are integrated to; those of waves start at a jump. */
const JUMPS = [
  ['mod(t, 1)', 0, 5.5, 2.625], ['mod(t, 1)', 5, 0, -2.5], ['sign(sin(t))', 0, 10, 4 * Math.PI - 10], ['sign(sin(t))', 10, 0, 10 - 4 * Math.PI],
  ['sign(cos(t))', -Math.PI / 2, Math.PI / 2, Math.PI], ['sign(t - 3/10)', 0.3, 1, 0.7], ['sign(t)', 0, 1e-3, 1e-3],
  ['sign(sin(t))', 0, 1e-3, 1e-3], ['sign(sin(pi*t))', 1000, 1003.5, 0.5], ['(sign(t - 1) - sign(t - 1 - 10^(-9)))/2', 0, 10, 1e-9],
  ['sign((t - 2)^2 - 1)*(1 + t) + floor(3*t)/9', 0, 4, 22 / 9],
  // Jumps whose times are not told, of which each step is searched.
  ['floor(t^2)', 0, 3.2, 32 - Array.from({ length: 10 }, (_, k) => Math.sqrt(k + 1)).reduce((a, b) => a + b)],
  ['floor(t^2)', 0, -2.5, -15 + Array.from({ length: 6 }, (_, k) => Math.sqrt(k + 1)).reduce((a, b) => a + b)],
  ['sign(exp(t) - 5)', 0, 4, 4 - 2 * Math.log(5)], ['sign(exp(t) - 5)', 4, 0, 2 * Math.log(5) - 4], ['sign(exp(t) - 1)', 0, 1, 1],
  ['sign(t^3 - 2)*(1 + t)', 0, 2, 4 - 2 * Math.cbrt(2) - Math.cbrt(4)],
  ['sign(t - cos(t)) + floor(2*t)', 0, 2, 5 - 2 * 0.7390851332151607], ['sign(tanh(t - 7) - 1/2) - sign(sinh(t - 7) - 2)', 0, 9, 2 * (Math.asinh(2) - Math.atanh(0.5))],
  ['abs(t^3 - 2)', 0, 2, 2 * (2 * Math.cbrt(2) - Math.cbrt(2) ** 4 / 4)], ['mod(t^2/2 + t, 1)', 0, 2, 8 / 6 + 2 - 8 + [1, 2, 3, 4].map((k) => Math.sqrt(1 + 2 * k) - 1).reduce((a, b) => a + b)],
] as const

describe('steps end before a jump of the rates and go on behind it: none is rejected, and the error is that of rounding', () => {
  it.each(ADAPTIVE.flatMap((method) => JUMPS.map((jump) => [method, ...jump] as const)))('by %s: %s from %f to %f', (method, rate, t0, t1, exact) => {
    for (const target of ['wasm', 'js'] as const) {
      const { final, statistics } = compileSystem(forced(rate), { method, target }).integrate({ y0: [0], parameters: [0, 0], t0, t1, rtol: 1e-9, atol: 1e-9 })
      expect(Math.abs((final.y[0] ?? NaN) - exact)).toBeLessThan(1e-11)
      expect(statistics.rejected).toBe(0)
      expect(statistics.accepted).toBeLessThan(60)
    }
  })
})

describe('lookouts', () => {
  const at = (rate: string): readonly string[] => lookouts(forced(rate)).map(({ place }) => toText(place))

  it('are zeros and turns of what functions are taken of, told from the expression', () => {
    expect(at('exp(-((t - a)/w)^2) + 1/(3 + (t - 2*a)^2)').toSorted()).toEqual(['2*a', 'a'])
    const [{ place = ZERO } = {}, ...others] = lookouts(forced('sqrt(abs(w*t - 1))'))
    expect(others).toEqual([])
    expect(evaluateNumber(place, { t: 3, w: 7 })).toBeCloseTo(1 / 7, 15)
  })

  it('are none of polynomials, waves, poles, states and what holds states', () => {
    for (const rate of ['a + t - 3*t^2', 'cos(w*t + a)', 'tanh(sin(x*t))', 'exp(sin(x))', '1/sqrt(abs(t - a))', 'log(abs(t - a))', '1/(t - a)', 'tanh(x - t)', '-x', 't*x'])
      expect(at(rate)).toEqual([])
  })

  it('of waves are few: many would make steps far shorter than the waves', () => {
    const waves = (count: number): string => Array.from({ length: count }, (_, k) => `tanh(sin(t + ${k}/7))`).join(' + ')
    expect(at(waves(3))).toHaveLength(18)
    expect(at(`${waves(100)} + tanh(t - a)`)).toEqual(['a'])
  })

  it('do not stop at what is singular: |t − a|^(−1/4) has an integral that steps across a meet to roundoff, wherever a is', () => {
    for (const method of ['dopri5', 'dop853', 'vern9', 'rodas5p'])
      for (const a of Array.from({ length: 20 }, (_, k) => 1 + 0.4 * k)) {
        const { status, final } = compileSystem(forced('abs(t - a)^(-1/4)'), { method }).integrate({ y0: [0], parameters: [a, 0], t1: 10, rtol: 1e-9, atol: 1e-9 })
        expect(status).toBe('completed')
        expect(Math.abs((final.y[0] ?? NaN) - (a ** 0.75 + (10 - a) ** 0.75) / 0.75)).toBeLessThan(1e-5)
      }
  })
})

it('the Taylor method stays within the radius of convergence where its coefficients are far below the tolerances', () => {
  // x′ = x e^(−1/t)/t² from 10⁻⁴⁰ on has x = exp(e^(−1/t)).
  const { final } = compileSystem(forced('x*t^(-2)*exp(-1/t)'), { method: 'taylor' }).integrate({ y0: [1], parameters: [0, 0], t0: 0.01, t1: 2, rtol: 1e-9, atol: 1e-9 })
  expect(Math.abs((final.y[0] ?? NaN) - Math.exp(Math.exp(-1 / 2)))).toBeLessThan(1e-8)
})

describe('the Taylor method does not trust a series with gaps, whose last coefficients vanish', () => {
  const cubic = (t: number): number => Math.log(1 + t) / 3 - Math.log(t * t - t + 1) / 6 + Math.atan((2 * t - 1) / Math.sqrt(3)) / Math.sqrt(3)
  it.each([
    ['1/(1 + t^3)', 0, cubic(3) - cubic(0)], ['3*t^2*x/4', 1, Math.exp(27 / 4)], ['-4*t^3*x', 1, Math.exp(-81)], ['5*t^4*x/100', 1, Math.exp(2.43)],
    ['t^19/(1 + t^20)', 0, Math.log1p(3 ** 20) / 20],
  ])('x′ = %s', (rate, x0, exact) => {
    for (const target of ['wasm', 'js'] as const)
      for (const rtol of [1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-14]) {
        const { status, final } = compileSystem(forced(rate), { method: 'taylor', target, rtol }).integrate({ y0: [x0], parameters: [0, 0], t1: 3, rtol, atol: rtol })
        expect(status).toBe('completed')
        expect(Math.abs((final.y[0] ?? NaN) - exact) / (1 + exact)).toBeLessThan(100 * rtol)
      }
  })
})

const python = pythonFolder()

it.skipIf(WITHOUT.jax)(`NumPy and JAX end steps before jumps too${skipped('jax')}`, () => {
  for (const [k, [rate]] of JUMPS.entries()) for (const target of ['python', 'jax'] as const) python.emit(`${target}_jump${k}`, forced(rate), target, 'dopri5')
  const found = numbers(python.run(`
import json
from importlib import import_module
ends = lambda module, t0, t1: module.integrate([0.0], t0, t1, p=[0.0, 0.0], rtol=1e-9, atol=1e-9)
runs = [ends(import_module(f"{target}_jump{k}"), *span) for target in ("python", "jax") for k, span in enumerate(${JSON.stringify(JUMPS.map(([, t0, t1]) => [t0, t1]))})]
print(json.dumps([[float(r.y[0]), int(r.rejected)] for r in runs]))`))
  for (const [k, [, , , exact]] of [...JUMPS, ...JUMPS].entries()) {
    expect(Math.abs((found[2 * k] ?? NaN) - exact)).toBeLessThan(1e-11)
    expect(found[2 * k + 1]).toBe(0)
  }
}, 120_000)

const CALL = 'integrate(np.zeros(1), *span, p=np.array([37, 0.01]), rtol=1e-9, atol=1e-9).y[0]'

it.skipIf(WITHOUT.numpy)(`NumPy sees pulses too, of one trajectory and of several that share their steps${skipped('numpy')}`, () => {
  for (const [k, [, rate]] of PULSES.entries()) python.emit(`pulse${k}`, forced(rate), 'python', 'vern9')
  const found = numbers(python.run(`
import json, numpy as np
from importlib import import_module
print(json.dumps([[float(import_module(f"pulse{k}").${CALL}) for span in ((0, 100), (100, 0))] for k in range(${PULSES.length})]))`))
  for (const [k, [, , area]] of PULSES.entries())
    for (const [j, sign] of [1, -1].entries()) expect(Math.abs((found[2 * k + j] ?? NaN) - sign * area)).toBeLessThan(1e-6)
  const shared = numbers(python.run(`
import json, numpy as np, pulse0
print(json.dumps(pulse0.integrate(np.zeros((1, 3)), 0, 100, p=np.array([[20, 50, 70], [0.01, 0.02, 0.001]]), atol=1e-9).y.tolist()))`))
  for (const [k, w] of [0.01, 0.02, 0.001].entries()) expect(Math.abs((shared[k] ?? NaN) - w * ROOT_PI)).toBeLessThan(1e-8)
})

it.skipIf(WITHOUT.jax)(`JAX sees pulses too, mapped and differentiated, from rates that vanish at the start${skipped('jax')}`, () => {
  python.emit('jax_pulse', forced(PULSES[0][1]), 'jax', 'tsit5')
  python.emit('jax_train', forced(PULSES[7][1]), 'jax', 'tsit5')
  const [pulse, back, train, one, two, byPlace, byWidth] = numbers(python.run(`
import json, jax, jax.numpy as np, jax_pulse, jax_train
end = lambda p: jax_pulse.integrate(np.zeros(1), 0.0, 100.0, p=p, atol=1e-9).y[0]
once = [float(m.${CALL}) for m, span in ((jax_pulse, (0, 100)), (jax_pulse, (100, 0)), (jax_train, (0, 100)))]
print(json.dumps([*once, *jax.vmap(end)(np.array([[20, 0.01], [50, 0.02]])).tolist(), *jax.jacfwd(end)(np.array([37, 0.01])).tolist()]))`))
  for (const [found, expected] of [[pulse, ROOT_PI / 100], [back, -ROOT_PI / 100], [train, ROOT_PI / 10], [one, ROOT_PI / 100], [two, ROOT_PI / 50]] as const)
    expect(Math.abs((found ?? NaN) - expected)).toBeLessThan(1e-7)
  // The area √π w does not care where the pulse is.
  expect(Math.abs(byPlace ?? NaN)).toBeLessThan(1e-5)
  expect(Math.abs((byWidth ?? NaN) - ROOT_PI)).toBeLessThan(1e-5)
}, 60_000)

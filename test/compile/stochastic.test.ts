import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { brownianPath } from '../../src/compile/brownian.js'
import { STOCHASTIC_METHODS, type StochasticMethod, type StochasticSystem } from '../../src/compile/methods/stochastic.js'
import { compileStochastic } from '../../src/compile/stochastic.js'
import { InputError } from '../../src/errors.js'

const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0) / x.length

describe('Brownian paths', () => {
  it('have increments of the right covariance', () => {
    const { dW, dZ } = brownianPath(7, 0, 4096, 12)
    const spread = 5 / Math.sqrt(4096)
    expect(Math.abs(mean(dW))).toBeLessThan(spread)
    expect(Math.abs(mean(dW.map((x) => x * x)) - 1)).toBeLessThan(1.5 * spread)
    expect(Math.abs(mean(dZ.map((x) => x * x)) - 1 / 3)).toBeLessThan(spread)
    expect(Math.abs(mean(dW.map((x, i) => x * (dZ[i] ?? 0))) - 1 / 2)).toBeLessThan(spread)
    expect(Math.abs(mean(dW.subarray(1).map((x, i) => x * (dW[i] ?? 0))))).toBeLessThan(spread)
  })

  it('are one path at every resolution: W and its integral agree', () => {
    const [coarse, fine] = [brownianPath(3, 1, 2, 5), brownianPath(3, 1, 2, 6)]
    const h = 2 / 64
    for (let i = 0; i < 32; i += 1) {
      const [w1 = 0, w2 = 0, z1 = 0, z2 = 0] = [fine.dW[2 * i], fine.dW[2 * i + 1], fine.dZ[2 * i], fine.dZ[2 * i + 1]]
      expect(coarse.dW[i]).toBeCloseTo(w1 + w2, 13)
      expect(coarse.dZ[i]).toBeCloseTo(z1 + h * w1 + z2, 13)
    }
    expect(brownianPath(3, 1, 2, 5).dW).toEqual(coarse.dW)
    expect(brownianPath(4, 1, 2, 5).dW).not.toEqual(coarse.dW)
  })
})

/** dy = μ y dt + σ y dW: y = y₀ exp((μ − σ²/2) t + σ W). */
const geometric: StochasticSystem = { states: ['y'], time: 't', drift: [readExpr('mu*y')], diffusion: [[readExpr('s*y')]] }
/** A nonlinear one with exact solution y = tan(t + W + atan y₀) (Kloeden and Platen §4.4). */
const tangent: StochasticSystem = { states: ['y'], time: 't', drift: [readExpr('(1+y)*(1+y^2)')], diffusion: [[readExpr('1+y^2')]] }

function strongOrder(
  s: StochasticSystem, method: StochasticMethod, exact: (w: number) => number, t1: number, y0: number,
  parameters: Readonly<Record<string, number>>,
): number {
  const compiled = compileStochastic(s, Object.keys(parameters), { method })
  const errors = [4, 8].map((level) => mean(Array.from({ length: 200 }, (_, seed) => {
    const { y, increments } = compiled.run({ y0: [y0], parameters: Object.values(parameters), t1, level, seed })
    return Math.abs((y[0]?.at(-1) ?? NaN) - exact(mean(increments[0]?.dW ?? []) * 2 ** level))
  })))
  return Math.log2((errors[0] ?? NaN) / (errors[1] ?? NaN)) / 4
}

/** Weak orders (Kloeden and Platen §14): the steps of the first two agree in the mean, that of strong order 1.5 is that of weak order 2. */
const WEAK_ORDER: Readonly<Record<string, number>> = { 'euler-maruyama': 1, milstein: 1, 'taylor-1.5': 2 }

interface WeakError {
  readonly error: number
  /** Its standard error. */
  readonly spread: number
}

const WEAK = { mu: 1.5, s: 0.2 }

/** Errors of the mean and of the mean square of geometric motion at t = 1, against the exact solution along the same paths. */
function weakErrors(method: StochasticMethod, level: number): readonly WeakError[] {
  const { mu, s } = WEAK
  const compiled = compileStochastic(geometric, ['mu', 's'], { method })
  const pairs = Array.from({ length: 2000 }, (_, seed) => {
    const { y, increments } = compiled.run({ y0: [1], parameters: [mu, s], t1: 1, level, seed })
    const motion = Array.from(increments[0]?.dW ?? []).reduce((a, b) => a + b, 0)
    return [y[0]?.at(-1) ?? NaN, Math.exp(mu - s * s / 2 + s * motion)] as const
  })
  return [pairs.map(([found, exact]) => found - exact), pairs.map(([found, exact]) => found ** 2 - exact ** 2)].map((d) => {
    const error = mean(d)
    return { error, spread: Math.sqrt(mean(d.map((x) => (x - error) ** 2)) / d.length) }
  })
}

/** The mean and the mean square of one step of geometric motion of length h from 1, by the moments of the increments. */
const STEP_MOMENTS: Readonly<Record<string, (h: number) => readonly number[]>> = {
  'euler-maruyama': (h) => [1 + WEAK.mu * h, (1 + WEAK.mu * h) ** 2 + WEAK.s ** 2 * h],
  milstein: (h) => [1 + WEAK.mu * h, (1 + WEAK.mu * h) ** 2 + WEAK.s ** 2 * h + WEAK.s ** 4 * h ** 2 / 2],
  'taylor-1.5': (h) => [1 + WEAK.mu * h + (WEAK.mu * h) ** 2 / 2],
}

describe.each(STOCHASTIC_METHODS)('$title', (method) => {
  it('has its weak order in the mean and in the mean square', () => {
    const [coarse, fine] = [weakErrors(method, 3), weakErrors(method, 5)]
    for (const [k, { error, spread }] of coarse.entries()) {
      const finer = fine[k] ?? { error: NaN, spread: NaN }
      expect(Math.max(spread / Math.abs(error), finer.spread / Math.abs(finer.error))).toBeLessThan(1 / 20)
      expect(Math.abs(Math.log2(error / finer.error) / 2 - (WEAK_ORDER[method.name] ?? NaN))).toBeLessThan(0.25)
    }
  })

  it('has the weak error that the moments of its steps say', () => {
    const exact = [Math.exp(WEAK.mu), Math.exp(2 * WEAK.mu + WEAK.s ** 2)]
    for (const level of [3, 5]) {
      const found = weakErrors(method, level)
      const moments = STEP_MOMENTS[method.name]?.(2 ** -level) ?? []
      expect(moments.length).toBeGreaterThan(0)
      for (const [k, moment] of moments.entries()) {
        const { error, spread } = found[k] ?? { error: NaN, spread: NaN }
        expect(Math.abs(error - (moment ** (2 ** level) - (exact[k] ?? NaN)))).toBeLessThan(4 * spread)
      }
    }
  })

  it('has its strong order on multiplicative noise', () => {
    const order = strongOrder(geometric, method, (w) => Math.exp((0.5 - 0.32) + 0.8 * w), 1, 1, { mu: 0.5, s: 0.8 })
    expect(Math.abs(order - method.strongOrder)).toBeLessThan(0.2)
  })

  it('has at least its strong order on a nonlinear equation', () => {
    const order = strongOrder(tangent, method, (w) => Math.tan(0.04 + w), 0.04, 0, {})
    expect(order).toBeGreaterThan(method.strongOrder - 0.2)
  })
})

describe('noise of the wrong kind', () => {
  it('is refused with the remedy', () => {
    const [zero, one] = [readExpr('0'), readExpr('1')]
    const mixed: StochasticSystem =
      { states: ['x', 'y'], time: 't', drift: [zero, zero], diffusion: [[one, zero], [zero, readExpr('x')]] }
    for (const method of STOCHASTIC_METHODS.slice(1)) expect(() => compileStochastic(mixed, [], { method })).toThrow(InputError)
    expect(() => compileStochastic(mixed, [], { method: STOCHASTIC_METHODS[0] ?? geometricMethod() })).not.toThrow()
  })
})

it('seeds are words of 32 bits: one beyond would have the path of a smaller one', () => {
  const [method = geometricMethod()] = STOCHASTIC_METHODS
  const compiled = compileStochastic(geometric, ['mu', 's'], { method })
  const ends = [0, 1, 2 ** 31, 2 ** 32 - 1].map((seed) => compiled.run({ y0: [1], parameters: [1, 1], t1: 1, level: 3, seed }).y[0]?.at(-1))
  expect(new Set(ends).size).toBe(4)
  for (const seed of [2 ** 32, -1, 0.5, NaN])
    expect(() => compiled.run({ y0: [1], parameters: [1, 1], t1: 1, level: 3, seed })).toThrow(`seed = ${seed}`)
})

function geometricMethod(): never {
  throw new Error('no stochastic method')
}

import { describe, expect, it } from 'vitest'
import { differentiate } from '../../src/algebra/calculus.js'
import { evaluateNumber } from '../../src/algebra/evaluate.js'
import { readExpr } from '../../src/algebra/read.js'
import { load } from '../../src/compile/executable.js'
import { compileFunction } from '../../src/compile/function.js'
import { Graph } from '../../src/compile/graph.js'
import { MATH_FUNCTIONS, type MathFunction, type Program, f64, giveBack } from '../../src/compile/ir.js'
import { compileSystem } from '../../src/compile/system.js'
import type { Entry } from '../../src/compile/wasm/engine.js'
import { piFixed } from '../../src/compile/transcendental/constants.js'
import { atanFixed, divide, expFixed, fixed, logFixed, product, sineCosine, ulps } from './reference.js'

function compiled(name: MathFunction | 'roughExp' | 'roughLog'): Entry {
  const g = new Graph()
  const [x, y] = [f64('x'), f64('y')]
  const value = name === 'pow' ? g.call(name, g.read(x), g.read(y)) : g.call(name, g.read(x))
  const program: Program = { routines: [{ name: 'f', parameters: [x, y], result: 'f64', body: [giveBack(value)] }], exported: ['f'] }
  return load(program, 'wasm').entry('f')
}

/** A reproducible sequence in [0, 1). */
function* uniform(seed: number): Generator<number> {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

const hyperbolic = (x: bigint): readonly [bigint, bigint] => {
  const e = expFixed(x)
  const inverse = divide(1n << 1400n, e)
  return [(e - inverse) / 2n, (e + inverse) / 2n]
}
const ratio = ([a, b]: readonly [bigint, bigint]): bigint => divide(a, b)

/** Whole part of the root, by Newton's method from above. */
const wholeRoot = (n: bigint): bigint => {
  let x = 1n << BigInt((n.toString(2).length >> 1) + 1)
  for (let next = (x + n / x) / 2n; next < x; next = (x + n / x) / 2n) x = next
  return x
}

/** ±log(|x| + √(x² + 1)). */
const arcsinh = (x: number): bigint => {
  const a = fixed(Math.abs(x))
  const found = logFixed(a + wholeRoot(a * a + (1n << 2800n)), Math.asinh(Math.abs(x)))
  return x < 0 ? -found : found
}

/** atan x = ±π/2 − atan(1/x). */
const complement = (x: number): bigint => {
  const halfPi = piFixed(1400n) / 2n
  return (x < 0 ? -halfPi : halfPi) - atanFixed(divide(1n << 1400n, fixed(x)), Math.atan(1 / x))
}

const EXACT: Readonly<Record<Exclude<MathFunction, 'pow'>, (x: number) => bigint>> = {
  exp: (x) => expFixed(fixed(x)),
  log: (x) => logFixed(fixed(x), Math.log(x)),
  sin: (x) => sineCosine(fixed(x))[0],
  cos: (x) => sineCosine(fixed(x))[1],
  tan: (x) => ratio(sineCosine(fixed(x))),
  sinh: (x) => hyperbolic(fixed(x))[0],
  cosh: (x) => hyperbolic(fixed(x))[1],
  tanh: (x) => ratio(hyperbolic(fixed(x))),
  asinh: (x) => arcsinh(x),
  atan: (x) => (Math.abs(x) <= 1 ? atanFixed(fixed(x), Math.atan(x)) : complement(x)),
}

/** Magnitudes that matter for each function: powers of two from the least to the largest argument with a finite nonzero value. */
const RANGE: Readonly<Record<Exclude<MathFunction, 'pow'>, readonly [number, number]>> = {
  exp: [-60, 9.4], log: [-1074, 1000], sin: [-60, 1000], cos: [-30, 1000], tan: [-60, 1000], sinh: [-60, 9.4], cosh: [-30, 9.4], tanh: [-60, 5], asinh: [-60, 1000], atan: [-60, 70],
}
const SAMPLES = 250

describe('the functions of a module are within 2 units in the last place', () => {
  it.each(MATH_FUNCTIONS.filter((n) => n !== 'pow'))('%s', (name) => {
    const f = compiled(name)
    const random = uniform(name.length * 7919 + name.charCodeAt(0))
    const draw = (): number => random.next().value ?? 0
    const [low, high] = RANGE[name]
    let worst = 0
    for (let i = 0; i < SAMPLES; i += 1) {
      const center = name === 'log' && i % 2 === 0 ? 0 : low + (high - low) * draw()
      const size = 2 ** (i % 3 === 0 ? Math.min(3, high) * draw() : center) * (name === 'log' ? 0.5 + draw() : 1)
      const x = name !== 'log' && draw() < 0.5 ? -size : size
      worst = Math.max(worst, ulps(f(x, 0), EXACT[name](x)))
    }
    expect(worst).toBeGreaterThan(0.3)
    expect(worst).toBeLessThan(2)
  })

  it('pow', () => {
    const f = compiled('pow')
    const random = uniform(5)
    const draw = (): number => random.next().value ?? 0
    let worst = 0
    for (let i = 0; i < SAMPLES; i += 1) {
      const x = 2 ** (i % 2 === 0 ? 60 * (draw() - 0.5) : draw() - 0.5)
      const y = ((draw() - 0.5) * 1300) / Math.max(1, Math.abs(Math.log2(x)) * 1.0)
      const exact = expFixed(product(fixed(y), logFixed(fixed(x), Math.log(x))))
      worst = Math.max(worst, ulps(f(x, y), exact))
    }
    expect(worst).toBeGreaterThan(0.3)
    expect(worst).toBeLessThan(2)
  })
})

describe('the functions that choose steps', () => {
  it('are right to seven digits over the whole range, and monotone enough beyond', () => {
    const [exponential, logarithm] = [compiled('roughExp'), compiled('roughLog')]
    const random = uniform(11)
    for (let i = 0; i < SAMPLES; i += 1) {
      const x = 1390 * ((random.next().value ?? 0) - 0.5)
      expect(Math.abs(exponential(x, 0) / Math.exp(x) - 1)).toBeLessThan(1e-7)
      expect(Math.abs(logarithm(2 ** x, 0) - x * Math.LN2)).toBeLessThan(1e-7)
    }
    expect(logarithm(0, 0)).toBeLessThan(-700)
    expect(logarithm(Infinity, 0)).toBeGreaterThan(700)
    expect(exponential(1e9, 0)).toBeGreaterThan(1e300)
    expect(exponential(-Infinity, 0)).toBeLessThan(1e-300)
  })
})

describe('hard and special arguments', () => {
  it('reduces the doubles nearest to multiples of π/2', () => {
    const [sine, cosine] = [compiled('sin'), compiled('cos')]
    // 6381956970095103·2^797 has the smallest |x mod π/2| of all doubles (Muller, Elementary Functions, §11).
    for (const x of [6_381_956_970_095_103 * 2 ** 797, Math.PI, 1e22, 2 ** 1023, 355, 823_549.6645, 799_999.9]) {
      const [s, c] = sineCosine(fixed(x))
      expect(ulps(sine(x, 0), s)).toBeLessThan(2)
      expect(ulps(cosine(x, 0), c)).toBeLessThan(2)
    }
  })

  it('gives subnormal results', () => {
    for (const x of [-708.5, -720, -740, -745]) expect(ulps(compiled('exp')(x, 0), expFixed(fixed(x)))).toBeLessThan(2)
  })

  it('keeps the conventions at zeros, infinities and NaN', () => {
    for (const name of MATH_FUNCTIONS) {
      const f = compiled(name)
      expect(f(NaN, 1.5)).toBeNaN()
      for (const x of [0, -0, Infinity, -Infinity]) {
        const expected = name === 'pow' ? x ** 1.5 : Math[name](x)
        expect(Object.is(f(x, 1.5), expected) || (f(x, 1.5) === 0 && expected === 0 && name === 'cos'), `${name}(${x})`).toBe(true)
      }
    }
    const pow = compiled('pow')
    for (const x of [0, -0, -2, 2, -Infinity, Infinity, 0.5, -1])
      for (const y of [0, -1, -2, 3, 1e300, -1e300, Infinity, -Infinity]) {
        if (Math.abs(x) === 1 && Math.abs(y) === Infinity) continue
        expect(pow(x, y), `${x}^${y}`).toBe(x ** y)
      }
  })
})

it('asinh is exact to rounding on both sides and however small, with its derivatives, in every way to compute it', () => {
  const shapes = [['asinh(x)', (x: number) => x], ['asinh(x/3)', (x: number) => x / 3], ['asinh(2*x - 1)', (x: number) => 2 * x - 1], ['asinh(x*y)', (x: number) => 7 * x]] as const
  for (const [text, of] of shapes) {
    const e = readExpr(text)
    const slope = differentiate(e, 'x')
    for (const x of [-1e300, -1e9, -12345, -3, -1e-3, -1e-12, 0, 1e-12, 0.3, 40, 1e8, 1e200]) {
      const exact = Math.asinh(of(x))
      const scale = of(1) - of(0)
      for (const target of ['wasm', 'js'] as const) {
        const [value = NaN, change = NaN] = compileFunction([e, slope], ['x', 'y'], { target }).at([x, 7])
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(1e-15 * Math.abs(exact) + (text.includes('-') ? 1e-16 : 0))
        // Beyond 10¹⁰⁰ the square under the root has no double.
        expect(Math.abs(x) < 1e100 ? Math.abs(change * Math.hypot(of(x), 1) / scale - 1) : change).toBeLessThan(1e-15)
      }
      expect(Math.abs(evaluateNumber(e, { x, y: 7 }) - exact)).toBeLessThan(1e-15 * Math.abs(exact) + 1e-16)
    }
  }
})

it('atanh is exact to rounding however small, acosh however large and near 1, and both end where they end', () => {
  const cases: readonly (readonly [string, (x: number) => number, readonly number[]])[] = [
    ['atanh(x)', Math.atanh, [-1, -0.999999999, -0.1, -1e-17, 0, 1e-300, 1e-20, 1e-9, 1e-3, 0.5, 1 - 2 ** -53, 1, 1.5, -2]],
    ['atanh(x/3)', (x) => Math.atanh(x / 3), [-1e-20, 1e-12, 1, 2.5]],
    ['log((5 + x)/(5 - x))', (x) => 2 * Math.atanh(x / 5), [-1e-20, 1e-12, 1, 4]],
    ['acosh(x)', (x) => (x < 1e150 ? Math.acosh(x) : Math.log(x) + Math.LN2), [1, 1 + 2 ** -52, 1.5, 1e10, 1e154, 1e200, 1.7e308, 0.5, -2, -1e200]],
    ['acosh(2*x - 1)', (x) => Math.acosh(2 * x - 1), [1, 1.5, 40]],
  ]
  for (const [text, of, places] of cases) {
    const e = readExpr(text)
    for (const x of places)
      for (const value of [...(['wasm', 'js'] as const).map((target) => compileFunction([e], ['x'], { target }).at([x])[0] ?? 7), evaluateNumber(e, { x })]) {
        const exact = of(x)
        expect([text, x, Object.is(value, exact) || Math.abs(value - exact) <= 6e-16 * Math.abs(exact) ? exact : value]).toEqual([text, x, exact])
      }
  }
})

it('∫ asinh(−kt) is met by every method, and by Taylor series in loops', () => {
  const [k, t1] = [1e7, 1]
  const exact = -(Math.asinh(k) - (Math.sqrt(1 + k * k) - 1) / k)
  for (const method of ['dopri5', 'vern9', 'taylor', 'rodas5p'])
    for (const count of [1, 30]) {
      const states = Array.from({ length: count }, (_, i) => `x${i}`)
      const system = { states, rhs: states.map((_, i) => readExpr(`asinh(-10^7*t) + 0*x${i}`)) }
      const { status, final } = compileSystem(system, { method }).integrate({ y0: states.map(() => 0), t1, rtol: 1e-9, atol: 1e-9 })
      expect(status).toBe('completed')
      for (const x of final.y) expect(Math.abs(x - exact)).toBeLessThan(1e-6)
    }
})

import { array, assert, constantFrom, double, integer, letrec, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { emitSystem } from '../../src/compile/emit.js'
import { METHODS } from '../../src/compile/methods/choose.js'
import { CONFORMAL } from '../../src/compile/methods/conformal.js'
import { type Integration, compileSystem } from '../../src/compile/system.js'

/** Random right-hand sides, most of them with singularities somewhere. */
const { expression } = letrec<{ expression: string }>((tie) => ({
  expression: integer({ min: 0, max: 9 }).chain((kind) => {
    const [e, f] = [tie('expression'), tie('expression')]
    if (kind < 4) return constantFrom('x', 'y', 't', '1/2', '3', 'x*y')
    if (kind < 6) return tuple(e, f, constantFrom('+', '-', '*')).map(([a, b, op]) => `(${a} ${op} ${b})`)
    if (kind === 6) return tuple(e, f).map(([a, b]) => `(${a})/(2 + ${b})`)
    if (kind === 7) return e.map((a) => `(${a})^2`)
    return tuple(e, constantFrom('sin', 'cos', 'exp', 'tanh', 'log', 'sqrt', 'atan', 'abs')).map(([a, name]) => `${name}(${a})`)
  }),
}))

/** Zero to a negative power is refused by the algebra already. */
const read = (texts: readonly string[]): ReturnType<typeof readExpr>[] | undefined => {
  try {
    return texts.map((text) => readExpr(text))
  } catch {
    return undefined
  }
}
const adaptive = METHODS.filter((m) => !['euler', 'rk4', ...Object.keys(CONFORMAL)].includes(m))

describe('any right-hand side', () => {
  it('ends within the limit on steps, with finite output and, if early, with a place; targets agree', () => {
    const start = array(double({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 2 })
    assert(property(expression, expression, constantFrom(...adaptive), start, (a, b, method, y0) => {
      const rhs = read([a, b])
      if (rhs === undefined) return
      const [wasm, js] = (['wasm', 'js'] as const).map((target) =>
        compileSystem({ states: ['x', 'y'], rhs }, { target, method, rtol: 1e-6 })
          .integrate({ y0, t1: 3, at: [1, 2, 3], rtol: 1e-6, atol: 1e-8, maxSteps: 500 }))
      if (wasm === undefined || js === undefined) throw new Error('no integration')
      expect(wasm.statistics.accepted + wasm.statistics.rejected).toBeLessThanOrEqual(501)
      expect(wasm.y.every((row) => row.every(Number.isFinite))).toBe(true)
      expect(wasm.failure === undefined).toBe(wasm.status === 'completed')
      expect(wasm.failure?.message ?? ' at t = ').toContain(' at t = ')
      if (wasm.status !== 'completed' || js.status !== 'completed') return
      for (const [i, row] of wasm.y.entries())
        for (const [k, v] of row.entries()) expect(Math.abs(v - (js.y[i]?.[k] ?? NaN))).toBeLessThan(1e-3 * (1 + Math.abs(v)))
    }), { numRuns: 40 })
  })
})

describe.each(['wasm', 'js'] as const)('an equation that cannot be integrated to its end, as %s,', (target) => {
  it.each([
    ['is singular', ['1/(t - 1)'], [0], 'auto', 'stepUnderflow', 1],
    ['starts where it has no value', ['log(x)'], [-1], 'auto', 'notFinite', 0],
    ['loses its value on the way', ['-sqrt(x) - 1/10'], [1], 'auto', 'notFinite', 2 * (1 - Math.log(11) / 10)],
    ['blows up', ['x^2'], [1], 'auto', 'stepUnderflow', 1],
    ['blows up, told by its Taylor series', ['x^2'], [1], 'taylor', 'stepUnderflow', 1],
    ['blows up for a stiff method', ['x^2'], [1], 'rodas5p', 'stepUnderflow', 1],
    ['is stiff for an explicit method', ['-10^6*(x - cos(t))'], [0], 'dopri5', 'stepLimit', 0.0165],
    ['jumps', ['-x/abs(x)'], [1], 'dopri5', 'chattering', 1],
  ] as const)('%s: it ends with the place, and keeps what was computed', (_, rates, y0, method, status, place) => {
    const at = [0, 0.25, 0.5, 10]
    const found = compileSystem({ states: ['x'], rhs: rates.map((r) => readExpr(r)) }, { target, method, rtol: 1e-8 })
      .integrate({ y0, t1: 10, at, rtol: 1e-8, atol: 1e-10, maxSteps: 5000 })
    expect(found.status).toBe(status)
    expect(found.failure?.message).toContain(` at t = ${found.final.t}, y = (`)
    expect(found.failure?.message.split('\n')).toHaveLength(1)
    expect(Math.abs(found.final.t - place)).toBeLessThan(0.01)
    expect(found.t).toEqual(Float64Array.from(at.filter((t) => t <= found.final.t)))
    expect(found.y[0]).toHaveLength(found.t.length)
  })

  it.each([
    [['x', 'log(x - 2) + u + p'], 'dopri5', /^the rate of y, log\(x - 2\) \+ p \+ u, is NaN at t = 0, y = \(1\.00000, 1\.00000\) — start elsewhere than at the singularity/],
    [['x', '1/(1 - x)'], 'rk4', /^the rate of y, 1\/\(1 - x\), is Infinity at t = 0, .* start elsewhere than at the singularity/],
    [['-1', 'sqrt(x)'], 'vern9', /^no step further keeps the right-hand side and the solution finite at t = 1\.?\d*, y = \(/],
    [['-1', '1'], 'rk4', /^the limit on steps was reached at t = 0\.0\d+, .* raise maxSteps, or take longer steps$/],
  ] as const)('with the rates %o is told by what fails', (rates, method, message) => {
    const system = {
      states: ['x', 'y'], parameters: ['p'], signals: { names: ['u'], shape: 'linear' as const }, rhs: rates.map((r) => readExpr(r)),
    }
    const { failure } = compileSystem(system, { target, method }).integrate({
      y0: [1, 1], parameters: [2], t1: 2, maxSteps: 400, signals: { origin: 0, spacing: 1, values: [[1, 2, 3]] },
      ...(method === 'rk4' ? { step: 1e-4 } : {}),
    })
    expect(failure?.message).toMatch(message)
  })

  it('has a fixed step that the time cannot take: no tolerance is blamed', () => {
    const { status, failure } = compileSystem({ states: ['x'], rhs: [readExpr('-x')] }, { target, method: 'rk4' }).integrate({ y0: [1], t1: 1, step: 1e-301 })
    expect(status).toBe('stepUnderflow')
    expect(failure?.message).toBe('the step is below roundoff of the time at t = 0, y = (1.00000) — give a longer step')
  })

  it('with tolerances below roundoff is refused before it starts', () => {
    const compiled = compileSystem({ states: ['x'], rhs: [readExpr('-x')] }, { target })
    expect(() => compiled.integrate({ y0: [1], t1: 1, rtol: 1e-17, atol: 1e-20 })).toThrow(/below roundoff/)
  })
})

describe('code for many equations', () => {
  it('uses 128-bit instructions', () => {
    const states = Array.from({ length: 40 }, (_, i) => `x${i}`)
    const { content } = emitSystem({ states, rhs: states.map((s) => readExpr(`-${s}`)) }, { target: 'wasm' })
    const bytes = typeof content === 'string' ? '' : Buffer.from(content).toString('hex')
    for (const instruction of ['fdf201', 'fdf001']) expect(bytes).toContain(instruction)
  })

  it('grows in proportion to their number', () => {
    const size = (n: number): number => {
      const states = Array.from({ length: n }, (_, i) => `x${i}`)
      return emitSystem({ states, rhs: states.map((s, i) => readExpr(`${states[(i + 1) % n]} - ${s}^3`)) }, { target: 'wasm' }).content.length
    }
    expect(size(800) / size(200)).toBeLessThan(5)
  })
})

describe.each(['wasm', 'js'] as const)('rates that are singular at a point, as %s:', (target) => {
  const run = (method: string, rate: string, y0: number, t1: number): Integration =>
    compileSystem({ states: ['y'], parameters: ['a'], rhs: [readExpr(rate)] }, { target, method, rtol: 1e-9 })
      .integrate({ y0: [y0], parameters: [0.7], t1, rtol: 1e-9, atol: 1e-9 })

  // Closed forms; ∫₀² exp(−1/t) dt = 2 exp(−1/2) − E₁(1/2).
  it.each([
    ['sqrt(t)', 0, (2 / 3) * 2 ** 1.5], ['t^(1/3)', 0, 0.75 * 2 ** (4 / 3)], ['t^a', 0, 2 ** 1.7 / 1.7], ['-sqrt(t)*y', 1, Math.exp((-2 / 3) * 2 ** 1.5)],
    ['exp(-1/t)', 0, 2 * Math.exp(-0.5) - 0.5597735947761608],
  ])('Rodas5P starts where %s has no derivative', (rate, y0, exact) => {
    const { status, final: { y: [y = NaN] } } = run('rodas5p', rate, y0, 2)
    expect(status).toBe('completed')
    expect(Math.abs(y - exact)).toBeLessThan(2e-8)
  })

  it('Taylor series end where a root turns back: 1 − y² = cos² t, y = (1 − t/2)²', () => {
    const up = run('taylor', 'sqrt(1 - y^2)', 0, 2)
    expect(Math.abs((up.final.y[0] ?? NaN) - 1)).toBeLessThan(1e-8)
    const down = run('taylor', '-sign(y)*sqrt(abs(y))', 1, 3)
    expect(Math.abs(down.final.y[0] ?? NaN)).toBeLessThan(1e-8)
  })

  it('Taylor series need derivatives, and say of what there are none; singular rates at the start are told as such', () => {
    expect(run('taylor', 'sqrt(t)', 0, 2).failure?.message).toMatch(/^taylor needs derivatives .*sqrt\(t\) has not all where t is 0, at t = 0, .*dop853/)
    for (const method of ['taylor', 'rodas5p', 'dop853'])
      expect(run(method, 'y/sqrt(t)', 1, 2).failure?.message).toMatch(/^the rate of y, y\/sqrt\(t\), is Infinity at t = 0, .* start elsewhere than at the singularity/)
    expect(run('dop853', '1/(1 - t)^2', 0, 2).failure?.message).not.toContain('start elsewhere')
  })
})

describe('far from the origin of time', () => {
  const falling = { states: ['x', 'v'], rhs: ['v', '-1'].map((e) => readExpr(e)) }
  it.each(METHODS.filter((m) => m !== 'euler'))('%s starts, and its steps are what the time moves by', (method) => {
    for (const target of ['wasm', 'js'] as const)
      // Seconds and milliseconds since 1970, whose doubles are 2⁻²² and 2⁻¹² apart, and times of which only eighths are doubles.
      for (const t0 of [1.7e9, 1.7e12, 1e15])
        for (const sign of [1, -1]) {
          const t1 = t0 + sign * 1000
          const { status, final } = compileSystem(falling, { method, target }).integrate({ y0: [0, 0], t0, t1, rtol: 1e-9, atol: 1e-9, step: 1 })
          expect(status).toBe('completed')
          expect(Math.abs((final.y[1] ?? NaN) + sign * 1000)).toBeLessThan(1e-8)
          expect(Math.abs((final.y[0] ?? NaN) + 5e5)).toBeLessThan(1e-3)
          const free = compileSystem(falling, { method, target }).integrate({ y0: [0, 0], t0, t1, rtol: 1e-9, atol: 1e-9 })
          expect(free.status).toBe('completed')
          expect(Math.abs((free.final.y[1] ?? NaN) + sign * 1000)).toBeLessThan(1e-8)
        }
  })
})

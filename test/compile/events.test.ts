import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { compileEnsemble } from '../../src/compile/ensemble.js'
import type { EventSpecification } from '../../src/compile/events.js'
import { METHODS } from '../../src/compile/methods/choose.js'
import type { IntegrationOptions } from '../../src/compile/options.js'
import { type Integration, type System, compileSystem } from '../../src/compile/system.js'

const event = (zero: string, facts: Partial<EventSpecification> = {}): EventSpecification =>
  ({ name: zero, zero: readExpr(zero), direction: 'any', terminal: false, ...facts })
/** x = sin t, v = cos t from (0, 1). */
const circle = (...events: readonly EventSpecification[]): System => ({ states: ['x', 'v'], rhs: [readExpr('v'), readExpr('-x')], events })
/** One state that does not care for the events: steps as long as the span. */
const clock = (...events: readonly EventSpecification[]): System => ({ states: ['x'], rhs: [readExpr('1')], events })
const times = (found: Integration, name = found.events[0]?.name): readonly number[] => found.events.filter((e) => e.name === name).map((e) => e.t)
const run = (s: System, method: string, options: Partial<IntegrationOptions> = {}): Integration =>
  compileSystem(s, { method }).integrate({ y0: s.states.length === 1 ? [0] : [0, 1], t1: 20, rtol: 1e-9, atol: 1e-9, ...options })

function expectNear(found: readonly number[], expected: readonly number[], tolerance = 1e-12): void {
  expect(found).toHaveLength(expected.length)
  for (const [k, t] of expected.entries()) expect(Math.abs((found[k] ?? NaN) - t)).toBeLessThan(tolerance)
}

/** Where sin t = level on 0 … 20. */
const levelTimes = (level: number): readonly number[] => [0, 1, 2, 3].flatMap((k) => [Math.asin(level) + 2 * k * Math.PI, (2 * k + 1) * Math.PI - Math.asin(level)])
  .filter((t) => t > 0 && t < 20).sort((a, b) => a - b)

describe('an event is found to roundoff', () => {
  const places = [
    ['sign(x - 31/10)', 3.1], ['(x - 7/10)^9', 0.7], ['sign(x - 2)*abs(x - 2)^(1/3)', 2], ['exp(30*(x - 1)) - 1', 1], ['atan(10^6*(x - 5))', 5],
    ['x^3 - 9', Math.cbrt(9)], ['floor(x) - 11/2', 6], ['10^(-200)*(x - 3)', 3], ['10^200*(x - 3)^3', 3],
  ] as const
  it.each(places)('whether the function is smooth, flat, steep or jumps: %s', (zero, place) => {
    for (const method of ['dopri5', 'vern9', 'taylor'])
      for (const target of ['wasm', 'js'] as const) {
        const found = compileSystem(clock(event(zero)), { method, target }).integrate({ y0: [0], t1: 10 })
        // The interpolant of vern9 rounds by more where steps are as long as these.
        expectNear(times(found), [place], method === 'vern9' ? 1e-11 : 4e-15)
      }
  })
})

describe('an event function that turns just beyond zero within a step', () => {
  it.each(METHODS.filter((m) => m !== 'euler'))('%s: has its two crossings', (method) => {
    const level = 1 - 1e-3
    const found = run(circle(event('x - (1 - 1/1000)')), method, method === 'rodas5p' ? { rtol: 1e-7 } : {})
    expectNear(times(found), levelTimes(level), method === 'conformal2' ? 1e-2 : 2e-5)
    for (const e of found.events) expect(Math.abs((e.y[0] ?? NaN) - level)).toBeLessThan(1e-13)
  })

  it('up to where rounding hides them, and not where it stays short of zero', () => {
    for (const part of ['10^10', '10^12']) {
      const touching = `sin(x) - (1 - 1/${part})`
      expectNear(times(run(clock(event(touching)), 'dopri5', { t1: 4 })), [-1, 1].map((s) => Math.PI / 2 + s * Math.acos(1 - 1 / Number(part.replace('10^', '1e')))), 1e-8)
      expect(run(clock(event(`sin(x) - (1 + 1/${part})`)), 'dopri5').events).toEqual([])
    }
  })

  it('however small the function is', () => {
    for (const size of [-160, -200, -300])
      for (const method of ['dopri5', 'vern9', 'taylor'])
        for (const target of ['wasm', 'js'] as const) {
          const s = clock(event(`10^(${size})*(sin(x) - (1 - 1/10^6))`))
          const found = compileSystem(s, { method, target }).integrate({ y0: [0], t1: 4 })
          expectNear(times(found), [-1, 1].map((sign) => Math.PI / 2 + sign * Math.acos(1 - 1e-6)), 1e-9)
        }
  })

  it('counts each crossing in its direction, to either side of time', () => {
    const level = 1 - 1e-3
    const all = levelTimes(level)
    for (const [direction, first] of [['rising', 0], ['falling', 1]] as const) {
      const s = circle(event('x - (1 - 1/1000)', { direction }))
      expectNear(times(run(s, 'dop853')), all.filter((_, k) => k % 2 === first), 1e-6)
      // Backward, what rises comes before what falls as the integration meets them.
      const back = run(s, 'dop853', { t0: 20, t1: 0, y0: [Math.sin(20), Math.cos(20)] })
      expectNear(times(back), all.filter((_, k) => k % 2 !== first).toReversed(), 1e-6)
    }
  })

  it('a terminal one ends it at the first crossing; of the others none behind is kept', () => {
    const found = run(circle(event('x - (1 - 1/1000)', { terminal: true }), event('v')), 'dop853')
    expect(found.status).toBe('event')
    expect(found.events).toHaveLength(1)
    expect(found.final.t).toBeCloseTo(Math.asin(0.999), 7)
  })
})

describe('many crossings within a step', () => {
  it.each(['dopri5', 'vern9', 'taylor', 'rodas5p'])('%s: all are found', (method) => {
    const found = run(clock(event('sin(20*x)'), event('cos(x) - 99/100')), method, { t1: 6 })
    expect(found.statistics.accepted).toBeLessThan(20)
    expectNear(times(found, 'sin(20*x)'), Array.from({ length: 38 }, (_, k) => (k + 1) * Math.PI / 20))
    expectNear(times(found, 'cos(x) - 99/100'), [Math.acos(0.99), 2 * Math.PI - Math.acos(0.99)].filter((t) => t < 6))
  })

  it.each(['dopri5', 'tsit5', 'dop853', 'vern9', 'taylor', 'rodas5p'])('%s: all zeros of two waves of the time, which the rates do not follow', (method) => {
    const system: System = { states: ['x'], parameters: ['a', 'b', 'c', 'd'], rhs: [readExpr('-x')], events: [event('sin(a*t) + c*cos(b*t + d) - d/4')] }
    const runs = Array.from({ length: 40 }, (_, k) => [0.5 + (k * 2.39) % 9, 0.5 + (k * 5.77) % 15, 0.2 + (k % 7) / 7, (k % 11) / 4])
    for (const target of ['wasm', 'js'] as const) {
      const compiled = compileSystem(system, { method, target })
      for (const [a = NaN, b = NaN, c = NaN, d = NaN] of runs) {
        const wave = (t: number): number => Math.sin(a * t) + c * Math.cos(b * t + d) - d / 4
        const signs = Array.from({ length: 100_001 }, (_, k) => Math.sign(wave(k * 4e-4)))
        const { events } = compiled.integrate({ y0: [1], parameters: [a, b, c, d], t1: 40, rtol: 1e-9, atol: 1e-9 })
        expect(events).toHaveLength(signs.filter((sign, k) => k > 0 && sign !== signs[k - 1]).length)
        for (const { t } of events) expect(Math.abs(wave(t))).toBeLessThan(1e-12)
      }
    }
  })

  it('steps that follow too fast a wave of the time say so where they are too many', () => {
    const { status, failure } = run(clock(event('sin(10^9*t)')), 'dopri5', { maxSteps: 1000 })
    expect(status).toBe('stepLimit')
    expect(failure?.message).toMatch(/^the limit on steps was reached: they follow the waves of the time in the event functions at t = \S+, y = \(\S+\) — raise maxSteps, or look for slower events$/)
    expect(run(circle(event('sin(t/9)')), 'dopri5', { maxSteps: 5 }).failure?.message).toMatch(/^the limit on steps was reached at/)
  })

  it('on the lanes of a vector too', async () => {
    const s: System = { ...circle(event('x - c')), parameters: ['c'] }
    const levels = [0.999, 0.3, 1.001, 0.9999, -0.99]
    const ensemble = compileEnsemble(s, { method: 'dop853', workers: 1 })
    const found = await ensemble.integrate(levels.map((c) => ({ y0: [0, 1], t1: 20, parameters: [c] })))
    await ensemble.close()
    for (const [k, level] of levels.entries()) expectNear(times(found[k] ?? run(s, 'dop853')), levelTimes(level), 1e-6)
  })
})

describe('what a search costs', () => {
  const kepler = (...events: readonly EventSpecification[]): System => ({
    states: ['x', 'y', 'u', 'v'], rhs: ['u', 'v', '-x/(x^2 + y^2)^(3/2)', '-y/(x^2 + y^2)^(3/2)'].map((e) => readExpr(e)), events,
  })
  const cost = (s: (...events: readonly EventSpecification[]) => System, method: string, zero: string, y0: readonly number[], rtol: number) => {
    const [without, found] = [s(), s(event(zero))].map((each) => run(each, method, { y0, t1: 100, rtol, atol: rtol }))
    return [found?.events.length ?? NaN, (found?.statistics.evaluations ?? NaN) - (without?.statistics.evaluations ?? NaN)] as const
  }

  it.each([['vern9', 9], ['dop853', 3], ['dopri5', 0]] as const)('%s: the %i further stages of its interpolant are computed for steps with an event only', (method, further) => {
    for (const rtol of [1e-5, 1e-7, 1e-9, 1e-12]) {
      const [crossings, spent] = cost(circle, method, 'v', [0, 1], rtol)
      expect(crossings).toBe(32)
      expect(spent).toBe(further * crossings)
      const [apsides, more] = cost(kepler, method, 'x*u + y*v', [0.5, 0, 0, Math.sqrt(3)], rtol)
      expect(apsides).toBe(31)
      expect(more).toBe(further * apsides)
      // Where it passes by closely, a few steps are searched in vain.
      expect(cost(circle, method, 'x - 1001/1000', [0, 1], rtol)[1]).toBeLessThanOrEqual(2 * further * 32)
    }
  })

  it('the same events are found where event functions contain many states as where they contain few', () => {
    const ring = (zero: string): System => ({
      states: Array.from({ length: 12 }, (_, i) => `x${i}`),
      rhs: Array.from({ length: 12 }, (_, i) => readExpr(i < 6 ? `x${i + 6}` : `x${(i + 1) % 6} - 2*x${i - 6} + x${(i + 5) % 6} - x${i - 6}`)),
      events: [event(zero)],
    })
    const y0 = Array.from({ length: 12 }, (_, i) => (i < 6 ? i / 5 : 0))
    for (const method of ['vern9', 'tsit5', 'rodas5p', 'taylor']) {
      const [few, many] = ['x0', `x0 + 0*sign(x1)${Array.from({ length: 11 }, (_, i) => ` + x${i + 1} - x${i + 1}^2/x${i + 1}`).join('')}`]
        .map((zero) => run(ring(zero), method, { y0, rtol: 1e-8 }))
      expect(few?.events.length).toBeGreaterThan(5)
      expectNear(times(many ?? run(ring('x0'), method)), few?.events.map((e) => e.t) ?? [], 1e-11)
    }
  })
})

describe('a change of sign that is no zero', () => {
  it.each(['dopri5', 'vern9', 'taylor'])('%s: at a pole is no event, beside one is', (method) => {
    const found = run(clock(event('1/(t - 1)'), event('tan(x)'), event('1/(x - 2)^(1/3)'), event('1/(3 - t) - 2')), method, { t1: 10 })
    expectNear(times(found, '1/(t - 1)'), [])
    expectNear(times(found, 'tan(x)'), [1, 2, 3].map((k) => k * Math.PI))
    expectNear(times(found, '1/(x - 2)^(1/3)'), [])
    expectNear(times(found, '1/(3 - t) - 2'), [2.5])
  })

  it('a jump over zero is an event', () => {
    const found = run(clock(event('sign(t - 1/3)'), event('floor(x) - 5/2')), 'dopri5', { t1: 10 })
    expectNear(times(found, 'sign(t - 1/3)'), [1 / 3])
    expectNear(times(found, 'floor(x) - 5/2'), [3])
  })
})

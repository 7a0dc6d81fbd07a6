import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { integrateFile, integrateProblem, odeCsv } from '../../src/compile/integrateFile.js'
import { parseOde } from '../../src/compile/odeFile.js'
import { InputError } from '../../src/errors.js'

const PENDULUM = `
title: Pendulum
states: { x: v, v: "-w^2*sin(x)" }
initial: { x: "w/2", v: 0 }
parameters: { w: 2 }
span: [0, 5]
at: [1, 2.5, 5]
rtol: 1.0e-10
events:
  - { name: bottom, zero: x, direction: falling }
  - { name: end, zero: "t - 4", terminal: true }
`

const fault = (text: string): InputError => {
  try {
    integrateProblem(parseOde(text, 'case.yaml'))
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('no fault found')
}

describe('an ODE file', () => {
  it('is integrated with its events; the energy is conserved', () => {
    const result = integrateProblem(parseOde(PENDULUM, 'pendulum.yaml'))
    expect(result.status).toBe('event')
    expect(result.t).toEqual([1, 2.5])
    expect(result.events.map((e) => e.name)).toEqual(['bottom', 'bottom', 'end'].slice(0, result.events.length - 1).concat('end'))
    const energy = (x: number, v: number): number => v * v / 2 - 4 * Math.cos(x)
    for (const [k] of result.t.entries()) expect(energy(result.states['x']?.[k] ?? NaN, result.states['v']?.[k] ?? NaN)).toBeCloseTo(-4 * Math.cos(1), 8)
    for (const e of result.events.filter((event) => event.name === 'bottom')) expect(e.y[0]).toBeCloseTo(0, 10)
  })

  it('gives the same by every adaptive method, and CSV reads back', () => {
    const problem = parseOde(PENDULUM.replace(/events:[^]*/, ''), 'pendulum.yaml')
    const reference = integrateProblem(problem, { method: 'vern9', rtol: 1e-13 })
    for (const method of ['dopri5', 'tsit5', 'dop853', 'taylor', 'rodas5p', 'auto']) {
      const result = integrateProblem(problem, { method })
      for (const [k, x] of (result.states['x'] ?? []).entries()) expect(Math.abs(x - (reference.states['x']?.[k] ?? NaN))).toBeLessThan(2e-8)
    }
    const rows = [...odeCsv(reference)].join('').trim().split('\n')
    expect(rows[0]).toBe('t,x,v')
    expect(rows[2]?.split(',').map(Number)).toEqual([2.5, reference.states['x']?.[1], reference.states['v']?.[1]])
  })

  it('may be a stochastic equation, reproducible by its seed', () => {
    const text = 'states: { x: "-x" }\ninitial: { x: 1 }\nspan: [0, 1]\nnoise: { x: "0.1*x" }\nseed: 5\nat: [0.5, 1]\n'
    const [a, b] = [integrateProblem(parseOde(text, 'a')), integrateProblem(parseOde(text, 'b'))]
    expect(a.method).toBe('taylor-1.5')
    expect(a.states).toEqual(b.states)
    expect(integrateProblem(parseOde(text.replace('seed: 5', 'seed: 6'), 'c')).states).not.toEqual(a.states)
  })

  it.each([
    ['0', '1/100', 'sqrt(x)', /^the noise of x, sqrt\(x\), is NaN at t = [\d.e-]+, y = \(-[\d.e-]+\) — write what has a value there too/],
    ['-sqrt(x)', '1/100', '1', /^the rate of x, -sqrt\(x\), is NaN at/],
    ['-x', '1', '1/t', /^the noise of x, 1\/t, is Infinity at t = 0, y = \(1\.00000\) — start elsewhere than at the singularity/],
    ['x^3', '3', 'x', /^no step further keeps the solution finite at t = [\d.e-]+, y = \([\d.e+-]+\) — take a smaller step or end earlier$/],
  ])('a path that ends early says why: x′ = %s from %s with noise %s', (rate, x0, noise, message) => {
    const text = `states: { x: "${rate}" }\ninitial: { x: "${x0}" }\nspan: [0, 4]\nnoise: { x: "${noise}" }\nmethod: euler-maruyama\n`
    const { status, failure } = integrateProblem(parseOde(text, 'x'))
    expect(status).toBe('notFinite')
    expect(failure?.message).toMatch(message)
  })

  it('is read from disk', () => {
    const folder = mkdtempSync(join(tmpdir(), 'noether-ode-'))
    writeFileSync(join(folder, 'p.yaml'), PENDULUM)
    expect(integrateFile(join(folder, 'p.yaml'), { at: [0.5] }).t).toEqual([0.5])
    rmSync(folder, { recursive: true })
    expect(() => integrateFile(join(folder, 'p.yaml'))).toThrow(InputError)
  })

  it('has parameters and bounds that are expressions: a pendulum of length g/4π² swings once a second', () => {
    const text = 'states: { x: v, v: "-g/l*x" }\ninitial: { x: 1, v: 0 }\nparameters: { g: 9.81, l: g/(4*pi^2), periods: 3/2*2 }\n' +
      'span: [0, "periods"]\nat: 4\nrtol: 1.0e-12\n'
    const { t, states } = integrateProblem(parseOde(text, 'seconds.yaml'))
    expect(t).toEqual([0, 1, 2, 3])
    for (const x of states['x'] ?? []) expect(x).toBeCloseTo(1, 9)
  })

  it('is driven by recorded signals: an oscillator under a force that is held, and under one that grows, in closed form', () => {
    const text = (shape: string) => 'states: { x: v, v: u - x }\ninitial: { x: 0, v: 0 }\nspan: [0, 2]\nat: [1, 2]\nrtol: 1.0e-12\natol: 1.0e-12\n' +
      `signals: { spacing: 1, shape: ${shape}, values: { u: [1, 3, 0] } }\n`
    const held = integrateProblem(parseOde(text('constant'), 'held.yaml')).states['x'] ?? []
    const [c, s] = [Math.cos(1), Math.sin(1)]
    expect(held[0]).toBeCloseTo(1 - c, 11)
    expect(held[1]).toBeCloseTo(3 + (1 - c - 3) * c + s * s, 11)
    const linear = integrateProblem(parseOde(text('linear'), 'linear.yaml')).states['x'] ?? []
    expect(linear[0]).toBeCloseTo(3 - c - 2 * s, 11)
    const [from, slope] = [3 - c - 2 * s - 3, s + 2 - 2 * c + 3]
    expect(linear[1]).toBeCloseTo(from * c + slope * s - 3 + 3, 11)
  })

  it('takes steps no longer than asked, so that events that come close together are all seen', () => {
    const text = 'states: { x: 1 }\ninitial: { x: 0 }\nspan: [0, 3]\nlargestStep: 0.05\nevents: [{ zero: sin(50*x) }]\n'
    const { events } = integrateProblem(parseOde(text, 'many.yaml'))
    expect(events).toHaveLength(Math.floor(150 / Math.PI))
    for (const [k, e] of events.entries()) expect(e.t).toBeCloseTo(((k + 1) * Math.PI) / 50, 9)
  })

  it('has sums and products over whole numbers, as if written out; a name of their own hides a state', () => {
    const values = (rate: string): unknown =>
      integrateProblem(parseOde(`states: { x: "${rate}", j: 1 }\ninitial: { x: 1, j: 0 }\nspan: [0, 1]\nat: 3\n`, 'sums.yaml')).states
    expect(values('-sum(x^j/j, j, 1, 4) - product(j - x, j, 2, 3) - j')).toEqual(values('-x - x^2/2 - x^3/3 - x^4/4 - (2 - x)*(3 - x) - j'))
  })

  it('keeps all events, however many: sin(100 t) vanishes 3183 times up to t = 100; and follows it by an explicit method', () => {
    const text = 'states: { x: v, v: -10^4*x }\ninitial: { x: 0, v: 1 }\nspan: [0, 100]\nat: 2\nevents: [{ zero: x }]\n'
    const { events, method, lostEvents } = integrateProblem(parseOde(text, 'many.yaml'))
    expect([method, events.length, lostEvents]).toEqual(['vern9', Math.floor(1e4 / Math.PI), undefined])
    expect(Math.max(...events.map((e, k) => Math.abs(e.t - ((k + 1) * Math.PI) / 100)))).toBeLessThan(1e-9)
  })

  it('with settings is the file with these values in it, what depends on them too; faults elsewhere keep their places', () => {
    const changed = PENDULUM.replace('{ w: 2 }', '{ w: 3/2 }').replace('span: [0, 5]', 'span: [0, 6]').replace('"t - 4"', '"t - 5"')
    const settings = ['parameters.w=9', 'parameters.w=3/2', 'span.1=6', 'events.1.zero=t - 5']
    expect(integrateProblem(parseOde(PENDULUM, 'p', settings))).toEqual(integrateProblem(parseOde(changed, 'p')))
    expect(parseOde(PENDULUM, 'p', ['rtol=1e-6', 'method=dop853']).file).toMatchObject({ rtol: 1e-6, method: 'dop853' })
    expect(() => parseOde(PENDULUM.replace('sin(x)', 'sin(y)'), 'p', settings)).toThrow(/^p:3:\d+: states\.v: y has no value/)
  })

  it('does not pass over what it cannot do', () => {
    const problem = parseOde(PENDULUM, 'p.yaml')
    expect(() => integrateProblem(problem, { method: 'exponential' })).toThrow(/events/)
    expect(() => integrateProblem(problem, { at: [7] })).toThrow(/outside/)
    expect(() => parseOde(`${PENDULUM.replace(/^rtol.*$/m, '')}noise: { x: 1 }\n`, 'p.yaml')).toThrow(/events/)
  })
})

describe('a fault in an ODE file is told with its place', () => {
  it.each([
    ['states: { x: "1 +* x" }\ninitial: { x: 1 }\nspan: [0, 1]\n', 1, /./],
    ['states: { x: "k*x" }\ninitial: { x: 1 }\nspan: [0, 1]\n', 1, /k has no value/],
    ['states: { x: "x" }\ninitial: { z: 1 }\nspan: [0, 1]\n', 2, /z is no state/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0]\n', 3, /span/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nmethd: rk4\n', 4, /methd/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nrtol: -1\n', 4, /rtol/],
    ['states: { x: [\n', 1, /^'\[' is never closed$/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nat: [0.5, 0.2]\n', 4, /out of order/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nat: 2000000000\n', 4, /at most/],
    ['states: { x: "x", y: x }\ninitial: { x: 1, y: 1 }\nspan: [0, 1]\nat: 3000000\n', 4, /too many/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nat: []\n', 4, /give a time/],
    ['states: { x: "x" }\ninitial: { x: .nan }\nspan: [0, 1]\n', 2, /finite/],
    ['states: { x: "x" }\ninitial: { x: "log(-2)" }\nspan: [0, 1]\n', 2, /NaN/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, .inf]\n', 3, /finite/],
    ['states: { e: "-e" }\ninitial: { e: 1 }\nspan: [0, 1]\n', 1, /e has a meaning of its own/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nparameters: { sin: 1 }\n', 4, /sin has a meaning of its own/],
    ['states: {}\ninitial: {}\nspan: [0, 1]\n', 1, /there is none/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nmethod: rk5\n', 4, /unknown method rk5/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nmethod: dopri5\nnoise: { x: 1 }\n', 4, /^method dopri5 is for equations without noise$/],
    ['states: { x: y, y: x }\ninitial: { x: 1, y: 1 }\nspan: [0, 1]\nnoise: { x: [1, 2], y: [1] }\n', 4, /noise.y has not 2/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nparameters: { a: 2*b, b: 1 }\n', 4, /b has no value/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nevents: [{ zero: x, direction: up }]\n', 4, /rising/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nmaxSteps: 0\n', 4, /maxSteps: must be above 0/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nnoise: {}\n', 4, /^noise: there is none$/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nnoise: { x: [] }\n', 4, /^noise: there is none$/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nmethod: milstein\n', 4, /^method milstein is for equations with noise$/],
    ['states: { x: x, y: y }\ninitial: { x: 1, y: 2*x }\nspan: [0, 1]\n', 2, /^initial.y: x has no value$/],
    ['states: { x: }\ninitial: { x: 1 }\nspan: [0, 1]\n', 1, /^states.x: has no value$/],
    ['states: { x: x }\ninitial: { x: 1 }\nspan: 0..1\n', 3, /^span: expected an array, found text$/],
    ['states: { x: x }\ninitial: { x: 1 }\nspan: [2, 2]\n', 3, /^span: it starts and ends at 2$/],
    ['- 1\n', 1, /names with values/],
    ['states: { x: x }\ninitial: { x: 1 }\nspan: [2, 1]\nnoise: { x: 1 }\n', 3, /runs forward, not from 2 to 1/],
    ['states:\n  x: x\n  y: sum(x^j, j, 1, n)\ninitial: { x: 1, y: 0 }\nparameters: { n: 3 }\nspan: [1, 2]\n', 3, /bounds of a sum/],
    ['states:\n  x: x\n  y: sum(x^j, j, 1, 10^6)\ninitial: { x: 1, y: 0 }\nspan: [1, 2]\n', 3, /too far apart/],
    ['states:\n  x: x\n  y: integral(exp(-s^2), s, 0, t)\ninitial: { x: 1, y: 0 }\nspan: [1, 2]\n', 3, /unevaluated integral/],
    ['states: { x: x }\ninitial: { x: 1 }\natol: [1, 2]\nspan: [1, 2]\n', 3, /^atol: give a number, or names with values/],
    ['states: { x: "x" }\ninital: { x: 1 }\nspan: [0, 1]\n', 2, /^unknown field inital$/],
    ['states: { x: "x" }\nspan: [0, 1]\n', 1, /initial: is missing/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nat: [0.5, 2]\n', 4, /2 lies outside of the span 0 … 1/],
    ['states: { x: "u" }\ninitial: { x: 1 }\nspan: [0, 1]\nsignals: { spacing: 1, values: { u: [1], w: [1, 2] } }\n', 4, /w has 2 samples, u has 1/],
    ['states: { x: "u" }\ninitial: { x: 1 }\nspan: [0, 1]\nsignals: { spacing: 1, values: { u: [1] } }\nnoise: { x: 1 }\n', 4, /without noise/],
    ['states: { x: "u" }\ninitial: { x: 1 }\nspan: [0, 1]\nsignals: { spacing: 1, values: { x: [1] } }\n', 1, /x is declared twice/],
    ['states: { x: "u" }\ninitial: { x: 1 }\nspan: [0, 3]\nsignals: { spacing: 1, values: { u: [1, 2] } }\n', 3, /cover 0 … 2, not 0 … 3/],
    ['states: { x: "u" }\ninitial: { x: 1 }\nspan: [2, 0]\nsignals: { spacing: 1, values: { u: [1, 2] } }\n', 3, /backward/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nevents: [{ name: a }]\n', 4, /^events.0.zero: is missing$/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nat: 3.5\n', 4, /^at: give numbers, .* or how many times$/],
    [`a: &a [${'x, '.repeat(99)}]\nb: &b [${'*a, '.repeat(99)}]\nc: [${'*b, '.repeat(99)}]\n`, 2, /aliases stand for more/],
    ['states:\n  x: |\n    -x +\n    * 3\ninitial: { x: 1 }\nspan: [0, 1]\n', 2, /out of place/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nmethod: rk4\nrtol: 1\n', 5, /^rtol is not used: rk4 takes steps of one size/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\natol: 1\nnoise: { x: 1 }\n', 4, /^atol is not used: a stochastic equation/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nmethod: exponential\nstep: 1\n', 5, /^step is not used: the exponential/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nevents: [{ zero: x }]\nnoise: { x: 1 }\n', 4, /^events are found for equations without noise/],
    ['states: { x: "x" }\ninitial: { x: 1 }\nspan: [0, 1]\nseed: 4294967296\nnoise: { x: 1 }\n', 4, /^seed: must be at most 4294967295/],
  ])('%#', (text, line, message) => {
    const error = fault(text)
    expect(error.what).toMatch(message)
    expect(error.place.file).toBe('case.yaml')
    expect(error.place.line).toBe(line)
  })

  it.each([
    ['states: { x: -x, y: x*y }\ninitial: { x: 1, y: 1 }\nspan: [0, 1]\nmethod: exponential\n', 1, /not linear/],
    ['states:\n  x: -x\n  y: -t*x\ninitial: { x: 1, y: 1 }\nspan: [0, 1]\nmethod: exponential\n', 3, /rate of y depends on t/],
    ['states: { x: -x }\ninitial: { x: 1 }\nspan: [0, 1]\nmethod: exponential\nevents: [{ zero: x }]\n', 5, /looks for no events/],
    ['states: { x: -x }\ninitial: { x: 1 }\nspan: [0, 1]\nmethod: conformal2\n', 1, /no damped Lagrangian/],
    ['states: { x: -x }\ninitial: { x: 1 }\nspan: [0, 1]\natol: 1.0e-20\nrtol: 1.0e-17\n', 5, /below roundoff/],
    ['states: { x: -x }\ninitial: { x: 1 }\nspan: [0, 1]\nstep: 1.0e-12\nnoise: { x: 1 }\n', 4, /more than 2\^24 steps/],
    ['states: { x: y, y: x }\ninitial: { x: 1, y: 0 }\nspan: [0, 1]\nmethod: milstein\nnoise: { x: [y, 1], y: [x, x*y] }\n', 5, /not commutative/],
  ])('also one that shows when it is integrated: %#', (text, line, message) => {
    expect(() => integrateProblem(parseOde(text, 'case.yaml'))).toThrow(message)
    expect(() => integrateProblem(parseOde(text, 'case.yaml'))).toThrow(new RegExp(`^case.yaml:${line}:\\d+: `))
  })

  it('a tolerance asked for beside a method that does not use it is refused, one of the file is told', () => {
    const text = 'states: { x: -x }\ninitial: { x: 1 }\nspan: [0, 1]\n'
    expect(() => integrateProblem(parseOde(text, 'f.yaml'), { method: 'rk4', rtol: 1e-6 })).toThrow(/^--rtol: rtol is not used: rk4 .* give step:/)
    expect(() => integrateProblem(parseOde(`${text}noise: { x: 1 }\n`, 'f.yaml'), { atol: 1e-6 })).toThrow(/^--atol: atol is not used/)
    expect(integrateProblem(parseOde(`${text}rtol: 1.0e-6\n`, 'f.yaml'), { method: 'rk4' }).hint).toMatch(/^rtol of the file is not used: rk4/)
    expect(integrateProblem(parseOde(`${text}rtol: 1.0e-6\n`, 'f.yaml'), { method: 'tsit5' }).hint).toBeUndefined()
  })

  it('with what to do about a comma that has cut a text in two', () => {
    expect(fault('states: { x: max(x, t) }\ninitial: { x: 1 }\nspan: [0, 1]\n').remedy).toMatch(/quotes/)
    expect(fault('states: { x: 1 }\ninitial: { x: 1 }\nspan: [0, 1]\nevents: [{ zero: mod(t,1)-0.5 }]\n').remedy).toMatch(/quotes/)
  })

  it('two events of one name, which no answer could tell apart, and a span without a length', () => {
    const text = 'states: { x: 1 }\ninitial: { x: 1 }\nspan: [0, 1]\n'
    expect(fault(`${text}events: [{ zero: x }, { name: event 1, zero: t }]\n`).message).toMatch(/^case.yaml:4:\d+: events: two are named event 1/)
    expect(fault(text.replace('[0, 1]', '[-1.0e+308, 1.0e+308]')).message).toMatch(/^case.yaml:3:\d+: span: its length is beyond/)
  })

  it.each([
    ['parameters.q.r=1', /^--set parameters\.q\.r=1: parameters\.q has no part r — name a value/],
    ['events.2.zero=x', /^--set events\.2\.zero=x: events has no part 2/],
    ['events.first=x', /^--set events\.first=x: events has no part first/],
    ['w', /^--set w: this is no setting — write --set key=value/],
    ['.w=2', /this is no setting/],
    ['parameters.w=', /^--set parameters\.w=: parameters\.w: has no value/],
    ['parameters.w=1+*2', /^--set parameters\.w=1\+\*2: '\*' is out of place/],
    ['parameters.w={', /^--set parameters\.w=\{:1:1: '\{' is never closed/],
    ['w=2', /^--set w=2: unknown field w/],
    ['span=0', /^--set span=0: span: expected an array/],
    ['at=[1, 9]', /^--set at=\[1, 9\]: output time 9 lies outside/],
    ['states.v=k*x', /^--set states\.v=k\*x: states\.v: k has no value/],
  ])('or the setting that stands instead of the file: %s', (setting, message) => {
    expect(() => parseOde(PENDULUM.replace('{ w: 2 }', '{ w: 2, q: 1 }'), 'p.yaml', [setting])).toThrow(message)
  })

  it('whatever the text is', () => {
    const outcome = (text: string): unknown => {
      try {
        return parseOde(`states: { x: ${JSON.stringify(text)} }\ninitial: { x: 1 }\nspan: [0, 1]\n`, 'fuzz').system
      } catch (error) {
        return error
      }
    }
    assert(property(string({ maxLength: 60 }), (text) => {
      const found = outcome(text)
      expect(found instanceof InputError || !(found instanceof Error)).toBe(true)
    }), { numRuns: 300 })
    assert(property(string({ maxLength: 80 }), (text) => {
      expect(() => parseOde(text, 'fuzz')).toThrow(InputError)
    }), { numRuns: 200 })
  })
})

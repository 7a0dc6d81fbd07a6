import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { emitSystem } from '../../src/compile/emit.js'
import { type Integration, type System, compileSystem } from '../../src/compile/system.js'
import { InputError } from '../../src/errors.js'

/** The Python of these tests: where NumPy and JAX are installed apart, an environment variable names it. */
const PYTHON = process.env['NOETHER_PYTHON'] ?? 'python3'
const lacks = (module: string): boolean => spawnSync(PYTHON, ['-c', `import ${module}`]).status !== 0
const WITHOUT = { numpy: lacks('numpy'), jax: lacks('jax') }
const skipped = (module: keyof typeof WITHOUT): string => (WITHOUT[module] ? ` (skipped: ${PYTHON} has no ${module})` : '')

const pendulum: System = { states: ['x', 'v'], parameters: ['w'], rhs: [readExpr('v'), readExpr('-w^2*sin(x) - exp(-t)*v')] }
const pushed = (shape: 'constant' | 'linear'): System => ({
  states: ['q', 'p'], parameters: ['k'], signals: { names: ['force', 'drag'], shape },
  rhs: [readExpr('p'), readExpr('force - k*q - drag*p')],
})
const AT = [0, 0.25, 0.5, 0.8, 1.3, 2.9, 3]
const SAMPLES = [[0, 1, -1, 2, 0, 3, 1], [0.1, 0.2, 0.4, 0.1, 0, 0.3, 0.2]]
/** What each text is tried on; XLA takes seconds to compile one. */
const CASES = {
  numpy: ['dopri5', 'tsit5', 'dop853', 'vern9'].flatMap((method) => (['constant', 'linear'] as const).map((shape) => ({ method, shape }))),
  jax: [{ method: 'dopri5', shape: 'linear' as const }],
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'noether-python-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const emit = (name: string, system: System, target: 'python' | 'jax', method: string): void =>
  writeFileSync(join(folder, `${name}.py`), emitSystem(system, { target, method }).content)

/** What a script prints, as JSON. */
function run(script: string): unknown {
  const env = { ...process.env, JAX_PLATFORMS: 'cpu' }
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', script], { cwd: folder, encoding: 'utf8', env })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return JSON.parse(stdout)
}
const numbers = (value: unknown): readonly number[] => (Array.isArray(value) ? value.flatMap(numbers) : [Number(value)])

const driven = (shape: 'constant' | 'linear', method: string, target: 'wasm' | 'js'): Integration =>
  compileSystem(pushed(shape), { method, target }).integrate({
    y0: [1, 0], parameters: [4], t1: 3, at: AT, rtol: 1e-10, atol: 1e-12, signals: { origin: 0, spacing: 0.5, values: SAMPLES },
  })
const rows = ({ y }: Integration): readonly number[] => AT.flatMap((_, k) => y.map((state) => state[k] ?? NaN))

const CALL = `integrate([1.0, 0.0], 0, 3, [4.0], 1e-10, 1e-12, at=${JSON.stringify(AT)}, spacing=0.5, signals=SAMPLES)`
const HEAD = (target: string): string => `import json, math\nSAMPLES = ${JSON.stringify(SAMPLES)}\n` +
  `show = lambda r: [[float(v) for v in row] for row in r.out] + [int(r.steps)]\n` +
  (target === 'jax' ? 'import jax, jax.numpy as np\n' : 'import numpy as np\n')

/** The same steps of the same stages differ by rounding only. */
const furthest = (found: readonly number[], reference: readonly number[]): number =>
  found.length === reference.length ? Math.max(...found.map((v, i) => Math.abs(v - (reference[i] ?? NaN)))) : NaN

describe('chatter about a jump of the rates', () => {
  it.skipIf(WITHOUT.numpy)(`ends an integration in NumPy at the step where it ends one in WebAssembly${skipped('numpy')}`, () => {
    // The last crosses its jump from side to side, again and again, and is left alone.
    const rates = [['-sign(x - 0.5)', 1], ['-x/abs(x)', 1], ['-sign(sin(t)*x)', 1], ['sign(cos(100*t))', 0]] as const
    const systems = rates.map(([rate]): System => ({ states: ['x'], rhs: [readExpr(rate)] }))
    for (const [k, system] of systems.entries()) emit(`chatter_${k}`, system, 'python', 'dopri5')
    const found = run(`import json
def ended(name, x):
    e = __import__(name)
    try:
        r = e.integrate([x], 0, 2, rtol=1e-9, atol=1e-9, max_steps=40000)
        return [float(r.t), "completed"]
    except e.IntegrationError as fault:
        return [float(fault.result.t), "chattering" if "drives the solution back to the jump" in str(fault) else str(fault)]
print(json.dumps([${rates.map(([, x], k) => `ended("chatter_${k}", ${x}.0)`).join(', ')}]))`)
    const compiled = systems.map((system, k) =>
      compileSystem(system, { method: 'dopri5' }).integrate({ y0: [rates[k]?.[1] ?? NaN], t1: 2, rtol: 1e-9, atol: 1e-9, maxSteps: 40_000 }))
    expect(compiled.map(({ status }) => status)).toEqual(['chattering', 'chattering', 'chattering', 'completed'])
    expect(found).toEqual(compiled.map(({ final, status }) => [expect.closeTo(final.t, 6), status]))
  })
})

describe.each(['numpy', 'jax'] as const)('the %s text', (module) => {
  const target = module === 'jax' ? 'jax' : 'python'

  it.skipIf(WITHOUT[module])(`takes the steps of WebAssembly and JavaScript, drives and dense output included${skipped(module)}`, () => {
    const cases = CASES[module].map(({ method, shape }) => ({ name: `${method}_${shape}_${target}`, method, shape }))
    for (const { name, method, shape } of cases) emit(name, pushed(shape), target, method)
    const script = `${HEAD(target)}print(json.dumps([show(__import__(n).${CALL}) for n in ${JSON.stringify(cases.map((c) => c.name))}]))`
    const found = run(script)
    if (!Array.isArray(found)) throw new TypeError('no list')
    for (const compiled of ['wasm', 'js'] as const) {
      const references = cases.map(({ method, shape }) => driven(shape, method, compiled))
      const outputs = found.map((one) => numbers(one).slice(0, -1))
      // The error estimate of Verner's method is rounding here, and its steps follow that: it agrees to the tolerance.
      const stepwise = <T>(list: readonly T[]): readonly T[] => list.filter((_, i) => cases[i]?.method !== 'vern9')
      expect(furthest(stepwise(outputs).flat(), stepwise(references).flatMap(rows))).toBeLessThan(2e-13)
      expect(furthest(outputs.flat(), references.flatMap(rows))).toBeLessThan(1e-10)
      expect(stepwise(found.map((one) => numbers(one).at(-1)))).toEqual(stepwise(references.map((r) => r.statistics.accepted)))
    }
  })

  it.skipIf(WITHOUT[module])(`takes drives that are functions of time, and starts between knots${skipped(module)}`, () => {
    emit(`smooth_${target}`, pushed('linear'), target, 'tsit5')
    const found = numbers(run(`${HEAD(target)}import smooth_${target} as s
r = s.integrate([1.0, 0.0], 0, 3, [4.0], 1e-11, 1e-12, at=[1.5], signals=lambda t: (np.sin(5*t), 0.1*t))
late = s.integrate([1.0, 0.0], 0.7, 2.2, [4.0], 1e-11, 1e-12, spacing=0.5, signals=SAMPLES)
print(json.dumps([[float(v) for v in r.out[0]], [float(v) for v in r.y], [float(v) for v in late.y]]))`))
    const written: System = { states: ['q', 'p'], rhs: [readExpr('p'), readExpr('sin(5*t) - 4*q - t*p/10')] }
    const exact = compileSystem(written, { method: 'taylor' }).integrate({ y0: [1, 0], t1: 3, at: [1.5, 3], rtol: 1e-15, atol: 1e-15 })
    const late = compileSystem(pushed('linear'), { method: 'vern9' }).integrate({
      y0: [1, 0], parameters: [4], t0: 0.7, t1: 2.2, rtol: 1e-12, atol: 1e-12, signals: { origin: 0, spacing: 0.5, values: SAMPLES },
    })
    const expected = [...[0, 1].flatMap((k) => exact.y.map((state) => state[k] ?? NaN)), ...late.final.y]
    for (const [i, v] of expected.entries()) expect(Math.abs((found[i] ?? NaN) - v), `value ${i}`).toBeLessThan(1e-9)
  })

  it.skipIf(WITHOUT[module])(`integrates backward, by fixed steps too, and tells what stopped it${skipped(module)}`, () => {
    emit(`backward_${target}`, pendulum, target, 'tsit5')
    emit(`fixed_${target}`, pendulum, target, 'rk4')
    emit(`escape_${target}`, { states: ['x'], rhs: [readExpr('x^2')] }, target, 'dopri5')
    const failure = target === 'jax'
      ? 'r = e.integrate([1.0], 0, 2, at=[0.5, 1.5])\nwhy = "" if r.t < 2 else "missed"'
      : 'try:\n    e.integrate([1.0], 0, 2, at=[0.5, 1.5])\nexcept e.IntegrationError as fault:\n    r, why = fault.result, str(fault)'
    const found = run(`${HEAD(target)}import backward_${target} as b, fixed_${target} as f, escape_${target} as e
${failure}
back = b.integrate([0.3, -0.2], 2, -1, [2.0], 1e-10, 1e-12, at=[1.0, 0.0])
print(json.dumps([[float(v) for v in back.out.ravel()], [float(v) for v in f.integrate([1.0, 0.0], 0, 1, [2.0], step=0.01).y],
                  float(r.t), float(r.out[0][0]), why]))`)
    if (!Array.isArray(found)) throw new TypeError('no list')
    const back = compileSystem(pendulum, { method: 'tsit5' })
      .integrate({ y0: [0.3, -0.2], parameters: [2], t0: 2, t1: -1, at: [1, 0], rtol: 1e-10, atol: 1e-12 })
    expect(furthest(numbers(found[0]), [0, 1].flatMap((k) => back.y.map((state) => state[k] ?? NaN)))).toBeLessThan(2e-13)
    const fixed = compileSystem(pendulum, { method: 'rk4' }).integrate({ y0: [1, 0], parameters: [2], t1: 1, step: 0.01 })
    expect(furthest(numbers(found[1]), fixed.final.y)).toBeLessThan(2e-13)
    expect(found[2]).toBeCloseTo(1, 6)
    expect(found[3]).toBeCloseTo(2, 6)
    expect(found[4]).toMatch(target === 'python' ? /roundoff at t = 0\.99/ : /^$/)
  })
})

describe('many trajectories', () => {
  const stiffness = [1, 4, 9, 16]
  const reference = stiffness.map((k) => compileSystem(pushed('constant'), { method: 'dopri5' }).integrate({
    y0: [1, 0], parameters: [k], t1: 3, at: [1.3], rtol: 1e-10, atol: 1e-12, signals: { origin: 0, spacing: 0.5, values: SAMPLES },
  }))

  it.skipIf(WITHOUT.numpy)(`share their steps in NumPy${skipped('numpy')}`, () => {
    emit('shared', pushed('constant'), 'python', 'dopri5')
    const found = numbers(run(`${HEAD('python')}import shared
n = ${stiffness.length}
r = shared.integrate(np.array([[1.0]*n, [0.0]*n]), 0, 3, [np.array(${JSON.stringify(stiffness)})], 1e-10, 1e-12, at=[1.3], spacing=0.5,
                     signals=np.repeat(np.array(SAMPLES)[:, :, None], n, axis=2))
print(json.dumps(r.out[0].T.tolist()))`))
    for (const [i, one] of reference.entries()) for (const s of [0, 1]) expect(found[2 * i + s]).toBeCloseTo(one.y[s]?.[0] ?? NaN, 8)
  })

  it.skipIf(WITHOUT.jax)(`keep steps of their own under vmap, and are differentiable under jit${skipped('jax')}`, () => {
    emit('mapped', pushed('constant'), 'jax', 'dopri5')
    const found = run(`${HEAD('jax')}import mapped
one = lambda k, s: mapped.integrate([1.0, 0.0], 0, 3, [k], 1e-10, 1e-12, at=[1.3], spacing=0.5, signals=s)
stiffness = np.array(${JSON.stringify(stiffness)}, dtype=float)
r = jax.jit(jax.vmap(one, (0, None)))(stiffness, np.array(SAMPLES))
slope = jax.jit(jax.jacfwd(lambda k: one(k, np.array(SAMPLES)).out[0]))(4.0)
print(json.dumps([r.out[:, 0, :].tolist(), r.steps.tolist(), slope.tolist()]))`)
    if (!Array.isArray(found)) throw new TypeError('no list')
    expect(furthest(numbers(found[0]), reference.flatMap((one) => one.y.map((state) => state[0] ?? NaN)))).toBeLessThan(2e-13)
    expect(numbers(found[1])).toEqual(reference.map((one) => one.statistics.accepted))
    const at = (k: number): readonly number[] => compileSystem(pushed('constant'), { method: 'vern9' }).integrate({
      y0: [1, 0], parameters: [k], t1: 3, at: [1.3], rtol: 1e-13, atol: 1e-13, signals: { origin: 0, spacing: 0.5, values: SAMPLES },
    }).y.map((state) => state[0] ?? NaN)
    const [above, below] = [at(4 + 1e-4), at(4 - 1e-4)]
    for (const s of [0, 1]) expect(numbers(found[2])[s]).toBeCloseTo(((above[s] ?? NaN) - (below[s] ?? NaN)) / 2e-4, 6)
  })
})

describe.each(['numpy', 'jax'] as const)('events in %s', (module) => {
  const target = module === 'jax' ? 'jax' : 'python'
  /** A pushed pendulum: its turns to the right, its passages, and the end of large swings. */
  const events = (terminal: boolean): NonNullable<System['events']> => [
    { name: 'turn', zero: readExpr('v'), direction: 'rising', terminal: false },
    { name: 'passage', zero: readExpr('x + push/50'), direction: 'any', terminal: false },
    { name: 'calm', zero: readExpr('v^2/2 + 1 - cos(x) - 1/4'), direction: 'falling', terminal },
  ]
  const swing = (terminal: boolean): System => ({
    states: ['x', 'v'], parameters: ['k'], signals: { names: ['push'], shape: 'linear' },
    rhs: [readExpr('v'), readExpr('-sin(x) - k*v + push/9')], events: events(terminal),
  })
  const PUSH = [0, 1, -1, 0.5, 0, 1, 0, 0, 0]
  const options = {
    y0: [2, 0], parameters: [0.1], t1: 40, at: [0, 1, 5, 10, 40], rtol: 1e-10, atol: 1e-12, signals: { origin: 0, spacing: 5, values: [PUSH] },
  }
  const call = `integrate([2.0, 0.0], 0, 40, [0.1], 1e-10, 1e-12, at=[0.0, 1.0, 5.0, 10.0, 40.0], signals=[${JSON.stringify(PUSH)}], spacing=5.0`
  const HEADS = {
    jax: `import json, jax, math\nlist_of = lambda m, r: [[m.EVENTS[int(w)], float(t), *map(float, y)] for w, t, y in zip(*r.events[1:]) if w >= 0]`,
    numpy: 'import json, math\nlist_of = lambda m, r: [[name, float(t), *map(float, y)] for name, t, y in r.events]',
  }

  it.skipIf(WITHOUT[module])(`are those of WebAssembly, and a terminal one ends it${skipped(module)}`, () => {
    for (const terminal of [true, false]) emit(`swing_${target}_${terminal}`, swing(terminal), target, 'dopri5')
    const found = run(`${HEADS[module]}
import swing_${target}_true as a, swing_${target}_false as b
ra, rb = a.${call}), b.${call})
print(json.dumps([[list_of(m, r), float(r.t), int(r.steps), [[float(v) for v in y if math.isfinite(v)] for y in r.out], [float(v) for v in r.y]]
                  for m, r in ((a, ra), (b, rb))]))`)
    if (!Array.isArray(found)) throw new TypeError('no list')
    for (const [k, terminal] of [true, false].entries()) {
      const compiled = compileSystem(swing(terminal), { method: 'dopri5' }).integrate(options)
      const [list, t, steps, out, y] = found[k]
      expect(list.map(([name]: readonly unknown[]) => name)).toEqual(compiled.events.map((e) => e.name))
      expect(furthest(numbers(list.map((e: readonly unknown[]) => e.slice(1))), compiled.events.flatMap((e) => [e.t, ...e.y]))).toBeLessThan(1e-11)
      expect([compiled.status, steps]).toEqual([terminal ? 'event' : 'completed', compiled.statistics.accepted])
      expect(Math.abs(t - compiled.final.t)).toBeLessThan(1e-11)
      expect(furthest(y, compiled.final.y)).toBeLessThan(1e-11)
      expect(furthest(numbers(out), [...compiled.t].flatMap((_, i) => compiled.y.map((state) => state[i] ?? NaN)))).toBeLessThan(1e-11)
    }
  })

  it.skipIf(WITHOUT[module])(`beyond the room, by several trajectories${skipped(module)}`, () => {
    emit(`several_${target}`, swing(false), target, 'dopri5')
    const script = module === 'jax'
      ? `r = jax.vmap(lambda k: s.integrate([2.0, 0.0], 0, 40, [k], 1e-8, 1e-10, signals=[[0.0]*9], spacing=5.0, max_events=4))(jax.numpy.array([0.1, 1.5]))
print(json.dumps([r.events[0].tolist(), r.events[1].tolist()]))`
      : `try:
    s.integrate([[2.0, 1.0], [0.0, 0.0]], 0, 40, [0.1], signals=[[0.0]*9], spacing=5.0)
except ValueError as fault:
    print(json.dumps(str(fault)))`
    const found = run(`${HEADS[module]}\nimport several_${target} as s\n${script}`)
    const compiled = [0.1, 1.5].map((k) => compileSystem(swing(false), { method: 'dopri5' }).integrate({
      ...options, parameters: [k], rtol: 1e-8, atol: 1e-10, signals: { origin: 0, spacing: 5, values: [PUSH.map(() => 0)] },
    }).events.map((e) => ['turn', 'passage', 'calm'].indexOf(e.name)))
    const expected = [compiled.map((c) => c.length), compiled.map((c) => [...c, -1, -1, -1, -1].slice(0, 4))]
    expect(found).toEqual(module === 'jax' ? expected : 'y0: events are found for one trajectory at a time')
  })
})

describe('the events of a throw in JAX', () => {
  it.skipIf(WITHOUT.jax)(`move with the start and with gravity as their closed forms do${skipped('jax')}`, () => {
    const thrown: System = {
      states: ['h', 'v'], parameters: ['g'], rhs: [readExpr('v'), readExpr('-g')],
      events: [
        { name: 'top', zero: readExpr('v'), direction: 'any', terminal: false },
        { name: 'ground', zero: readExpr('h'), direction: 'falling', terminal: true },
      ],
    }
    emit('thrown', thrown, 'jax', 'tsit5')
    const found = run(`${HEAD('jax')}import thrown
def ends(q):
    r = thrown.integrate(q[:2], 0, 9, q[2:], 1e-10, 1e-12)
    return np.stack([r.events[2][0], r.events[3][0][0], r.t, r.y[1]])
print(json.dumps(jax.jit(jax.jacfwd(ends))(np.array([2.0, 3.0, 10.0])).tolist()))`)
    const [v, g, root] = [3, 10, 7]
    // Top at t = v/g and height h + v²/(2g); ground at t = (v + √(v² + 2gh))/g with speed −√(v² + 2gh); √(9 + 40) = 7.
    const exact = [
      [0, 1 / g, -v / g ** 2], [1, v / g, -(v ** 2) / (2 * g ** 2)],
      [1 / root, (1 + v / root) / g, 2 / (root * g) - (v + root) / g ** 2], [-g / root, -v / root, -2 / root],
    ]
    expect(furthest(numbers(found), exact.flat())).toBeLessThan(1e-9)
  })
})

describe('what has no Python form', () => {
  it('is refused: methods without tableau', () => {
    expect(() => emitSystem(pendulum, { target: 'python', method: 'taylor' })).toThrow(InputError)
  })

  it.skipIf(WITHOUT.numpy)(`and samples that do not fit the equation are told${skipped('numpy')}`, () => {
    emit('told', pushed('linear'), 'python', 'dopri5')
    const found = run(`${HEAD('python')}import told
def fault(**given):
    try:
        told.integrate([1.0, 0.0], 0, 3, [4.0], **given)
    except ValueError as error:
        return str(error)
print(json.dumps([fault(), fault(signals=SAMPLES), fault(signals=SAMPLES[:1], spacing=0.5), fault(signals=SAMPLES, spacing=0.1),
                  fault(signals=[[1, math.nan]]*2), fault(signals=SAMPLES, at=[2, 1])]))`)
    if (!Array.isArray(found)) throw new TypeError('no list')
    expect(found.map((text) => `${text}`.slice(0, 13))).toEqual(
      ['give signals:', 'null', 'signals: give', 'the signals c', 'signals: give', 'at: give time'])
  })
})

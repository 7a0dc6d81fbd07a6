import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { type System, compileSystem } from '../../src/compile/system.js'
import { WITHOUT, furthest, numbers, pythonFolder, skipped } from './pythonSupport.js'

const { emit, run } = pythonFolder()

describe('chatter about a jump of the rates', () => {
  it.skipIf(WITHOUT.numpy)(`ends an integration in NumPy at the step where it ends one in WebAssembly${skipped('numpy')}`, () => {
    // The last crosses its jump from side to side, again and again, and is left alone.
    const rates = [['-sign(x - 0.5)', 1], ['-x/abs(x)', 1], ['-sign(sin(t)*x)', 1], ['-2*sign(x) + cos(t)', 1], ['sign(cos(100*t))', 0]] as const
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
    expect(compiled.map(({ status }) => status)).toEqual(['chattering', 'chattering', 'chattering', 'chattering', 'completed'])
    expect(found).toEqual(compiled.map(({ final, status }) => [expect.closeTo(final.t, 6), status]))
  })
})

describe('the same in JAX', () => {
  it.skipIf(WITHOUT.jax)(`ends there too, and each of several trajectories for itself, with a status that says so${skipped('jax')}`, () => {
    const sliding: System = { states: ['x'], parameters: ['c'], rhs: [readExpr('-sign(x - c) - x/9 + cos(9*t)/9')] }
    emit('sliding', sliding, 'jax', 'dopri5')
    const levels = [0.5, -20]
    const found = run(`import json, jax
import sliding as s
one = lambda c: s.integrate([1.0], 0, 1, [c], 1e-9, 1e-9, max_steps=40000)
r = jax.vmap(one)(jax.numpy.array(${JSON.stringify(levels)}))
print(json.dumps([[s.STATUS[int(k)] for k in r.status], r.t.tolist()]))`)
    const compiled = levels.map((c) =>
      compileSystem(sliding, { method: 'dopri5' }).integrate({ y0: [1], parameters: [c], t1: 1, rtol: 1e-9, atol: 1e-9, maxSteps: 40_000 }))
    expect(compiled.map(({ status }) => status)).toEqual(['chattering', 'completed'])
    expect(found).toEqual([compiled.map(({ status }) => status), compiled.map(({ final }) => expect.closeTo(final.t, 6))])
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

  it.skipIf(WITHOUT[module])(`are two where a function turns beyond zero in a step, and none at a pole${skipped(module)}`, () => {
    const zeros = ['x - (1 - 1/1000)', 'tan(t)', '1/(t - 2)', 'sin(9*t)', 'sign(t - 1/3)']
    const circle: System = {
      states: ['x', 'v'], rhs: [readExpr('v'), readExpr('-x')],
      events: zeros.map((zero) => ({ name: zero, zero: readExpr(zero), direction: 'any', terminal: false })),
    }
    emit(`circle_${target}`, circle, target, 'dopri5')
    const found = run(`${HEADS[module]}
import circle_${target} as c
print(json.dumps(list_of(c, c.integrate([0.0, 1.0], 0, 7, (), 1e-6, 1e-6))))`)
    const compiled = compileSystem(circle, { method: 'dopri5' }).integrate({ y0: [0, 1], t1: 7, rtol: 1e-6, atol: 1e-6 }).events
    if (!Array.isArray(found)) throw new TypeError('no list')
    const count = (name: string): number => compiled.filter((e) => e.name === name).length
    expect(zeros.map(count)).toEqual([2, 2, 0, 20, 1])
    expect(found.map(([name]: readonly unknown[]) => name)).toEqual(compiled.map((e) => e.name))
    expect(furthest(numbers(found.map((e: readonly unknown[]) => e.slice(1))), compiled.flatMap((e) => [e.t, ...e.y]))).toBeLessThan(1e-10)
  })

  it.skipIf(WITHOUT[module])(`are all zeros of two waves of the time, which the rates do not follow${skipped(module)}`, () => {
    const [a, b] = [8.5, 9.6]
    const wave = (t: number): number => Math.sin(a * t) + Math.cos(b * t + 1) - 1 / 8
    const system: System = {
      states: ['x'], parameters: ['a', 'b'], rhs: [readExpr('-x')],
      events: [{ name: 'zero', zero: readExpr('sin(a*t) + cos(b*t + 1) - 1/8'), direction: 'any', terminal: false }],
    }
    emit(`waves_${target}`, system, target, 'tsit5')
    const found = numbers(run(`${HEADS[module]}
import waves_${target} as w
print(json.dumps([t for _, t, *_ in list_of(w, w.integrate([1.0], 0, 40, (${a}, ${b}), 1e-9, 1e-9${module === 'jax' ? ', max_events=300' : ''}))]))`))
    const signs = Array.from({ length: 100_001 }, (_, k) => Math.sign(wave(k * 4e-4)))
    expect(found).toHaveLength(signs.filter((sign, k) => k > 0 && sign !== signs[k - 1]).length)
    for (const t of found) expect(Math.abs(wave(t))).toBeLessThan(1e-10)
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
    const found = run(`import json, jax, jax.numpy as np
import thrown
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

import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { emitSystem } from '../../src/compile/emit.js'
import { emitStochastic } from '../../src/compile/emitStochastic.js'
import { EULER_MARUYAMA } from '../../src/compile/methods/stochastic.js'
import { type Integration, type System, compileSystem } from '../../src/compile/system.js'
import { InputError } from '../../src/errors.js'
import { WITHOUT, furthest, numbers, pythonFolder, skipped } from './pythonSupport.js'

const { emit, run } = pythonFolder()
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

const driven = (shape: 'constant' | 'linear', method: string, target: 'wasm' | 'js'): Integration =>
  compileSystem(pushed(shape), { method, target }).integrate({
    y0: [1, 0], parameters: [4], t1: 3, at: AT, rtol: 1e-10, atol: 1e-12, signals: { origin: 0, spacing: 0.5, values: SAMPLES },
  })
const rows = ({ y }: Integration): readonly number[] => AT.flatMap((_, k) => y.map((state) => state[k] ?? NaN))

const CALL = `integrate([1.0, 0.0], 0, 3, [4.0], 1e-10, 1e-12, at=${JSON.stringify(AT)}, spacing=0.5, signals=SAMPLES)`
const HEAD = (target: string): string => `import json, math\nSAMPLES = ${JSON.stringify(SAMPLES)}\n` +
  `show = lambda r: [[float(v) for v in row] for row in r.out] + [int(r.steps)]\n` +
  (target === 'jax' ? 'import jax, jax.numpy as np\n' : 'import numpy as np\n')

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

describe('derivatives in JAX', () => {
  it.skipIf(WITHOUT.jax)(`in reverse mode, under jit and vmap, and forward over reverse are those of closed forms${skipped('jax')}`, () => {
    // x'' = -k x + a t: x = cos(w t) + (v - a/k) sin(w t)/w + a t/k with w² = k.
    const rung: System = { states: ['x', 'v'], parameters: ['k', 'a'], rhs: [readExpr('v'), readExpr('a*t - k*x')] }
    emit('reversed', rung, 'jax', 'dopri5')
    const found = run(`${HEAD('jax')}import reversed
def ours(q):
    r = reversed.integrate(q[:2], q[4], q[5], q[2:4], 1e-11, 1e-11, at=q[6:])
    return np.concatenate([r.out.ravel(), r.y])
def exact(q):
    x0, v0, k, a, t0, t1, *at = q
    w = np.sqrt(k)
    def state(t):
        s, x, v = t - t0, x0 - a*t0/k, v0 - a/k
        return np.stack([x*np.cos(w*s) + v*np.sin(w*s)/w + a*t/k, v*np.cos(w*s) - w*x*np.sin(w*s) + a/k])
    return np.concatenate([state(t) for t in (*at, t1)])
q = np.array([1.0, 0.5, 2.0, 0.3, 0.2, 3.0, 1.1, 2.9])
far = lambda u, v: float(np.max(np.abs(u - v)))
total = lambda f: lambda q: np.sum(f(q)**2)
many = np.stack([q, q*1.1])
one = lambda k: reversed.integrate([1.0, 0.0], 0, 3, [k, 0.0], 1e-11, 1e-11).y[0]
print(json.dumps([
    far(jax.jacrev(ours)(q), jax.jacfwd(exact)(q)),
    far(jax.jit(jax.vmap(jax.grad(total(ours))))(many), jax.vmap(jax.grad(total(exact)))(many)),
    far(jax.jacfwd(jax.grad(one))(4.0), np.sin(6.0)*3/32 - np.cos(6.0)*9/16)]))`)
    for (const far of numbers(found)) expect(far).toBeLessThan(1e-8)
  })

  it.skipIf(WITHOUT.jax)(`in reverse mode take events and recorded drives along; a drive that is a function has the forward ones${skipped('jax')}`, () => {
    const system: System = { ...pushed('linear'), events: [{ name: 'back', zero: readExpr('q'), direction: 'any', terminal: true }] }
    emit('taken', system, 'jax', 'tsit5')
    const found = run(`${HEAD('jax')}import taken
def end(k, s):
    r = taken.integrate([1.0, 0.0], 0, 3, [k], 1e-10, 1e-12, spacing=0.5, signals=s)
    return np.stack([r.t, r.y[1], r.events[2][0]])
wave = lambda w: taken.integrate([1.0, 0.0], 0, 1, [4.0], 1e-10, 1e-12, signals=lambda t: (np.sin(w*t), 0.1)).t
slopes, drives = jax.jit(jax.jacrev(end, (0, 1)))(4.0, np.array(SAMPLES, dtype=float))
print(json.dumps([*slopes.tolist(), *drives[:, 0, 1].tolist(), float(jax.jacfwd(wave)(2.0))]))`)
    const swings: System = { ...system, signals: { names: ['drag'], shape: 'linear' }, parameters: ['k', 'w'], rhs: [readExpr('p'), readExpr('sin(w*t) - k*q - drag*p')] }
    const slope = (end: (by: number) => Integration): readonly number[] => {
      const [above, below] = [end(1e-4), end(-1e-4)]
      return [above.final.t - below.final.t, (above.final.y[1] ?? NaN) - (below.final.y[1] ?? NaN), (above.events[0]?.t ?? NaN) - (below.events[0]?.t ?? NaN)].map((d) => d / 2e-4)
    }
    const tight = { y0: [1, 0], rtol: 1e-13, atol: 1e-13 }
    const end = (k: number, u: number): Integration => compileSystem(system, { method: 'vern9' }).integrate({
      ...tight, parameters: [k], t1: 3, signals: { origin: 0, spacing: 0.5, values: SAMPLES.map((row, j) => row.map((v, i) => (i === 1 && j === 0 ? v + u : v))) },
    })
    const swung = (w: number): Integration => compileSystem(swings, { method: 'vern9' }).integrate({
      ...tight, parameters: [4, w], t1: 1, signals: { origin: 0, spacing: 1, values: [[0.1, 0.1]] },
    })
    const expected = [...slope((by) => end(4 + by, 0)), ...slope((by) => end(4, by)), ...slope((by) => swung(2 + by)).slice(0, 1)]
    expect(Math.min(...expected.map(Math.abs))).toBeGreaterThan(1e-3)
    expect(furthest(numbers(found), expected)).toBeLessThan(1e-6)
  })

  it.skipIf(WITHOUT.jax)(`of paths with noise hold the path fixed, in both modes${skipped('jax')}`, () => {
    const noisy = emitStochastic(
      { states: ['x'], time: 't', drift: [readExpr('mu*x')], diffusion: [[readExpr('s*x')]] }, ['mu', 's'], EULER_MARUYAMA, 'jax')
    const found = run(`${HEAD('jax')}open("path.py", "w", encoding="utf8").write(${JSON.stringify(noisy.content)})
import path
end = lambda q: path.walk_path(q[:1], 0.0, 1.0, q[1:], 3, 6)[1][-1, 0]
w = path.brownian_path(3, 0, 1.0, 6)[0]
exact = lambda q: q[0]*np.prod(1 + q[1]/64 + q[2]*w)
q = np.array([1.5, 0.4, 0.7])
print(json.dumps([float(np.max(np.abs(d(end)(q) - jax.grad(exact)(q)))) for d in (jax.grad, jax.jacfwd)]))`)
    for (const far of numbers(found)) expect(far).toBeLessThan(1e-13)
  })
})

describe('a division by a time, a parameter or a drive that is zero', () => {
  it.skipIf(WITHOUT.numpy)(`has an infinite quotient in NumPy, in paths with noise too${skipped('numpy')}`, () => {
    const zeros: System = {
      states: ['x', 'y', 'z', 'w'], parameters: ['p', 'm'], signals: { names: ['u'], shape: 'constant' },
      rhs: ['min(1/p, 2)', 'min(1/t, 3)', 'min(1/u, 4)', '2^m'].map((rate) => readExpr(rate)),
    }
    emit('zeros', zeros, 'python', 'dopri5')
    emit('pole', { states: ['x'], parameters: ['p'], rhs: [readExpr('1/p')] }, 'python', 'tsit5')
    const noisy = emitStochastic(
      { states: ['x'], time: 't', drift: [readExpr('min(1/p, 2) + min(1/t, 0)')], diffusion: [[readExpr('1')]] }, ['p'], EULER_MARUYAMA, 'python')
    const found = run(`${HEAD('python')}open("walk.py", "w", encoding="utf8").write(${JSON.stringify(noisy.content)})
import zeros, pole, walk
def status():
    try:
        pole.integrate([1], 0, 1, [0])
    except pole.IntegrationError as error:
        return pole.STATUS[error.result.status]
paths = walk.walk_path([1], 0, 1, [0], 3, 5)[1], walk.brownian_path(3, 0, 1.0, 5)[0]
print(json.dumps([zeros.integrate([0, 0, 0, 0], 0, 1, [0, -1], signals=lambda t: (0.0,)).y.tolist(), paths[0][-1, 0] - sum(paths[1]), status()]))`)
    if (!Array.isArray(found)) throw new TypeError('no list')
    expect(furthest(numbers(found.slice(0, 2)), [2, 1 + Math.log(3), 4, 0.5, 3])).toBeLessThan(1e-8)
    expect(found[2]).toBe('notFinite')
  })
})

it.skipIf(WITHOUT.numpy)(`the end of what is finite is told from a step below roundoff in NumPy, as in WebAssembly${skipped('numpy')}`, () => {
  const ends = { root: 'sqrt(1/2 - t)', escape: 'x^2', logarithm: 'log(1.5 - x)' }
  for (const [name, rate] of Object.entries(ends)) emit(name, { states: ['x'], rhs: [readExpr(rate)] }, 'python', 'dopri5')
  const found = run(`${HEAD('python')}import ${Object.keys(ends).join(', ')}
def status(module):
    try:
        return module.STATUS[module.integrate([1], 0, 4).status]
    except module.IntegrationError as error:
        return module.STATUS[error.result.status]
print(json.dumps([status(module) for module in (${Object.keys(ends).join(', ')})]))`)
  expect(found).toEqual(Object.values(ends).map((rate) =>
    compileSystem({ states: ['x'], rhs: [readExpr(rate)] }, { method: 'dopri5' }).integrate({ y0: [1], t1: 4 }).status))
  expect(found).toContain('notFinite')
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

it.skipIf(WITHOUT.jax)(`a JAX file, of noise too, says that it makes the whole program compute in 64 bits${skipped('jax')}`, () => {
  emit('wide', pendulum, 'jax', 'dopri5')
  const noisy = emitStochastic({ states: ['x'], time: 't', drift: [readExpr('-x')], diffusion: [[readExpr('1')]] }, [], EULER_MARUYAMA, 'jax')
  const found = run(`import importlib, json, jax, jax.numpy as np
open("noisy.py", "w", encoding="utf8").write(${JSON.stringify(noisy.content)})
def changed(name):
    jax.config.update("jax_enable_x64", False)
    before, module = str(np.ones(1).dtype), importlib.import_module(name)
    return [before, str(np.ones(1).dtype), "jax_enable_x64" in module.__doc__]
print(json.dumps([changed("wide"), changed("noisy")]))`)
  expect(found).toEqual([['float32', 'float64', true], ['float32', 'float64', true]])
}, 60_000)

/** Calls that no integration can start from, and what NumPy says of them. */
const FAULTS = [
  ['np.ones(3), 0, 1, p=P', 'y0: 3 given, give one value for each of x, y'],
  ['np.ones(()), 0, 1, p=P', 'y0: a number without axis given, give one value for each of x, y'],
  ['np.ones(2), 0, 1', 'p: 0 given, give one value for each of a'],
  ['np.ones(2), 0, 1, p=np.ones(2)', 'p: 2 given, give one value for each of a'],
  ['np.ones(2), 0, 1, p=P, rtol=-1', 'rtol, atol: give tolerances that are not negative, and not both 0'],
  ['np.ones(2), 0, 1, p=P, rtol=0, atol=0', 'rtol, atol: give tolerances that are not negative, and not both 0'],
  ['np.ones(2), 0, 1, p=P, step=0', 'step: give a positive step'],
  ['np.ones(2), 0, np.nan, p=P', 't0, t1: a span from 0.0 to nan has no end, give finite times'],
  ['np.ones(2), 0, 1, p=P, at=np.array([0, 2.0])', 'at: give times in order from t0 to t1'],
  ['np.ones(2), 1, 0, p=P, at=np.array([0, 0.5])', 'at: give times in order from t0 to t1'],
] as const
const damped: System = { states: ['x', 'y'], parameters: ['a'], rhs: [readExpr('y'), readExpr('-a*x - y')] }
const calls = (module: string): string => `
import json, numpy as np, ${module}
P, told = np.ones(1), []
for integration in [${FAULTS.map(([given]) => `lambda: ${module}.integrate(${given})`).join(', ')}]:
    try:
        told.append(${module}.STATUS[int(integration().status)])
    except ValueError as error:
        told.append(str(error))
print(json.dumps(told))`

describe('what no integration can start from', () => {
  it.skipIf(WITHOUT.numpy)(`is an error of one line in NumPy${skipped('numpy')}`, () => {
    emit('faults', damped, 'python', 'dopri5')
    expect(run(calls('faults'))).toEqual(FAULTS.map(([, message]) => message))
  })

  it.skipIf(WITHOUT.jax)(`is one in JAX where shapes do not fit, and a status where values do not${skipped('jax')}`, () => {
    emit('faults_jax', damped, 'jax', 'dopri5')
    expect(run(calls('faults_jax'))).toEqual(FAULTS.map(([, message]) => (/^(y0|p):/.test(message) ? message : 'invalid')))
  })
})

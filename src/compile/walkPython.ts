import { sym } from '../algebra/build.js'
import { Graph } from './graph.js'
import { f64 } from './ir.js'
import { listed } from './listed.js'
import { Lowering } from './lower.js'
import { STEP, type StochasticMethod, type StochasticSystem, dW, dZ } from './methods/stochastic.js'
import { SETS_X64, straightLine } from './pythonText.js'

/** What `brownianPath` computes, for NumPy and JAX alike: a level at a time. */
const BROWNIAN = `
def mix(words):
    h = np.uint32(0x9E3779B9)
    for w in words:
        h = h ^ w
        h = (h ^ (h >> 16)) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> 13)) * np.uint32(0xC2B2AE35)
        h = (h ^ (h >> 16)) + np.uint32(0x6D2B79F5)
    return h


def normals(seed, motion, level, index):
    """Two independent standard normal numbers for each counter, by Box and Muller."""
    words = lambda which: [np.full_like(index, seed), np.full_like(index, motion), level, index, np.full_like(index, which)]
    uniform = lambda w: (mix(words(w)).astype(float) * 2.0**21 + (mix(words(w + 1)) >> 11).astype(float) + 0.5) / 2.0**53
    radius, angle = np.sqrt(-2 * np.log(uniform(0))), 2 * np.pi * uniform(2)
    return radius * np.cos(angle), radius * np.sin(angle)


def brownian_path(seed, motion, span, level):
    """Increments W(t + h) - W(t) and integrals of W(s) - W(t) over the 2**level steps h of a span, of one Brownian motion.

    A pure function of seed (0 <= seed < 2**32) and motion (counted from 0), the same path at every level.
    """
    sizes = [1, *(2**l for l in range(level))]
    counted = np.concatenate([np.arange(size, dtype=np.uint32) for size in sizes])
    levels = np.concatenate([np.full(size, l, dtype=np.uint32) for l, size in enumerate(sizes)])
    e0, e1 = normals(seed, motion, levels, counted)
    value, tilt = e0[:1], e1[:1]
    halves = lambda a, b: np.stack([(a + b) * np.sqrt(0.5), (a - b) * np.sqrt(0.5)], axis=1).ravel()
    for size in sizes[1:]:
        own = slice(size, 2 * size)
        difference, total = (np.sqrt(3.0) * tilt + e0[own]) / 2, (tilt - np.sqrt(3.0) * e0[own]) / 2
        value, tilt = halves(value, difference), halves(total, e1[own])
    h = span / len(value)
    return np.sqrt(h) * value, h**1.5 / 2 * (value + tilt / np.sqrt(3.0))
`

const CONTRACT = (n: number, m: number): string =>
  `Integrates from y0 (${n}) with parameters p (${m}) in 2**level equal steps along the path of a seed.`

const NUMPY_WALK = (n: number, m: number): string => `

def walk_path(y0, t0, t1, p=(), seed=0, level=12):
    """${CONTRACT(n, m)}

    Returns the steps taken, fewer than 2**level if the next state is not finite, and the states before each step and at the end, a row
    each.
    """
    if len(y0) != ${n} or len(p) != ${m}:
        raise ValueError("give ${n} initial values and ${m} parameters")
    if not (t1 > t0 and np.isfinite(t1 - t0) and level == int(level) and 0 <= level <= 24):
        raise ValueError("give t1 > t0 and a whole level from 0 to 24")
    steps = 2**level
    # Times and parameters are NumPy's numbers: by one that is zero it divides.
    t0, p, h, path = np.float64(t0), np.asarray(p, dtype=float), (t1 - t0) / steps, [np.array(y0, dtype=float)]
    increments = [brownian_path(seed, j, t1 - t0, level) for j in range(MOTIONS)]
    with np.errstate(all="ignore"):
        for k in range(steps):
            state = step(t0 + k * h, h, path[-1], p, [w[k] for w, _ in increments], [z[k] for _, z in increments])
            if not np.all(np.isfinite(state)):
                break
            path.append(state)
    return len(path) - 1, np.array(path)
`

const JAX_WALK = (n: number, m: number): string => `

@partial(jax.jit, static_argnames=("level",))
def walk_path(y0, t0, t1, p=(), seed=0, level=12):
    """${CONTRACT(n, m)}

    Returns the steps taken, fewer than 2**level if the next state is not finite, and the states before each step and at the end, a row
    each; rows behind the steps taken are not finite. Ready for jax.vmap over y0, p and seed.
    """
    steps = 2**level
    h, y0, p = (t1 - t0) / steps, np.asarray(y0, dtype=float), np.asarray(p, dtype=float)
    increments = [brownian_path(seed, j, t1 - t0, level) for j in range(MOTIONS)]
    w, z = (np.stack([i[k] for i in increments], axis=1) for k in (0, 1))

    def advance(y, x):
        k, w, z = x
        state = step(t0 + k * h, h, y, p, w, z)
        state = np.where(np.all(np.isfinite(state)), state, np.nan)
        return state, state

    _, states = jax.lax.scan(advance, y0, (np.arange(steps), w, z))
    return np.sum(np.all(np.isfinite(states), axis=1)), np.concatenate([y0[None], states])
`

/** `step(t, h, y, p, w, z)`: the one-step map. @throws InputError if the noise is not of the kind the method needs. */
function oneStep(s: StochasticSystem, parameters: readonly string[], method: StochasticMethod): readonly string[] {
  const g = new Graph()
  const names = new Map([
    [sym(s.time), g.read(f64('t'))] as const, [STEP, g.read(f64('h'))] as const,
    ...parameters.map((name, i) => [sym(name), g.read(f64(`p[${i}]`))] as const),
    ...s.states.map((name, i) => [sym(name), g.read(f64(`y[${i}]`))] as const),
    ...(s.diffusion[0] ?? []).flatMap((_, j) => [[dW(j), g.read(f64(`w[${j}]`))] as const, [dZ(j), g.read(f64(`z[${j}]`))] as const]),
  ])
  const lowering = new Lowering(g, (quantity) => names.get(quantity))
  const { lines, values } = straightLine(method.step(s).map((e) => lowering.lower(e)))
  return [
    'def step(t, h, y, p, w, z):',
    `    """${listed(s.states)} after a step h from y at t; w, z: increments of the Brownian motions and their integrals."""`,
    ...lines,
    `    return np.stack([${values.join(', ')}])`,
  ]
}

const JAX_HEAD = ['from functools import partial', '', 'import jax', 'import jax.numpy as np', '', 'jax.config.update("jax_enable_x64", True)']

/**
 * A Python file with a strong method of fixed step for a stochastic equation, and its Brownian paths: NumPy, or JAX under `jit`.
 * @throws InputError as `walkRoutine`.
 */
export function pythonWalk(s: StochasticSystem, parameters: readonly string[], method: StochasticMethod, jax: boolean): string {
  const [n, m] = [s.states.length, parameters.length]
  return [
    `"""Integrator of the stochastic equation of ${listed(s.states)} (in the sense of Ito), generated by noether.`,
    '',
    `${method.title}, strong order ${method.strongOrder}. ${method.source}`,
    ...(jax ? ['', SETS_X64] : []),
    '"""',
    ...(jax ? JAX_HEAD : ['import numpy as np']),
    '',
    `STATES = ${JSON.stringify(s.states)}`,
    `PARAMETERS = ${JSON.stringify(parameters)}`,
    `MOTIONS = ${s.diffusion[0]?.length ?? 0}`,
    '',
    BROWNIAN,
    '',
    ...oneStep(s, parameters, method),
    (jax ? JAX_WALK : NUMPY_WALK)(n, m),
  ].join('\n')
}

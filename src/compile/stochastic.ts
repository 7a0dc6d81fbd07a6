import { sym } from '../algebra/build.js'
import { InputError } from '../errors.js'
import { type Increments, brownianPath } from './brownian.js'
import { type Executable, type Target, RESERVED, load } from './executable.js'
import { Graph, type Node, type Routine, f64, giveBack, i32, loop, set, toMemory, when } from './ir.js'
import { Lowering } from './lower.js'
import {
  MILSTEIN, EULER_MARUYAMA, STEP, STOCHASTIC_METHODS, type StochasticMethod, type StochasticSystem, TAYLOR_15, dW, dZ,
} from './methods/stochastic.js'
import type { OdeProblem } from './odeFile.js'
import type { Integration } from './system.js'

export interface StochasticOptions {
  readonly y0: readonly number[]
  readonly parameters?: readonly number[]
  readonly t0?: number
  readonly t1: number
  /** The number of steps is 2^level; the path is the same at every level. */
  readonly level: number
  readonly seed: number
}

export interface StochasticRun {
  readonly t: Float64Array
  /** y[i][k]: state i after k steps; shorter than all steps if it stopped being finite. */
  readonly y: readonly Float64Array[]
  readonly increments: readonly Increments[]
}

export interface CompiledStochasticSystem {
  readonly method: StochasticMethod
  /** @throws InputError for a wrong number of values or a level beyond 24. */
  run(options: StochasticOptions): StochasticRun
}

/**
 * `walk(steps)`: the path of the one-step map; memory holds t0, h, parameters, then ΔW, ΔZ of each motion, then the states step by step.
 */
function walkRoutine(s: StochasticSystem, parameters: readonly string[], method: StochasticMethod): Routine {
  const g = new Graph()
  const [steps, k, now, out, finite] = [i32('steps'), i32('k'), f64('now'), i32('out'), f64('finite')]
  const motions = s.diffusion[0]?.length ?? 0
  const first = RESERVED + 2 + parameters.length
  const increments = (which: number): Node => g.load(g.plus(g.read(k), g.apply('imul', g.int(which), g.read(steps))), first)
  const y = s.states.map((_, i) => f64(`y_${i}`))
  const names = new Map([
    [sym(s.time), g.read(now)] as const, [STEP, g.load(g.int(RESERVED + 1))] as const,
    ...parameters.map((name, i) => [sym(name), g.load(g.int(RESERVED + 2 + i))] as const),
    ...s.states.map((name, i) => [sym(name), g.read(y[i] ?? now)] as const),
    ...Array.from({ length: motions }, (_, j) => [[dW(j), increments(2 * j)] as const, [dZ(j), increments(2 * j + 1)] as const]).flat(),
  ])
  const lowering = new Lowering(g, (quantity) => names.get(quantity))
  const next = method.step(s).map((e) => lowering.lower(e))
  const row = g.plus(g.read(out), g.apply('imul', g.read(k), g.int(y.length)))
  const size = g.sum(y.map((v) => g.abs(g.read(v))))
  return {
    name: 'walk',
    parameters: [steps],
    result: 'i32',
    body: [
      set([k, g.int(0)], [out, g.plus(g.apply('imul', g.int(2 * motions), g.read(steps)), first)], [finite, g.constant(0)]),
      set(...y.map((v, i) => [v, g.load(g.read(out), i)] as const)),
      loop(g.and(g.apply('ilt', g.read(k), g.read(steps)), g.lt(g.read(finite), g.constant(Infinity))), [
        set([now, g.add(g.load(g.int(RESERVED)), g.mul(g.apply('fromI32', g.read(k)), g.load(g.int(RESERVED + 1))))]),
        set(...y.map((v, i) => [v, next[i] ?? g.constant(NaN)] as const)),
        set([finite, size]),
        when(g.lt(g.read(finite), g.constant(Infinity)), [
          set([k, g.plus(g.read(k), 1)]),
          set(...y.map((v, i) => [toMemory(row, i), g.read(v)] as const)),
        ], [set([finite, g.constant(Infinity)])]),
      ]),
      giveBack(g.read(k)),
    ],
  }
}

/**
 * Compiles a stochastic equation with a strong method of fixed step.
 * @param parameters names of the constants in drift and diffusion.
 * @throws InputError if the noise is not of the kind the method needs.
 */
export function compileStochastic(
  s: StochasticSystem, parameters: readonly string[],
  { method, target = 'wasm' }: { readonly method: StochasticMethod; readonly target?: Target },
): CompiledStochasticSystem {
  const executable: Executable = load({ routines: [walkRoutine(s, parameters, method)], exported: ['walk'] }, target)
  const walk = executable.entry('walk')
  const motions = s.diffusion[0]?.length ?? 0
  const n = s.states.length
  const run: CompiledStochasticSystem['run'] = ({ y0, parameters: values = [], t0 = 0, t1, level, seed }) => {
    if (y0.length !== n || values.length !== parameters.length)
      throw new InputError('wrong number of initial values or parameters', `give ${n} and ${parameters.length}`)
    if (!(Number.isInteger(level) && level >= 0 && level <= 24))
      throw new InputError(`level = ${level}`, 'give a whole number from 0 to 24')
    if (!(t1 > t0) || !Number.isFinite(t1 - t0))
      throw new InputError(`a stochastic equation runs forward, not from ${t0} to ${t1}`, 'give t1 > t0')
    const steps = 2 ** level
    const increments = Array.from({ length: motions }, (_, j) => brownianPath(seed, j, t1 - t0, level))
    const first = RESERVED + 2 + values.length
    const out = first + 2 * motions * steps
    const memory = executable.memory(out + n * (steps + 1))
    memory[RESERVED] = t0
    memory[RESERVED + 1] = (t1 - t0) / steps
    memory.set(values, RESERVED + 2)
    for (const [j, { dW: w, dZ: z }] of increments.entries()) {
      memory.set(w, first + 2 * j * steps)
      memory.set(z, first + (2 * j + 1) * steps)
    }
    memory.set(y0, out)
    const done = walk(steps)
    return {
      t: Float64Array.from({ length: done + 1 }, (_, k) => t0 + ((t1 - t0) * k) / steps),
      y: y0.map((_, i) => Float64Array.from({ length: done + 1 }, (__, k) => memory[out + k * n + i] ?? NaN)),
      increments,
    }
  }
  return { method, run }
}

/** The most accurate method that the noise allows. */
function bestFor(s: StochasticSystem): StochasticMethod {
  for (const method of [TAYLOR_15, MILSTEIN]) {
    try {
      method.step(s)
      return method
    } catch (fault) {
      if (!(fault instanceof InputError)) throw fault
    }
  }
  return EULER_MARUYAMA
}

/** Steps of an ODE file that says nothing else. */
const LEVEL = 12

/** Integrates the stochastic equation of an ODE file; output between steps is linear. @throws InputError for an unknown method. */
export function integrateStochastic(
  problem: OdeProblem, { at, method: name }: { readonly at: readonly number[]; readonly method?: string },
): { readonly method: string; readonly integration: Integration } {
  const { system, noise = [], span, file } = problem
  const s: StochasticSystem = { states: system.states, time: system.time ?? 't', drift: system.rhs, diffusion: noise }
  const method = name === undefined || name === 'auto' ? bestFor(s) : STOCHASTIC_METHODS.find((m) => m.name === name)
  if (method === undefined)
    throw new InputError(`unknown stochastic method ${name}`, `one of ${STOCHASTIC_METHODS.map((m) => m.name).join(', ')}`)
  const level = file.step === undefined ? LEVEL : Math.max(0, Math.ceil(Math.log2((span[1] - span[0]) / file.step)))
  const run = compileStochastic(s, system.parameters ?? [], { method })
    .run({ y0: problem.y0, parameters: problem.parameters, t0: span[0], t1: span[1], level, seed: file.seed ?? 0 })
  const end = run.t.at(-1) ?? span[0]
  const h = (span[1] - span[0]) / 2 ** level
  const times = at.filter((t) => t <= end)
  const value = (i: number, t: number): number => {
    const k = Math.min(run.t.length - 1, Math.floor((t - span[0]) / h))
    const [from, to] = [run.y[i]?.[k] ?? NaN, run.y[i]?.[k + 1]]
    return to === undefined ? from : from + ((to - from) * (t - (run.t[k] ?? NaN))) / h
  }
  const final = { t: end, y: system.states.map((_, i) => run.y[i]?.at(-1) ?? NaN) }
  const whole = run.t.length === 2 ** level + 1
  return {
    method: method.name,
    integration: {
      method: method.name,
      status: whole ? 'completed' : 'notFinite',
      ...(whole
      ? {}
      : { failure: { message: `the solution is not finite behind t = ${end} — take smaller steps or end earlier`, ...final } }),
      t: Float64Array.from(times),
      y: system.states.map((_, i) => Float64Array.from(times, (t) => value(i, t))),
      events: [],
      final,
      statistics: { accepted: run.t.length - 1, rejected: 0, evaluations: run.t.length - 1 },
      errorEstimate: [],
    },
  }
}

import { InputError } from '../errors.js'
import { walkFailureMessage } from './failure.js'
import { type Increments, LARGEST_SEED, brownianPath } from './brownian.js'
import { type Executable, type Target, RESERVED, load } from './executable.js'
import {
  MILSTEIN, EULER_MARUYAMA, STOCHASTIC_METHODS, type StochasticMethod, type StochasticSystem, TAYLOR_15,
} from './methods/stochastic.js'
import type { Program } from './ir.js'
import type { OdeProblem } from './odeFile.js'
import { within } from './odeSource.js'
import { checkForward } from './options.js'
import type { Integration } from './system.js'
import { walkLayout, walkRoutine } from './walk.js'

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
  /** Largest level whose paths fit into memory. */
  readonly finest: number
  /** @throws InputError for a wrong number of values, a level beyond the finest or a seed of more than 32 bits. */
  run(options: StochasticOptions): StochasticRun
}

/** No path has more than 2^FINEST steps; its states and increments together are at most so many doubles. */
const FINEST = 24
const MOST_VALUES = 2 ** 27

/** Largest level whose paths fit into memory. */
export const finestLevel = (states: number, motions: number): number =>
  Math.min(FINEST, Math.floor(Math.log2(MOST_VALUES / (states + 2 * motions))))

/** @throws InputError for a level beyond the finest, a seed of more than 32 bits or a span that does not go forward. */
export function checkWalk(finest: number, { t0, t1, level, seed }: Readonly<Record<'t0' | 't1' | 'level' | 'seed', number>>): void {
  if (!(Number.isInteger(level) && level >= 0 && level <= finest))
    throw new InputError(`level = ${level}`, `give a whole number from 0 to ${finest}`)
  if (!(Number.isInteger(seed) && seed >= 0 && seed <= LARGEST_SEED))
    throw new InputError(`seed = ${seed}`, `give a whole number from 0 to ${LARGEST_SEED}`)
  checkForward(t0, t1)
}

/** The program of a stochastic equation, whose memory begins at `RESERVED`. @throws InputError as `walkRoutine`. */
export const walkProgram = (s: StochasticSystem, parameters: readonly string[], method: StochasticMethod): Program =>
  ({ routines: [walkRoutine(s, parameters, method, RESERVED)], exported: ['walk'] })

/**
 * Compiles a stochastic equation with a strong method of fixed step.
 * @param parameters names of the constants in drift and diffusion.
 * @throws InputError if the noise is not of the kind the method needs.
 */
export function compileStochastic(
  s: StochasticSystem, parameters: readonly string[],
  { method, target = 'wasm' }: { readonly method: StochasticMethod; readonly target?: Target },
): CompiledStochasticSystem {
  const executable: Executable = load(walkProgram(s, parameters, method), target)
  const walk = executable.entry('walk')
  const motions = s.diffusion[0]?.length ?? 0
  const n = s.states.length
  const finest = finestLevel(n, motions)
  const run: CompiledStochasticSystem['run'] = ({ y0, parameters: values = [], t0 = 0, t1, level, seed }) => {
    if (y0.length !== n || values.length !== parameters.length)
      throw new InputError('wrong number of initial values or parameters', `give ${n} and ${parameters.length}`)
    checkWalk(finest, { t0, t1, level, seed })
    const steps = 2 ** level
    const increments = Array.from({ length: motions }, (_, j) => brownianPath(seed, j, t1 - t0, level))
    const place = walkLayout(RESERVED, values.length)
    const first = place.increments
    const out = first + 2 * motions * steps
    const memory = executable.memory(out + n * (steps + 1))
    memory[place.start] = t0
    memory[place.step] = (t1 - t0) / steps
    memory.set(values, place.parameters)
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
  return { method, finest, run }
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

/** The stochastic equation of an ODE file. */
export const stochasticSystem = ({ system, noise = [] }: OdeProblem): StochasticSystem =>
  ({ states: system.states, time: system.time ?? 't', drift: system.rhs, diffusion: noise })

/** A method by its name; the most accurate that the noise allows for `auto`. @throws InputError for an unknown one. */
export function stochasticMethod(s: StochasticSystem, name = 'auto'): StochasticMethod {
  const method = name === 'auto' ? bestFor(s) : STOCHASTIC_METHODS.find((m) => m.name === name)
  if (method === undefined)
    throw new InputError(`unknown stochastic method ${name}`, `one of ${STOCHASTIC_METHODS.map((m) => m.name).join(', ')}`)
  return method
}

/** How every path of an ODE file is walked. */
export interface WalkPlan {
  readonly s: StochasticSystem
  readonly parameters: readonly string[]
  readonly method: StochasticMethod
  readonly level: number
  readonly span: readonly [number, number]
  readonly at: readonly number[]
}

/** @throws InputError for an unknown method or too many steps. */
export function walkPlan(problem: OdeProblem, { at, method: name }: { readonly at: readonly number[]; readonly method?: string }): WalkPlan {
  const { system: { parameters = [] }, span, file, place } = problem
  const s = stochasticSystem(problem)
  const method = within(place(['noise']), () => stochasticMethod(s, name))
  const level = file.step === undefined ? LEVEL : Math.max(0, Math.ceil(Math.log2((span[1] - span[0]) / file.step)))
  const finest = finestLevel(s.states.length, s.diffusion[0]?.length ?? 0)
  if (level > finest)
    throw new InputError(`step = ${file.step} makes more than 2^${finest} steps`, 'give a longer one, or end earlier', place(['step']))
  return { s, parameters, method, level, span, at }
}

/** Where a time lies in a walk: behind so many steps, and by what part of the next. */
export interface WalkPlace {
  readonly step: number
  readonly part: number
}

/** Places of the output times; output between steps is linear. */
export function walkPlaces({ at, level, span: [start, end] }: Pick<WalkPlan, 'at' | 'level' | 'span'>): readonly WalkPlace[] {
  const steps = 2 ** level
  const h = (end - start) / steps
  return at.map((t) => {
    const step = Math.min(steps, Math.floor((t - start) / h))
    return { step, part: step === steps ? 0 : Math.max(0, (t - (start + ((end - start) * step) / steps)) / h) }
  })
}

/** What came out of a walk. */
export interface Walked {
  readonly parameters: readonly number[]
  /** Steps that were taken, fewer than all if the next state is not finite. */
  readonly taken: number
  /** State behind them. */
  readonly last: readonly number[]
  /** State i at the k-th output time; asked for those only that were reached. */
  readonly value: (i: number, k: number) => number
}

/** A walk as an integration. */
export function walkIntegration({ s, parameters: names, method, level, span, at }: WalkPlan, walked: Walked): Integration {
  const { parameters, taken, last, value } = walked
  const end = span[0] + ((span[1] - span[0]) * taken) / 2 ** level
  const final = { t: end, y: last }
  const times = at.filter((t) => t <= end)
  const values = Object.fromEntries([
    [s.time, end], ...s.states.map((name, i) => [name, last[i] ?? NaN] as const), ...names.map((name, i) => [name, parameters[i] ?? NaN] as const),
  ])
  const whole = taken === 2 ** level
  return {
    method: method.name,
    status: whole ? 'completed' : 'notFinite',
    ...(whole ? {} : { failure: { message: walkFailureMessage(s, { ...final, values, atStart: taken === 0 }), ...final } }),
    t: Float64Array.from(times),
    y: s.states.map((_, i) => Float64Array.from(times, (__, k) => value(i, k))),
    events: [],
    final,
    statistics: { accepted: taken, rejected: 0, evaluations: taken },
    errorEstimate: [],
  }
}

/** Integrates the stochastic equation of an ODE file. @throws InputError as `walkPlan`, and for noise of another kind than the method needs. */
export function integrateStochastic(problem: OdeProblem, asked: { readonly at: readonly number[]; readonly method?: string }): Integration {
  const { y0, parameters, span: [t0, t1], file } = problem
  const plan = walkPlan(problem, asked)
  const { s, level, method } = plan
  const compiled = within(problem.place(['noise']), () => compileStochastic(s, plan.parameters, { method }))
  const run = compiled.run({ y0, parameters, t0, t1, level, seed: file.seed ?? 0 })
  const places = walkPlaces(plan)
  return walkIntegration(plan, {
    parameters,
    taken: run.t.length - 1,
    last: run.y.map((state) => state.at(-1) ?? NaN),
    value: (i, k) => {
      const { step, part } = places[k] ?? { step: NaN, part: NaN }
      const from = run.y[i]?.[step] ?? NaN
      return part === 0 ? from : from + ((run.y[i]?.[step + 1] ?? NaN) - from) * part
    },
  })
}

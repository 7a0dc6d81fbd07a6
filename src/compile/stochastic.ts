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

/** Integrates the stochastic equation of an ODE file; output between steps is linear. @throws InputError for an unknown method. */
export function integrateStochastic(
  problem: OdeProblem, { at, method: name }: { readonly at: readonly number[]; readonly method?: string },
): { readonly method: string; readonly integration: Integration } {
  const { system, span, file } = problem
  const s = stochasticSystem(problem)
  const method = within(problem.place(['noise']), () => stochasticMethod(s, name))
  const level = file.step === undefined ? LEVEL : Math.max(0, Math.ceil(Math.log2((span[1] - span[0]) / file.step)))
  const compiled = within(problem.place(['noise']), () => compileStochastic(s, system.parameters ?? [], { method }))
  if (level > compiled.finest)
    throw new InputError(`step = ${file.step} makes more than 2^${compiled.finest} steps`, 'give a longer one, or end earlier', problem.place(['step']))
  const run = compiled.run({ y0: problem.y0, parameters: problem.parameters, t0: span[0], t1: span[1], level, seed: file.seed ?? 0 })
  const end = run.t.at(-1) ?? span[0]
  const h = (span[1] - span[0]) / 2 ** level
  const times = at.filter((t) => t <= end)
  const value = (i: number, t: number): number => {
    const k = Math.min(run.t.length - 1, Math.floor((t - span[0]) / h))
    const [from, to] = [run.y[i]?.[k] ?? NaN, run.y[i]?.[k + 1]]
    return to === undefined ? from : from + ((to - from) * (t - (run.t[k] ?? NaN))) / h
  }
  const final = { t: end, y: system.states.map((_, i) => run.y[i]?.at(-1) ?? NaN) }
  const values = Object.fromEntries([
    [s.time, end], ...system.states.map((name, i) => [name, final.y[i] ?? NaN] as const),
    ...(system.parameters ?? []).map((name, i) => [name, problem.parameters[i] ?? NaN] as const),
  ])
  const whole = run.t.length === 2 ** level + 1
  return {
    method: method.name,
    integration: {
      method: method.name,
      status: whole ? 'completed' : 'notFinite',
      ...(whole ? {} : { failure: { message: walkFailureMessage(s, { ...final, values, atStart: run.t.length === 1 }), ...final } }),
      t: Float64Array.from(times),
      y: system.states.map((_, i) => Float64Array.from(times, (t) => value(i, t))),
      events: [],
      final,
      statistics: { accepted: run.t.length - 1, rejected: 0, evaluations: run.t.length - 1 },
      errorEstimate: [],
    },
  }
}

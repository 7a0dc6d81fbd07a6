import { availableParallelism } from 'node:os'
import { InputError } from '../errors.js'
import { type Attempt, attempts } from './attempts.js'
import { type Ensemble, compileEnsemble } from './ensemble.js'
import { exponentialIntegrator } from './exponential.js'
import { generationKey, isFixedStep } from './methods/choose.js'
import type { OdeEnsemble } from './odeEnsemble.js'
import type { OdeProblem } from './odeFile.js'
import { type OdeOverrides, type OdePlan, planOf } from './odePlan.js'
import { within } from './odeSource.js'
import { type IntegrationOptions, checkedOptions } from './options.js'
import { walkIntegration, walkPlan } from './stochastic.js'
import { compileStochasticEnsemble } from './stochasticEnsemble.js'
import { EVENT_VALUES, type Integration } from './system.js'

/** A member of an ensemble, integrated. */
export interface Member {
  /** Its number, counted from 0. */
  readonly member: number
  /** Values of what varies. */
  readonly values: readonly number[]
  readonly integration: Integration
}

/** An ensemble that was read and compiled; the last of its members to be integrated closes it. */
export interface OdeMembers {
  readonly ensemble: OdeEnsemble
  readonly plan: OdePlan
  /** The members in their order, some at a time. */
  blocks(): AsyncGenerator<readonly Member[]>
}

/** Integrates members from one number to before another. */
type Integrator = (from: number, to: number) => Promise<readonly Integration[]>

/** What runs the members, and how it is ended. */
interface Runner {
  readonly integrate: Integrator
  close(): Promise<void>
}

/** Values of states that are computed at a time, and members, of which each may have as many events as there is room for. */
const BLOCK_VALUES = 2 ** 21
const BLOCK = { plain: 4096, events: 512 } as const

/** Members of the first block, and milliseconds between which blocks should take. */
const FIRST = 64
const [SHORT, LONG] = [200, 1000]

/** Room for the events of a trajectory, in doubles; one that has more is integrated again. */
const EVENT_ROOM = 2 ** 12

/** The k-th row of so many numbers. */
const row = (rows: Float64Array, k: number, width: number): readonly number[] => [...rows.subarray(k * width, (k + 1) * width)]

/** The attempts of one trajectory, and the one it waits for or its result. */
class Trial {
  next: IteratorResult<Attempt, Integration>

  constructor(private readonly tries: Generator<Attempt, Integration, Integration>) {
    this.next = tries.next()
  }

  go(result: Integration | undefined): void {
    if (result === undefined) throw new TypeError('an attempt was not integrated')
    this.next = this.tries.next(result)
  }
}

/** The method that the first trajectory without a result waits for. */
function firstMethod(trials: readonly Trial[]): string | undefined {
  for (const { next } of trials) if (next.done !== true) return next.value.method
  return undefined
}

/** Trajectories of ordinary equations, each by the attempts that a single one takes, on worker threads that hold the compiled program. */
function ordinary(problem: OdeProblem, { y0, parameters }: OdeEnsemble, plan: OdePlan, workers: number): Runner {
  const { system, method, rtol, options } = plan
  const [n, m] = [system.states.length, system.parameters?.length ?? 0]
  within(plan.tolerances, () => checkedOptions(system, isFixedStep(method), { ...options, y0: row(y0, 0, n), parameters: row(parameters, 0, m) }))
  const ensembles = new Map<string, Ensemble>()
  const ensembleFor = (name: string): Ensemble => {
    const key = generationKey(name, rtol)
    const found = ensembles.get(key) ?? within(problem.place(['states']), () => compileEnsemble(system, { method: name, rtol, workers, lanes: false, grain: 1 }))
    ensembles.set(key, found)
    return found
  }
  const room = system.events === undefined ? 0 : Math.ceil(EVENT_ROOM / (n + 2))
  const most = Math.floor(EVENT_VALUES / (n + 2))

  /** Integrates, and those again that have more events than there was room for, as many at a time as the memory takes. */
  const run = async (name: string, lanes: readonly IntegrationOptions[]): Promise<readonly Integration[]> => {
    const ensemble = ensembleFor(name)
    const found = [...await ensemble.integrate(lanes.map((lane) => ({ ...lane, maxEvents: room })))]
    const wanting = lanes.flatMap((lane, k) => {
      const lost = found[k]?.lostEvents ?? 0
      return lost > 0 && room < most ? [{ k, lane: { ...lane, maxEvents: Math.min(most, room + lost) } }] : []
    })
    while (wanting.length > 0) {
      const largest = Math.max(...wanting.map(({ lane }) => lane.maxEvents))
      const some = wanting.splice(0, Math.max(1, Math.floor(most / largest)))
      for (const [j, again] of (await ensemble.integrate(some.map(({ lane }) => lane))).entries()) found[some[j]?.k ?? NaN] = again
    }
    return found
  }
  const integrate: Integrator = async (from, to) => {
    const trials = Array.from({ length: to - from }, (_, k) =>
      new Trial(attempts(system, method, rtol, { ...options, y0: row(y0, from + k, n), parameters: row(parameters, from + k, m) })))
    for (let name = firstMethod(trials); name !== undefined; name = firstMethod(trials)) {
      const asked = trials.filter(({ next }) => next.done !== true && next.value.method === name)
      const found = await run(name, asked.flatMap(({ next }) => (next.done === true ? [] : [next.value.options])))
      for (const [j, trial] of asked.entries()) trial.go(found[j])
    }
    return trials.flatMap(({ next }) => (next.done === true ? [next.value] : []))
  }
  return {
    integrate,
    close: async () => {
      await Promise.all([...ensembles.values()].map((ensemble) => ensemble.close()))
    },
  }
}

/** Paths of stochastic equations; member k walks along the Brownian path of the seed + k. */
function stochastic(problem: OdeProblem, { y0, parameters }: OdeEnsemble, asked: OdePlan, workers: number): Runner {
  const plan = walkPlan(problem, asked)
  const { s, method, level, span: [t0, t1], at } = plan
  const [n, m] = [s.states.length, plan.parameters.length]
  const ensemble = within(problem.place(['noise']), () => compileStochasticEnsemble(s, plan.parameters, { method, workers }))
  return {
    async integrate(from, to) {
      const count = to - from
      const { taken, last, y } = await ensemble.batch({
        count, t0, t1, level, at, seed: (problem.file.seed ?? 0) + from, y0: y0.subarray(from * n, to * n), parameters: parameters.subarray(from * m, to * m),
      })
      return Array.from({ length: count }, (_, k) => walkIntegration(plan, {
        parameters: row(parameters, from + k, m), taken: taken[k] ?? NaN, last: row(last, k, n), value: (i, time) => y[(k * at.length + time) * n + i] ?? NaN,
      }))
    },
    close: () => ensemble.close(),
  }
}

function exponential(problem: OdeProblem, { y0, parameters }: OdeEnsemble, { at, system }: OdePlan): Runner {
  const integrate = exponentialIntegrator(problem, at)
  const [n, m] = [system.states.length, system.parameters?.length ?? 0]
  return {
    integrate: async (from, to) => Array.from({ length: to - from }, (_, k) => integrate(row(parameters, from + k, m), row(y0, from + k, n))),
    close: () => Promise.resolve(),
  }
}

/**
 * The members of the ensemble of an ODE file, each to the bit the trajectory that `integrateProblem` gives for its values and its seed.
 * @param workers number of threads; the results do not depend on it.
 * @throws InputError for input that no integration can start from; a member that ends early has its `failure`.
 */
export function ensembleMembers(
  problem: OdeProblem, overrides: OdeOverrides = {}, workers = availableParallelism(),
): OdeMembers {
  const { ensemble, noise, system: { states }, place } = problem
  if (ensemble === undefined) throw new InputError('the file states no ensemble', 'add ensemble:, see noether schema --ode', place([]))
  const plan = planOf(problem, overrides)
  const { count, values, varied } = ensemble
  const block = Math.max(1, Math.min(problem.events.length > 0 ? BLOCK.events : BLOCK.plain, Math.floor(BLOCK_VALUES / (states.length * Math.max(1, plan.at.length)))))
  return {
    ensemble, plan,
    async *blocks() {
      const threads = Math.min(workers, count)
      const runner = noise !== undefined ? stochastic(problem, ensemble, plan, threads)
        : plan.method === 'exponential' ? exponential(problem, ensemble, plan) : ordinary(problem, ensemble, plan, threads)
      try {
        let size = Math.min(FIRST, block)
        for (let from = 0; from < count;) {
          const [begun, first, end] = [performance.now(), from, Math.min(count, from + size)]
          const found = await runner.integrate(first, end)
          yield found.map((integration, k) => ({ member: first + k, values: row(values, first + k, varied.length), integration }))
          from = end
          const elapsed = performance.now() - begun
          if (elapsed < SHORT) size = Math.min(block, 2 * size)
          else if (elapsed > LONG) size = Math.min(block, Math.max(FIRST, Math.ceil(size / 2)))
        }
      } finally {
        await runner.close()
      }
    },
  }
}

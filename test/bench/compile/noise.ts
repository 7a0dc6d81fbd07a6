import { readExpr } from '../../../src/algebra/read.js'
import { TAYLOR_15, type StochasticSystem } from '../../../src/compile/methods/stochastic.js'
import { compileStochasticEnsemble } from '../../../src/compile/stochasticEnsemble.js'
import { clock, leastOf } from './contest.js'

const [COUNT, LEVEL] = [1000, 10]

/** A double well with noise. */
const WELL: StochasticSystem = { states: ['x'], time: 't', drift: [readExpr('a*x - x^3')], diffusion: [[readExpr('s')]] }

export interface NoiseSpeed {
  readonly trajectories: number
  readonly steps: number
  /** Least seconds for all trajectories, their Brownian paths included, on one and on two workers. */
  readonly seconds: readonly [number, number]
}

/** An ensemble of a stochastic equation on one worker and on two, in turn until a second on the clock. */
export async function noise(deadline: number): Promise<NoiseSpeed> {
  const [one, two] = [1, 2].map((workers) => compileStochasticEnsemble(WELL, ['a', 's'], { method: TAYLOR_15, workers }))
  if (one === undefined || two === undefined) throw new TypeError('no ensemble')
  const batch = {
    count: COUNT, t1: 10, level: LEVEL, seed: 1, y0: new Float64Array(COUNT).fill(1), parameters: Float64Array.from({ length: 2 * COUNT }, (_, k) => (k % 2 === 0 ? 1 : 0.5)),
  }
  const seconds: [number, number] = [Infinity, Infinity]
  do {
    for (const [k, ensemble] of [one, two].entries()) {
      const [found] = await leastOf(0.5, () => ensemble.batch(batch))
      seconds[k] = Math.min(found, seconds[k] ?? Infinity)
    }
  } while (clock() < deadline)
  await Promise.all([one.close(), two.close()])
  return { trajectories: COUNT, steps: 2 ** LEVEL, seconds }
}

import { describe, expect, it } from 'vitest'
import { ONE, frac, mul } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import { buildNetwork } from '../../src/network/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { programOf } from '../../src/rules/execute.js'
import { loadData, subset, train } from '../../src/training/index.js'
import { constraintRung } from '../../src/validation/ladder.js'
import { instancesOf } from '../../src/validation/instances.js'
import { orderRuns, ordersOf } from '../../src/validation/orders.js'
import { type Plan, measuresOfPlans, planOf, vectorsOfPlans } from '../../src/validation/plan.js'
import { seriesOf } from '../../src/validation/quantities.js'

const [eta, beta, lambda] = [0.05, 0.8, 0.01]
const NUMBERS = { eta, beta, lambda }

/** The energy of a small network under momentum, with its plan and what runs it. */
function setting() {
  const problem = parseProblem(`title: energy
symmetry: { family: time }
rule: { name: momentum }
network: { input: 4, layers: [{ dense: 5 }, tanh, { dense: 2 }], loss: mean_square }
data: { teacher: { input: 4, layers: [{ dense: 2 }] }, samples: 40 }
train: { steps: 30, full_batch: true, eta: ${eta}, beta: ${beta}, lambda: ${lambda}, backend: float64 }
`)
  const network = buildNetwork(problem.network ?? { input: 4, layers: [] })
  const [law] = deriveProblem(problem, true)
  const [instance] = law === undefined ? [] : instancesOf(law, network)
  if (law === undefined || instance === undefined) throw new Error('the problem has a law')
  const plan = planOf(law.laws, instance)
  const data = loadData(problem.data ?? 'digits', '.')
  return { plan, network, data, rule: programOf(law.laws.rule, vectorsOfPlans([plan])), hyperparameters: NUMBERS }
}

describe('the energy, of which the loss is a part', () => {
  it('is measured as the loss, the weight decay’s potential and the kinetic energy of the step', async () => {
    const { plan, network, ...ran } = setting()
    const recording = await train({ ...ran, network, steps: 30, batchSize: 'full', backend: 'float64', measures: measuresOfPlans([plan], network) })
    const { charge } = plan
    if (charge === undefined) throw new Error('a run records the energy')
    const { values } = seriesOf(charge, recording, () => NUMBERS)
    const squares = (id: string, k: number): number => recording.columns.get(id)?.values[k] ?? Number.NaN
    for (let k = 0; k < 30; k += 1) {
      const velocity = (squares('all|theta_next|theta_next', k) - 2 * squares('all|theta|theta_next', k) + squares('all|theta|theta', k)) / eta ** 2
      const energy = (recording.loss[k] ?? 0) + (lambda / 2) * squares('all|theta|theta', k) + ((eta * (1 + beta)) / 4) * velocity
      expect(values[k]).toBeCloseTo(energy, 10)
    }
    expect(constraintRung(plan, recording, () => NUMBERS)).toMatchObject({ verdict: 'skipped', reason: expect.stringContaining('moves the time alone') })
  })

  it('has the order of accuracy that is derived, and with 1.5 times the dissipation it has not', async () => {
    const { plan, network, data, rule } = setting()
    const runs = await orderRuns({ network, data: subset(data, 32), rule, hyperparameters: NUMBERS, plans: [plan], onProgress: () => undefined, signal: undefined })
    const judged = (factor: Expr) => {
      const drives: Plan['drives'] = new Map([...plan.drives].map(([found, q]) => [found, { ...q, expression: mul(factor, q.expression) }] as const))
      return ordersOf({ ...plan, drives }, runs)
    }
    const { rung, fits } = judged(ONE)
    expect(rung.verdict).toBe('passed')
    expect(fits.map(({ derived }) => derived)).toEqual([1, 2, 2])
    expect(judged(frac(3, 2)).rung.verdict).toBe('failed')
  }, 60_000)
})

import { describe, expect, it } from 'vitest'
import { buildNetwork } from '../../src/network/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { toProblem } from '../../src/problem/index.js'
import { programOf } from '../../src/rules/execute.js'
import { train } from '../../src/training/index.js'
import { budgetVerdict } from '../../src/validation/budget.js'
import { discreteRung } from '../../src/validation/ladder.js'
import { measuresOfPlans, planOf, vectorsOfPlans } from '../../src/validation/plan.js'
import { seriesOf } from '../../src/validation/quantities.js'
import { numbersAt, settingsOf } from '../../src/validation/settings.js'
import { clouds } from '../training/setting.js'

const spec = { input: 4, layers: [{ dense: 6 }, { batchnorm: { epsilon: 0 } }, 'tanh', { dense: 5 }, 'linear', { dense: 3 }], loss: 'cross_entropy' } as const
const network = buildNetwork({ ...spec, layers: [...spec.layers] })

/** Derives all laws of the network under a rule and runs it on minibatches in float64, everything recorded. */
async function run(rule: Readonly<Record<string, unknown>>, hyperparameters: Readonly<Record<string, number>>) {
  const problem = toProblem({ title: 'test', symmetry: { infer: true }, rule, order: 0, network: spec, data: 'digits', train: { steps: 30, ...hyperparameters } })
  const laws = deriveProblem(problem, true)
  const plans = laws.flatMap((law) => law.stated.instances.map((symmetry) => planOf(law.laws, symmetry)))
  const [first] = laws
  if (first === undefined) throw new Error('the network has symmetries')
  const settings = settingsOf(problem, first.laws.rule)
  const recording = await train({
    network, data: clouds(48), rule: programOf(first.laws.rule, vectorsOfPlans(plans)), hyperparameters: settings, steps: 30, batchSize: 16, backend: 'float64', measures: measuresOfPlans(plans, network),
  })
  return { plans, recording, at: numbersAt(settings, recording.steps) }
}

const RULES: readonly (readonly [string, Readonly<Record<string, unknown>>, Readonly<Record<string, number>>])[] = [
  ['the proximal point with decay', { update: { theta: 'theta - eta*(g(theta_next) + lambda*theta_next)' } }, { eta: 0.2, lambda: 0.02 }],
  ['the implicit midpoint', { update: { theta: 'theta - eta*g((theta + theta_next)/2)' } }, { eta: 0.2 }],
  ['the trapezoidal rule', { update: { theta: 'theta - eta*(g + g(theta_next))/2' } }, { eta: 0.2 }],
  ['momentum of gradients at the new point', { state: { v: 0 }, update: { v: 'beta*v + g(theta_next)', theta: 'theta - eta*v' } }, { eta: 0.05, beta: 0.8 }],
]

describe.each(RULES)('a run of %s', (_, rule, hyperparameters) => {
  it('obeys the exact laws of all symmetries, and their budgets close, to rounding', async () => {
    const { plans, recording, at } = await run(rule, hyperparameters)
    const held = plans.filter((plan) => plan.rows !== undefined)
    expect(held.length).toBeGreaterThan(3)
    for (const plan of held) {
      expect(discreteRung(plan, recording, at).measured).toBeLessThan(1e-13)
      expect(budgetVerdict(plan, recording, at)?.failure).toBeUndefined()
    }
  })
})

it('the implicit midpoint keeps every charge of a run at a rate at which the proximal point moves it', async () => {
  const [proximal, midpoint] = await Promise.all([RULES[0], RULES[1]].map(async (rule) => {
    const { plans, recording, at } = await run(rule?.[1] ?? {}, rule?.[2] ?? {})
    return plans.flatMap(({ charge, rows }) => {
      if (charge === undefined || rows === undefined) return []
      const { values, members } = seriesOf(charge, recording, at)
      return Array.from({ length: members }, (_, i) => Math.abs((values.at(i - members) ?? Number.NaN) - (values[i] ?? Number.NaN)))
    })
  }))
  expect(Math.max(...(midpoint ?? []))).toBeLessThan(1e-12)
  expect(Math.max(...(proximal ?? []))).toBeGreaterThan(1e-3)
})

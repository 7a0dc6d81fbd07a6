import { describe, expect, it } from 'vitest'
import { buildNetwork } from '../../src/network/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { toProblem } from '../../src/problem/index.js'
import { programOf } from '../../src/rules/execute.js'
import { train } from '../../src/training/index.js'
import { budgetVerdict } from '../../src/validation/budget.js'
import { discreteRung } from '../../src/validation/ladder.js'
import { measuresOfPlans, planOf, vectorsOfPlans } from '../../src/validation/plan.js'
import { numbersAt, ruleOfRun, settingsOf, withTrainSchedules } from '../../src/validation/settings.js'
import { clouds, spec } from '../training/setting.js'

const network = buildNetwork(spec)
const data = clouds(48)

/** Derives all laws of the network under a rule and runs it on minibatches in float64, everything recorded. */
async function run(rule: Readonly<Record<string, unknown>>, hyperparameters: Readonly<Record<string, number | string>>) {
  const problem = withTrainSchedules(toProblem({ title: 'test', symmetry: { infer: true }, rule, order: 0, network: spec, data: 'digits', train: { steps: 60, ...hyperparameters } }))
  const laws = deriveProblem(problem, true)
  const plans = laws.flatMap((law) => law.stated.instances.map((symmetry) => planOf(law.laws, symmetry)))
  const [first] = laws
  if (first === undefined) throw new Error('the network has symmetries')
  const own = ruleOfRun(problem, network, first.laws.rule)
  const settings = settingsOf(problem, own)
  const recording = await train({
    network, data, rule: programOf(own, vectorsOfPlans(plans)), hyperparameters: settings, steps: 60, batchSize: 12, backend: 'float64', measures: measuresOfPlans(plans, network),
  })
  return { plans, recording, at: numbersAt(settings, recording.steps) }
}

const adaptive = { beta1: 0.9, beta2: 0.99, epsilon: 1e-3, lambda: 0.02 }
const rules: readonly (readonly [string, Readonly<Record<string, unknown>>, Readonly<Record<string, number | string>>])[] = [
  ['adamw', { name: 'adamw' }, { eta: 0.01, ...adaptive }],
  ['adam with coupled decay', { name: 'adam', lambda: 'lambda' }, { eta: 0.01, ...adaptive }],
  ['rmsprop', { name: 'rmsprop', lambda: 'lambda' }, { eta: 0.01, rho: 0.9, epsilon: 1e-3, lambda: 0.02 }],
  ['sign descent', { name: 'sign', lambda: 'lambda' }, { eta: 0.002, lambda: 0.02 }],
  ['clipping', { name: 'clipping', lambda: 'lambda' }, { eta: 0.1, c: 0.3, lambda: 0.02 }],
  ['momentum with schedules', { name: 'momentum' }, { eta: '0.1/(1 + k/20)', beta: '0.9 - 0.4/(1 + k)', lambda: '0.01*(1 + cos(k/10))' }],
  ['decay and learning rates by block', { name: 'sgd', eta: { W1: 0.1, b1: 0.05, gamma1: 0.05, beta1: 0.02, W2: 0.1, b2: 0.1, W3: 0.1, b3: 0.05 }, lambda: { W1: 0.02, b1: 0, gamma1: 0, beta1: 0, W2: 0.01, b2: 0, W3: 0.02, b3: 0 } }, {}],
  ['Langevin dynamics', { update: { theta: 'theta - eta*(g + lambda*theta) + sqrt(2*eta*T)*xi' } }, { eta: 0.02, lambda: 0.02, T: 0.01 }],
  ['noisy momentum with noise of another size on one layer', { state: { v: 0 }, update: { v: 'beta*v - eta*g + sigma*xi + tau*xi_W1', theta: 'theta + v' } }, { eta: 0.02, beta: 0.8, sigma: 0.002, tau: '0.01/(1+k)' }],
  ['clipping with two noises', { update: { theta: 'theta - eta*(min(1, c/sqrt(norm2(g)))*g + sigma*xi1) + rho*sqrt(norm2(g))*xi2' } }, { eta: 0.1, c: 0.3, sigma: 0.01, rho: 0.01 }],
  ['the gradient at a random point', { update: { theta: 'theta - eta*g(theta + rho*xi)' } }, { eta: 0.1, rho: 0.01 }],
  ['a rule of one’s own', { state: { s: 0 }, update: { s: 'max(s, abs(g))', theta: 'theta - eta*g/(s + epsilon)' } }, { eta: 0.01, epsilon: 0.1 }],
]

describe.each(rules)('under %s', (_, rule, hyperparameters) => {
  let done: ReturnType<typeof run> | undefined
  const result = (): ReturnType<typeof run> => (done ??= run(rule, hyperparameters))

  it('the exact law and the charge budget of every symmetry close to rounding on minibatches', async () => {
    const { plans, recording, at } = await result()
    expect(plans.length).toBeGreaterThan(3)
    for (const plan of plans) {
      expect(discreteRung(plan, recording, at).measured).toBeLessThan(1e-14)
      const budget = budgetVerdict(plan, recording, at)
      expect(budget?.failure).toBeUndefined()
      expect(budget?.curves.closure).toBeLessThan(budget?.curves.tolerance ?? 0)
    }
    const moved = plans.flatMap((plan) => budgetVerdict(plan, recording, at)?.curves.mechanisms ?? []).map((m) => Math.abs(m.cumulative[0]?.at(-1) ?? 0))
    expect(Math.max(...moved)).toBeGreaterThan(1e-3)
  })

  it('a mechanism left out of the budget is missed', async () => {
    const { plans, recording, at } = await result()
    const tried = plans.filter((plan) => (plan.budget ?? []).some((b) => b.mechanism === 'finite step'))
    expect(tried.length).toBeGreaterThan(0)
    for (const plan of tried) {
      const short = { ...plan, budget: plan.budget?.filter((b) => b.mechanism !== 'finite step') }
      expect(budgetVerdict(short, recording, at)?.failure).toMatch(/the charge budget leaves/)
    }
  })
})

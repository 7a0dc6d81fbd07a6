import { describe, expect, it } from 'vitest'
import { ZERO, frac, mul } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import { buildNetwork } from '../../src/network/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { toProblem } from '../../src/problem/index.js'
import { programOf } from '../../src/rules/execute.js'
import { loadData, train } from '../../src/training/index.js'
import { overlay } from '../../src/validation/curves.js'
import { type Plan, measuresOfPlans, planOf, vectorsOfPlans } from '../../src/validation/plan.js'
import { numbersAt, ruleOfRun, settingsOf, withTrainSchedules } from '../../src/validation/settings.js'

const spec = { input: 64, layers: [{ dense: 8 }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 6 }, 'relu', { dense: 10 }], loss: 'cross_entropy', seed: 1 }
const STEPS = 150

/** All laws of a digit classifier under a rule, and a run of minibatches in float64. */
async function recorded(rule: Readonly<Record<string, unknown>>, hyperparameters: Readonly<Record<string, number | string>>, order = 1) {
  const problem = withTrainSchedules(toProblem({ title: 'test', symmetry: { infer: true }, rule, order, network: spec, data: 'digits', train: { steps: STEPS, ...hyperparameters } }))
  const laws = deriveProblem(problem, true)
  const plans = laws.flatMap((law) => law.stated.instances.map((symmetry) => planOf(law.laws, symmetry, 'noisy')))
  const [first] = laws
  if (first === undefined) throw new Error('the network has symmetries')
  const network = buildNetwork(toProblem(problem).network ?? { input: 64, layers: [] })
  const program = ruleOfRun(problem, network, first.laws.rule)
  const settings = settingsOf(problem, program)
  const recording = await train({
    network, data: loadData('digits'), rule: programOf(program, vectorsOfPlans(plans)), hyperparameters: settings, steps: STEPS, batchSize: 32, seed: 1, backend: 'float64', measures: measuresOfPlans(plans, network),
  })
  const at = numbersAt(settings, STEPS)
  return { plans, judged: (plan: Plan) => overlay(plan, recording, at).rung }
}

/** The plan with the flow's law made wrong: a coefficient or the drive times a factor. */
function corrupted(plan: Plan, which: number | 'drive', factor: Expr): Plan {
  const { followed } = plan
  if (followed === undefined) throw new Error('a law is laid over the run')
  const { law, drive } = followed
  const changed = which === 'drive'
    ? { law: { ...law, drive: mul(factor, law.drive) }, drive: { ...drive, expression: mul(factor, drive.expression) } }
    : { law: { ...law, coefficients: law.coefficients.map((c, i) => (i === which ? mul(factor, c) : c)) } }
  return { ...plan, followed: { ...followed, ...changed } }
}

const RIGHT: readonly (readonly [string, Readonly<Record<string, unknown>>, Readonly<Record<string, number | string>>])[] = [
  ['gradient descent', { name: 'sgd' }, { eta: 0.1, lambda: 0.05 }],
  ['decoupled decay', { name: 'sgdw' }, { eta: 0.05, lambda: 0.05 }],
  ['momentum', { name: 'momentum' }, { eta: 0.05, beta: 0.8, lambda: 0.005 }],
  ['momentum with dampening', { name: 'momentum', mu: '1/2' }, { eta: 0.05, beta: 0.8, lambda: 0.005 }],
  ['Nesterov', { name: 'nesterov' }, { eta: 0.05, beta: 0.8, lambda: 0.005 }],
  ['momentum with decoupled decay', { state: { v: 0 }, update: { v: 'beta*v + g', theta: '(1 - eta*lambda)*theta - eta*v' } }, { eta: 0.05, beta: 0.8, lambda: 0.1 }],
  ['an average of gradients', { state: { m: 0 }, update: { m: 'beta*m + (1 - beta)*g', theta: 'theta - eta*m - eta*lambda*theta' } }, { eta: 0.2, beta: 0.8, lambda: 0.05 }],
  ['clipped gradients', { name: 'clipping', lambda: 'lambda' }, { eta: 0.05, c: 1, lambda: 0.05 }],
  ['rates by block', { name: 'sgd', eta: { W1: 0.1, b1: 0.1 } }, { eta: 0.05, lambda: 0.05 }],
  ['no decay on biases', { name: 'momentum', lambda: { b1: 0, b2: 0, b3: 0 } }, { eta: 0.05, beta: 0.8, lambda: 0.005 }],
  ['schedules', { name: 'sgd' }, { eta: '0.1*(1 + cos(pi*k/150))/2 + 0.001', lambda: '0.05*(1 + k/100)' }],
  ['momentum with schedules', { name: 'momentum' }, { eta: '0.05*(1 + cos(pi*k/200))/2', beta: '0.9 - 0.4*exp(-k/50)', lambda: '0.02*(1 + k/100)' }],
]

describe.each(RIGHT)('the error bar that theory predicts for the laws of %s', (_, rule, hyperparameters) => {
  it('holds the run, and does not hold laws with a wrong coefficient of the rate or without their drive', async () => {
    const { plans, judged } = await recorded(rule, hyperparameters)
    expect(plans.map((plan) => judged(plan).verdict)).toEqual(plans.map(() => 'passed'))
    const quadratic = plans.filter(({ symmetry }) => symmetry.family !== 'translation')
    expect(quadratic.length).toBeGreaterThan(1)
    for (const plan of quadratic) {
      expect(judged(plan).measured).toBeGreaterThan(1e-6)
      const decays = plan.followed?.law.coefficients[0] !== ZERO
      expect(judged(corrupted(plan, 0, frac(11, 10))).verdict).toBe(decays ? 'failed' : 'passed')
      expect(judged(corrupted(plan, 1, frac(11, 10))).verdict).toBe('failed')
      expect(judged(corrupted(plan, 'drive', frac(11, 10))).verdict).toBe('failed')
      expect(judged(corrupted(plan, 'drive', ZERO)).verdict).toBe('failed')
    }
  }, 120_000)
})

describe('a step along a polar factor or a sign, whose part along theta changes within the step', () => {
  it.each([['sign', { name: 'sign' }, { eta: 0.001 }], ['msign', { update: { theta: '(1 - eta*lambda)*theta - eta*msign(g)' } }, { eta: 0.005, lambda: 0.05 }]])('of %s is followed to leading order, with a bar that its missing drive does not meet', async (_, rule, hyperparameters) => {
    const { plans, judged } = await recorded(rule, hyperparameters)
    for (const plan of plans.filter(({ symmetry }) => symmetry.family !== 'translation')) {
      expect([plan.followed?.order, judged(plan).verdict]).toEqual([0, 'passed'])
      expect(judged(corrupted(plan, 'drive', ZERO)).verdict).toBe('failed')
    }
  }, 120_000)
})

describe('where no bar is predicted', () => {
  it.each([
    ['states of states', { state: { m: 0, v: 0 }, update: { m: 'a*m + (1 - a)*g', v: 'beta*v + m', theta: 'theta - eta*v' } }, { eta: 0.02, a: 0.6, beta: 0.6 }, /states of the rule where the flow has what they tend to/],
    ['a momentum that drives the charge to leading order', { state: { v: 0 }, update: { v: 'beta*v + g', W2: 'W2 - eta*(v - dot(v_W2, theta_W2)/norm2(theta_W2)*theta)', theta: 'theta - eta*v' } }, { eta: 0.02, beta: 0.9 }, /states of the rule where the flow has what they tend to/],
    ['steps that depend on their number', { update: { theta: 'theta - c*g/(k+9)' } }, { eta: 0.02, c: 0.2 }, /depends on the step number by itself/],
    ['a state as slow as theta', { state: { u: 'theta' }, update: { u: 'u + eta*alpha*(theta - u)', theta: 'theta - eta*(g + rho*(theta - u))' } }, { eta: 0.05, alpha: 0.5, rho: 0.3 }, /states of the rule|as slowly as the charge/],
    ['a sum of squares that is kept in the flow', { state: { s: 0.1 }, update: { s: 's + g^2', theta: 'theta - eta*g/sqrt(s)' } }, { eta: 0.02 }, /states of the rule after the step/],
    ['a sum of squares that begins at zero', { name: 'adagrad' }, { eta: 0.02, epsilon: 0.01 }, /s begins at zero, where the flow that keeps it has no value/],
    ['gradients elsewhere', { name: 'extragradient' }, { eta: 0.02 }, /the gradient at another point of the step/],
  ])('as for %s, rung 5 is skipped and says why', async (_, rule, hyperparameters, why) => {
    const { plans, judged } = await recorded(rule, hyperparameters)
    const quadratic = plans.filter(({ symmetry }) => symmetry.family === 'rescale').map(judged)
    expect(quadratic.map((r) => r.verdict)).toEqual(quadratic.map(() => 'skipped'))
    for (const { reason } of quadratic) expect(reason).toMatch(why)
  }, 120_000)
})

import { describe, expect, it } from 'vitest'
import { ZERO, isZero } from '../../src/algebra/build.js'
import { toText } from '../../src/algebra/print.js'
import { derive } from '../../src/laws/derive.js'
import type { RuleStatement } from '../../src/rules/rule.js'
import type { SymmetryStatement } from '../../src/symmetry/symmetry.js'

const PARAMETERS = { w: ['d'], a: ['h'] }
const SYMMETRIES = {
  translation: { family: 'translation', on: ['w'] },
  scale: { family: 'scale', on: ['w'] },
  rescale: { family: 'rescale', in: ['w'], out: ['a'] },
} as const

function derived(rule: RuleStatement, symmetry: SymmetryStatement = SYMMETRIES.scale) {
  const [found] = derive({ title: 'test', parameters: PARAMETERS, symmetry, rule, order: 0 })
  if (found === undefined) throw new Error('one symmetry, one law')
  return found
}

const budgetOf = (rule: RuleStatement, symmetry?: SymmetryStatement): Readonly<Record<string, string>> =>
  Object.fromEntries(derived(rule, symmetry).derivation.laws.budget?.map((b) => [b.mechanism, b.statement.text]) ?? [])

const ROTATION: SymmetryStatement = { generator: { R: 'R*Omega' }, constants: { Omega: ['d', 'd'] }, antisymmetric: ['Omega'] }

describe('the budget of a step that multiplies theta', () => {
  it('has no weight decay where there is none: what a function takes of theta the step takes off again', () => {
    const rule: RuleStatement = { state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta*exp(-eta*v)' } }
    expect(Object.keys(budgetOf(rule))).toEqual(['metric', 'finite step'])
    expect(Object.keys(budgetOf({ ...rule, update: { ...rule.update, theta: 'theta*exp(-eta*v) - eta*lambda*theta' } }))).toContain('weight decay')
    const { discrete, discreteSolution } = derived(rule).derivation.laws
    expect(discrete?.drives.map((d) => d.name)).toEqual(['change'])
    expect(discreteSolution?.cases.map((c) => c.text)).toEqual(['q_0 + sum(norm2(P_w(exp(-eta*g - beta*eta*v)*theta)) - norm2(theta_w),j,0,k - 1)'])
  })
})

describe('the budget of an angular momentum', () => {
  const budgetUnder = (rule: RuleStatement) => {
    const [found] = derive({ title: 'test', parameters: { R: ['h', 'd'] }, symmetry: ROTATION, rule, order: 0 })
    const step = found?.derivation.steps.find((s) => s.section === 'Charge budget')
    expect(step?.verified).toMatchObject({ passed: true, method: 'random exact rational jets' })
    return Object.fromEntries(found?.derivation.laws.budget?.map((b) => [b.mechanism, b.statement.text]) ?? [])
  }

  it('is lost by friction alone under heavy ball, whatever the weight decay', () => {
    expect(budgetUnder({ name: 'momentum' })).toEqual({ friction: '-(1 - beta)*(transpose(R)*v_R - transpose(v_R)*R)' })
  })

  it('is moved by the momentum that a copy of the parameters holds, where the state is one, not by weight decay', () => {
    const points = { state: { p: 'theta' }, update: { theta: 'theta - eta*g + beta*(theta - p)', p: 'theta_next - theta + p' } }
    const heavyBall = { state: { p: 'theta' }, update: { y: 'theta', theta: 'theta - eta*g + beta*(theta - p)', p: 'y' } }
    expect(Object.keys(budgetUnder(points))).not.toContain('weight decay')
    expect(Object.keys(budgetUnder({ ...heavyBall, state: { ...heavyBall.state, y: 'theta' } }))).not.toContain('weight decay')
    expect(Object.keys(budgetUnder({ ...heavyBall, state: { ...heavyBall.state, y: 'theta' }, update: { ...heavyBall.update, theta: `${heavyBall.update.theta} - eta*lambda*theta` } }))).toContain('weight decay')
  })

  it('is moved by the gradient and weight decay of the look-ahead under Nesterov, and by the preconditioner under Adam', () => {
    expect(Object.keys(budgetUnder({ name: 'nesterov' }))).toEqual(['friction', 'gradient', 'weight decay'])
    expect(Object.keys(budgetUnder({ name: 'adamw' }))).toEqual(['friction', 'weight decay', 'momentum'])
  })
})

describe('mechanisms of the charge budget', () => {
  it('gradient descent moves a norm by its finite step only, a sum of weights not at all', () => {
    expect(budgetOf({ name: 'sgd', lambda: 0 })).toEqual({ 'finite step': 'eta^2*norm2(g_w)' })
    expect(budgetOf({ name: 'sgd', lambda: 0 }, SYMMETRIES.translation)).toEqual({})
  })

  it('decoupled weight decay is linear in lambda, its square belongs to the finite step', () => {
    const budget = budgetOf({ name: 'sgdw' })
    expect(budget['weight decay']).toBe('-2*eta*lambda*norm2(theta_w)')
    expect(budget['finite step']).toBe('eta^2*norm2(g_w) + eta^2*lambda^2*norm2(theta_w)')
  })

  it('a rotation of the gradient by a metric breaks the kinetic symmetry, for translations too', () => {
    for (const symmetry of Object.values(SYMMETRIES))
      for (const name of ['sign', 'rmsprop', 'preconditioned', 'natural']) expect(Object.keys(budgetOf({ name }, symmetry))).toContain('metric')
    for (const name of ['sgd', 'momentum', 'nesterov', 'clipping']) expect(Object.keys(budgetOf({ name }))).not.toContain('metric')
  })

  it('what a step takes off along theta is a projection, where it is the component of another direction, and weight decay where it is a share of theta', () => {
    const adamp = { state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta - eta*(v_w - dot(theta_w, v)/norm2(theta_w)*theta_w) - eta*lambda*theta' } }
    const budget = budgetOf(adamp)
    expect(budget['projection']).toBe('2*beta*eta*dot(theta_w, v_w)')
    expect(budget['momentum']).toBe('-2*beta*eta*dot(theta_w, v_w)')
    expect(budget['weight decay']).toBe('-2*eta*lambda*norm2(theta_w)')
    expect(Object.keys(budgetOf({ update: { theta: '(theta - eta*g)/sqrt(norm2(theta_w - eta*g_w))' } }))).toEqual(['projection', 'finite step'])
    expect(Object.keys(budgetOf({ update: { theta: 'theta - eta*norm2(g)*theta - eta*g' } }))).toEqual(['weight decay', 'finite step'])
  })

  it('a bound on every component is clipping: without it the step is that along what is bounded', () => {
    const budget = budgetOf({ update: { theta: 'theta - eta*max(min(g, c), -c)' } })
    expect(Object.keys(budget)).toEqual(['finite step', 'clipping'])
    expect(budget['finite step']).toBe('eta^2*norm2(g_w)')
    const floor = { state: { v: '1' }, update: { theta: 'theta - eta*g/max(sqrt(v), epsilon)', v: 'beta*v + (1 - beta)*g^2' } }
    expect(Object.keys(budgetOf(floor))).toEqual(['metric', 'finite step'])
  })

  it('each mechanism is there only with its cause', () => {
    const causes: readonly (readonly [string, RuleStatement, RuleStatement])[] = [
      ['weight decay', { name: 'adamw' }, { name: 'adamw', lambda: 0 }],
      ['momentum', { name: 'adam' }, { name: 'adam', beta1: 0 }],
      ['clipping', { name: 'clipping' }, { name: 'sgd' }],
      ['momentum', { name: 'momentum' }, { name: 'sgd' }],
      ['bias correction', { name: 'adam' }, { name: 'rmsprop' }],
    ]
    for (const [mechanism, present, absent] of causes) {
      expect(Object.keys(budgetOf(present))).toContain(mechanism)
      expect(Object.keys(budgetOf(absent))).not.toContain(mechanism)
    }
  })

  it('the parts of an adaptive rule with coupled decay are checked to add up exactly', () => {
    const steps = derived({ name: 'adam', lambda: 'lambda' }).derivation.steps.filter((s) => s.section === 'Charge budget')
    expect(steps.map((s) => s.verified.passed)).toEqual([true])
  })
})

describe('hyperparameters by block', () => {
  const layered = { name: 'sgd', lambda: { w: '1/10', a: 0 }, eta: { w: '1/10', a: '1/100' } }

  it('layer-wise rates are relative to the first, decay acts on its block alone', () => {
    const budget = budgetOf(layered, SYMMETRIES.rescale)
    expect(budget['weight decay']).toBe(budgetOf({ name: 'sgd', lambda: { w: '1/10', a: 0 } }, SYMMETRIES.rescale)['weight decay'])
    expect(budget['finite step']).toContain('eta^2*norm2(g_w) - eta^2*norm2(g_a)/10')
  })

  it('layer-wise rates keep the balance weighted by their inverses: the gradient does not move it', () => {
    expect(toText(derived({ name: 'sgd', eta: { w: '1/10', a: '1/100' } }, SYMMETRIES.rescale).laws.discrete?.charge ?? ZERO)).toBe('norm2(theta_w) - 10*norm2(theta_a)')
    expect(Object.keys(budgetOf({ name: 'sgd', eta: { w: '1/10', a: '1/100' }, lambda: 0 }, SYMMETRIES.rescale))).toEqual(['finite step'])
    expect(Object.keys(budgetOf({ name: 'sgd', eta: { w: '1/10', a: '1/10' }, lambda: 0 }, SYMMETRIES.rescale))).toEqual(['finite step'])
  })

  it('equal values in all blocks give the law of one value', () => {
    const [split, whole] = [{ w: '1/10', a: '1/10' }, '1/10'].map((lambda) => derived({ name: 'momentum', lambda }).laws.discrete)
    expect(split?.next).toBe(whole?.next)
    expect(split?.rows.map((r) => toText(r.contraction))).toEqual(whole?.rows.map((r) => toText(r.contraction)))
  })

  it('the law of momentum still closes where the blocks of a rescale symmetry decay differently', () => {
    const { laws } = derived({ name: 'momentum', lambda: { w: '1/10', a: 0 } }, SYMMETRIES.rescale)
    expect(laws.discrete?.rows.length).toBeLessThanOrEqual(8)
    expect(laws.discrete?.rows.every((r) => r.coefficients.some((c) => !isZero(c)))).toBe(true)
  })

  it('an unknown block is named with the remedy', () => {
    expect(() => derived({ name: 'sgd', lambda: { W: 0 } })).toThrow(/'W', which is no block/)
  })
})

describe('mirror descent', () => {
  it('with the entropy is exponentiated gradient, with half the square gradient descent', () => {
    const update = (rule: RuleStatement): string | undefined => derived(rule, SYMMETRIES.translation).derivation.rule.update[0]?.value.text
    expect(update({ name: 'mirror' })).toBe('exp(-eta*g)*theta')
    expect(update({ name: 'mirror', h: 'theta^2/2' })).toBe(update({ name: 'sgd', lambda: 0 }))
  })
})

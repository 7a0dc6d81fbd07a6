import { describe, expect, it } from 'vitest'
import { readVector } from '../../src/jets/read.js'
import { simplifyVector } from '../../src/jets/simplify.js'
import { subVectors } from '../../src/jets/vector.js'
import { derive } from '../../src/laws/derive.js'
import type { Derivation } from '../../src/laws/derivation.js'
import type { RuleStatement } from '../../src/rules/rule.js'

function lawOf(rule: RuleStatement): Derivation {
  const [found] = derive({ title: 'norm', parameters: { w: ['d'] }, symmetry: { family: 'scale', on: ['w'] }, rule, order: 1 })
  if (found === undefined) throw new Error('no derivation')
  return found.derivation
}

describe('rules that are no smooth functions of theta', () => {
  // Lion of Chen et al. 2023: the state stands in a sign, whose derivative vanishes, yet the step depends on it.
  const lion = lawOf({ state: { m: '0' }, update: { theta: 'theta - eta*(sign(b1*m + (1 - b1)*g) + lambda*theta)', m: 'b2*m + (1 - b2)*g' } })

  it('do not lose a state that a sign contains', () => {
    expect(lion.steps.every((step) => step.verified.passed)).toBe(true)
    expect(lion.rule.withoutFlow).toEqual([{ model: 'modified flow', reason: 'the update of theta cannot be solved for m' }])
    expect(lion.laws.flow.map((law) => law.model)).toEqual(['modified vector field', 'modified vector field'])
  })

  it('are written as a person writes them', () => {
    expect(lion.rule.update[0]?.value).toEqual({ text: '(1 - eta*lambda)*theta - eta*sign(b1*m + (1 - b1)*g)', latex: '(1-\\eta\\lambda)\\theta-\\eta\\operatorname{sign}(b_1m+(1-b_1)g)' })
  })

  it('say where their flows hold', () => {
    expect(lion.rule.conditions).toEqual(['no component of an argument of sign passes zero'])
    expect(lawOf({ update: { theta: 'theta - eta*min(g, 1)' } }).rule.conditions).toEqual(['the smallest argument of min stays the same one'])
    expect(lawOf({ name: 'sgd' }).rule.conditions).toBeUndefined()
  })

  it('say so where only their flow has a kink: a mean of squares relaxes to a square, and its root to a magnitude', () => {
    const root = 'no component of an argument of abs passes zero'
    expect(lawOf({ name: 'rmsprop' }).rule.conditions).toEqual([root])
    expect(lawOf({ state: { s: '0' }, update: { s: 'rho*s + (1 - rho)*(g + lambda*theta)^2', theta: 'theta - eta*g/sqrt(s)' } }).rule.conditions).toEqual([root])
    expect(lawOf({ state: { s: '0' }, update: { s: 'rho*s + (1 - rho)*g^2', theta: 'theta - eta*g/sqrt(s + c)' } }).rule.conditions).toBeUndefined()
    expect(lawOf({ update: { theta: 'theta - eta*g/sqrt(norm2(g))' } }).rule.conditions).toBeUndefined()
  })

  it('move as their momentum does where a mask of signs lets all of it pass: the gradient agrees with what it has made', () => {
    const cautious = lawOf({ state: { v: '0' }, update: { v: 'beta*v + g', theta: 'theta - eta*v*(1 + sign(v*g))/2' } })
    const plain = lawOf({ name: 'momentum', lambda: 0 })
    const fields = ({ rule }: Derivation): readonly string[] => rule.flows.flatMap((f) => (f.model === 'modified vector field' ? [f.equation.text] : []))
    expect(fields(cautious)).toEqual(fields(plain))
    expect(cautious.rule.conditions).toEqual(['no component of an argument of sign passes zero'])
    expect(cautious.steps.every((step) => step.verified.passed)).toBe(true)
  })

  it('take the sign of what vanishes with the rate from its first term: the mask of a state that holds the step lets all of it pass, too', () => {
    const masked = (mask: string): Derivation => lawOf({ state: { v: '0' }, update: { v: 'beta*v - eta*g', theta: `theta + v*(1 - ${mask})/2` } })
    for (const mask of ['sign(v*g)', 'sign(dot(v, g))']) expect(masked(mask).rule.flows.map((f) => f.equation.text)).toEqual(['dtheta = -g/(1 - beta)', 'dtheta = -eta*(1 + beta)*H(g)/(2*(1 - beta)^3) - g/(1 - beta)'])
    // max(g - p, 0) with p the gradient before is eta*max(-H g, 0) to first order, and -H g/2 - max(-H g, 0) = -|H g|/2.
    // Along the path it is eta*max(H theta', 0), half of H theta' and its size.
    const rising = lawOf({ state: { p: '0' }, update: { theta: 'theta - eta*g - eta*max(g - p, 0)', p: 'g' } })
    expect(rising.rule.flows.map((f) => f.equation.text)).toEqual(['dtheta = -g', 'dtheta = -eta*abs(H(g))/2 - g', 'eta*abs(H(dtheta))/2 + g + dtheta + eta*H(dtheta)/2 + eta*ddtheta/2 = 0'])
  })

  it('have flows of second order where the size of a contraction scales the step: on its positive side those of the contraction', () => {
    const textsOf = (size: string): readonly string[] => {
      const [found] = derive({ title: 'size', parameters: { w: ['d'] }, symmetry: { family: 'translation', on: ['w'] }, rule: { update: { theta: `theta - eta*${size}*g` } }, order: 2 })
      expect(found?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
      return found?.derivation.rule.flows.map((f) => f.equation.text) ?? []
    }
    const positive = textsOf('abs(dot(g, theta))').map((text) => text.replaceAll('abs(dot(g, theta))', 'dot(g, theta)').replaceAll('sign(dot(g, theta))', '1'))
    const plain = textsOf('dot(g, theta)')
    const fields = (texts: readonly string[]) => texts.filter((text) => text.startsWith('dtheta = ')).map((text) => readVector(text.slice('dtheta = '.length)))
    const rest = fields(positive).map((x, i) => simplifyVector(subVectors(x, fields(plain)[i] ?? x)).terms)
    expect(rest).toEqual([[], [], []])
    expect(fields(plain)).toHaveLength(3)
  })

  it('have no flow where a state is kept by a sign of itself, and say so: restarts of momentum where it goes against the gradient', () => {
    const restarted = lawOf({ state: { v: '0' }, update: { v: 'beta*(1 - sign(dot(g, v)))*v/2 - eta*g', theta: 'theta + v' } })
    expect(restarted.rule.withoutFlow?.[0]?.reason).toBe('the state v holds itself in another way than as a multiple on each block, so it cannot be eliminated')
    expect(restarted.steps.every((step) => step.verified.passed)).toBe(true)
    expect(restarted.laws.discrete?.recursion.text).toContain('sign')
  })

  it('have a flow where a number is added to the state: AdaBelief as published (Zhuang et al. 2020) is momentum with a rate of its own', () => {
    const update = { m: 'beta*m + (1 - beta)*g', s: 'rho*s + (1 - rho)*(g - m)^2 + epsilon', theta: 'theta - eta*m/sqrt(s)' }
    const { rule, steps } = lawOf({ state: { m: '0', s: '0' }, update })
    // g - m vanishes with eta, so s relaxes to epsilon/(1 - rho); then the field of averaged momentum at that rate.
    expect(rule.flows.map((f) => f.equation.text)).toEqual(['dtheta = -g/sqrt(epsilon/(1 - rho))', 'dtheta = -g/sqrt(epsilon/(1 - rho)) - eta*(1 + beta)*(1 - rho)*H(g)/(2*epsilon*(1 - beta))'])
    expect(steps.every((step) => step.verified.passed)).toBe(true)
    const named = { ...update, s: 'rho*s + (1 - rho)*(g - m)^2 + delta' }
    expect(() => lawOf({ state: { m: '0', s: '0' }, update: named })).toThrow("the number 'delta' is added to a vector")
    expect(lawOf({ state: { m: '0', s: '0' }, update: named, delta: 'delta' }).rule.flows[0]?.equation.text).toBe('dtheta = -g/sqrt(delta/(1 - rho))')
  })

  it('come to rest where decay and the sign balance, in lowest terms', () => {
    const [found] = derive({ title: 'signum', parameters: { w: ['d'] }, symmetry: { family: 'translation', on: ['w'] }, rule: { update: { theta: '(1 - eta*lambda/2)*theta - eta*sign(g)' } }, order: 1 })
    expect(found?.derivation.laws.solution.steadyState?.text).toBe('-2*dot(one_w, sign(g))/lambda')
    expect(found?.derivation.laws.discreteSolution?.cases[0]?.text).toContain('(1 - eta*lambda/2)^(k - 1 - j)')
  })

  it('have a law without rates where the flow of first order fixes the charge: the momentum of a rotation vanishes', () => {
    const [found] = derive({ title: 'spin', parameters: { W: ['n', 'm'] }, symmetry: { family: 'orthogonal', on: ['W'] }, rule: { state: { y: 'theta' }, update: { theta: 'theta - eta*g - rho*(theta - y)', y: 'y + beta*(theta - y)' } }, order: 0 })
    expect(found?.derivation.laws.flow.map((f) => f.equation.text)).toEqual(['q = 0'])
    expect(found?.derivation.laws.missing?.solution).toBe('the law has no rate of the charge: it says what the charge is')
    expect(found?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
  })

  it('have no flow where a state under a root vanishes with eta', () => {
    const adaBelief = lawOf({ state: { m: '0', s: '0' }, update: { m: 'beta*m + (1 - beta)*g', s: 'rho*s + (1 - rho)*(g - m)^2', theta: 'theta - eta*m/(sqrt(s) + epsilon)' } })
    expect(adaBelief.rule.withoutFlow?.[0]).toEqual({ model: 'modified vector field', reason: 'the step has no expansion in powers of eta: eta, or what vanishes with it, stands under a root, in a denominator, in sign, abs, min or max, or in msign' })
    expect(adaBelief.steps.every((step) => step.verified.passed)).toBe(true)
  })

  it('name the schedule in an update that has to be stated as a hyperparameter', () => {
    const reason = (update: string): string | undefined => lawOf({ update: { theta: update } }).rule.withoutFlow?.[0]?.reason
    expect(reason('theta - eta*(2 + sin(k/10))*g')).toContain('here e.g. c: "2 + sin(k/10)" beside update')
    expect(reason('theta - eta*min(1, k/100)*g')).toContain('here e.g. c: "min(1,k/100)" beside update')
  })

  it('without a flow say why no law of it is there, and keep the exact discrete law', () => {
    const growing = lawOf({ update: { theta: 'theta - eta*k*g' } })
    expect(growing.laws.missing).toEqual({ flow: 'the rule has no flow that could carry it', solution: 'there is no law of the flow to solve' })
    expect(growing.rule.withoutFlow?.[0]?.model).toBe('modified vector field and no modified flow')
    expect(growing.laws.discrete?.recursion.text).toBe('norm2(theta_w) + eta^2*k^2*norm2(g_w)')
  })
})

describe('minibatch noise', () => {
  const noiseLaw = (update: string): string | undefined => lawOf({ update: { theta: update } }).laws.solution.implications?.find((one) => one.name.includes('noise'))?.text

  it('has a law of the mean where the step is linear in the gradient, whatever theta multiplies it by', () => {
    expect(noiseLaw('theta - eta*g')).toBe('diff(q,t) = eta*norm2(g_w) + eta*norm2(noise_w)')
    expect(noiseLaw('theta - eta*norm2(theta_w)*g')).toContain('eta*q^2*norm2(noise_w)')
  })

  it('is told in matrices where the law is, and not where the batch has a gradient at another point too', () => {
    const told = (name: string): string | undefined =>
      derive({ title: 't', parameters: { U: ['h', 'n'], V: ['m', 'h'] }, symmetry: { family: 'linear', in: ['U'], out: ['V'] }, rule: { name }, order: 0 })[0]?.derivation.laws.noise?.text
    expect(told('sgd')).toBe('eta^2*(g_U*transpose(g_U) - transpose(g_V)*g_V) - eta^2*(full_U*transpose(full_U) - transpose(full_V)*full_V)')
    expect(told('sam')).toBeUndefined()
    expect(told('extragradient')).toBeUndefined()
  })

  it('has none where the batch decides on the size of the step too', () => {
    expect(noiseLaw('theta - eta*g/sqrt(norm2(g))')).toBeUndefined()
    expect(noiseLaw('theta - eta*min(1, c/sqrt(norm2(g)))*g')).toBeUndefined()
  })
})

describe('powers whose exponents are a whole number apart', () => {
  it('are told to be related: bias-corrected momentum has its budget', () => {
    const corrected = lawOf({ state: { v: '0' }, update: { v: 'beta*v + (1 - beta)*g', theta: 'theta - eta*v/(1 - beta^(k + 1))' } })
    expect(corrected.laws.budget?.map((entry) => entry.mechanism)).toContain('bias correction')
    expect(corrected.steps.every((step) => step.verified.passed)).toBe(true)
  })
})

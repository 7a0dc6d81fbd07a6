import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import type { SymmetryStatement } from '../../src/symmetry/symmetry.js'

const PARAMETERS = { W: ['h', 'd'], V: ['k', 'h'] }
const SYMMETRIES: Readonly<Record<string, SymmetryStatement>> = {
  linear: { family: 'linear', in: ['W'], out: ['V'] },
  scale: { family: 'scale', on: ['W'] },
  rescale: { family: 'rescale', in: ['W'], out: ['V'] },
  translation: { family: 'translation', on: ['W'] },
  'rotation from the left': { family: 'orthogonal', on: ['W'] },
  'rotation from the right': { generator: { W: 'W*Omega' }, constants: { Omega: ['d', 'd'] }, antisymmetric: ['Omega'] },
}
const RULES: Readonly<Record<string, RuleStatement>> = {
  shampoo: { name: 'shampoo', lambda: 'lambda' },
  'momentum of preconditioned gradients': { state: { L: '0', v: '0' }, update: { L: 'beta*L + g*transpose(g)', v: 'mu*v + mpow(L + epsilon*I, -1/2)*g + lambda*theta', theta: 'theta - eta*v' } },
  'a matrix of momentum and gradient': { state: { v: '0', L: '0' }, update: { v: 'mu*v + g', L: 'beta*L + v*transpose(g) + g*transpose(v)', theta: 'theta - eta*(L*v)' } },
  'a matrix and a vector that take over each other': { state: { L: '0', v: '0' }, update: { L: 'beta*L + v*transpose(v)', v: 'mu*v + L*g', theta: 'theta - eta*v' } },
  'a matrix of matrices': { state: { K: '0', L: '0' }, update: { K: 'b*K + (1 - b)*L', L: 'beta*L + g*transpose(g)', theta: 'theta - eta*(mpow(K, -1/2)*g)' } },
  'no state': { update: { theta: 'theta - eta*(3*g - g*transpose(g)*g)/2' } },
  'grafted step length': { state: { L: '0' }, update: { L: 'L + g*transpose(g)', theta: 'theta - eta*sqrt(norm2(g)/norm2(mpow(L + epsilon*I, -1/2)*g))*(mpow(L + epsilon*I, -1/2)*g)' } },
  'bias correction': { state: { L: '0' }, update: { L: 'beta*L + (1 - beta)*g*transpose(g)', theta: 'theta - eta*mpow(L/(1 - beta^(k+1)) + epsilon*I, -1/2)*g' } },
  'a gradient at a point that a matrix leads to': { state: { L: '1' }, update: { L: 'beta*L + g*transpose(g)', theta: 'theta - eta*g(theta + rho*(mpow(L, -1/2)*g))' } },
}

describe.each(Object.entries(RULES))('%s', (_, rule) => {
  it.each(Object.entries(SYMMETRIES))('has laws under %s, every step checked', (__, symmetry) => {
    for (const { derivation } of derive({ title: 'test', parameters: PARAMETERS, symmetry, rule, order: 1 })) {
      const { discrete, budget, flow, solution } = derivation.laws
      expect(derivation.steps.every((s) => s.verified.passed)).toBe(true)
      expect(discrete !== undefined || (solution.implications?.length ?? 0) > 0).toBe(true)
      expect(discrete === undefined).toBe(budget === undefined)
      expect(flow.every((f) => f.order === 0 && f.model === 'modified vector field')).toBe(true)
    }
  })
})

describe('the laws of Shampoo', () => {
  const [found] = derive({ title: 'test', parameters: PARAMETERS, symmetry: SYMMETRIES['scale'] ?? { family: 'time' }, rule: { name: 'shampoo', beta: 'beta', mu: 'beta', lambda: 'lambda' }, order: 1 })
  const step = 'mpow(L_next + epsilon*I, -1/4)*g*mpow(R_next + epsilon*I, -1/4)'

  it('tell what the matrices become, and name it', () => {
    expect(found?.derivation.rule.update.map((u) => `${u.name}: ${u.value.text}`)).toEqual([
      'L: beta*L + (1 - beta)*g*transpose(g)', 'R: beta*R + (1 - beta)*transpose(g)*g', `theta: (1 - eta*lambda)*theta - eta*(${step})`,
    ])
    expect(found?.derivation.laws.discrete?.definitions.map((d) => `${d.name} = ${d.meaning.text}`)).toEqual(['L_next = beta*L + (1 - beta)*g*transpose(g)', 'R_next = beta*R + (1 - beta)*transpose(g)*g'])
    expect(found?.derivation.rule.notation).toContain('L [rows, rows] and R [columns, columns]')
  })

  it('move the charge by the preconditioned gradient, weight decay and the finite step', () => {
    expect(found?.derivation.laws.budget?.map((b) => b.mechanism)).toEqual(['metric', 'weight decay', 'finite step'])
    expect(found?.derivation.laws.budget?.[0]?.statement.text).toBe(`-2*eta*dot(P_W(${step}), theta_W)`)
  })

  it('have the leading flow with the matrices relaxed, whose relaxation is a step of its own', () => {
    const settled = 'mpow(g*transpose(g) + epsilon*I, -1/4)*g*mpow(transpose(g)*g + epsilon*I, -1/4)'
    expect(found?.derivation.rule.flows.map((f) => `${f.order}: ${f.equation.text}`)).toEqual([`0: dtheta = -(${settled}) - lambda*theta`])
    expect(found?.derivation.laws.flow.map((f) => f.equation.text)).toEqual([`diff(q,t) + 2*lambda*q = -2*dot(P_W(${settled}), theta_W)`])
    expect(found?.derivation.rule.conditions).toEqual(['L has come to g*transpose(g)', 'R has come to transpose(g)*g', expect.stringContaining('powers of eta from 1 on are left out')])
    expect(found?.derivation.steps.filter((s) => s.section === 'From the rule to a flow').map((s) => s.after.text).slice(0, 2)).toEqual(['L = g*transpose(g)', 'R = transpose(g)*g'])
  })
})

describe('the leading flow of a rule with matrices', () => {
  const STEP = 'theta - eta*mpow(L + epsilon*I, -1/2)*g'
  const flowOf = (rule: RuleStatement) => derive({ title: 'test', parameters: PARAMETERS, symmetry: { family: 'scale', on: ['W'] }, rule, order: 1 })[0]?.derivation.rule

  it.each<readonly [string, RuleStatement, string]>([
    ['a sum that forgets comes to its limit', { state: { L: '0' }, update: { L: 'beta*L + g*transpose(g)', theta: STEP } }, 'dtheta = -(mpow(g*transpose(g)/(1 - beta) + epsilon*I, -1/2)*g)'],
    ['matrices of matrices, one after the other', { state: { K: '0', L: '0' }, update: { K: 'nu*K + (1 - nu)*L', L: 'beta*L + g*transpose(g)', theta: 'theta - eta*(K*g)' } }, 'dtheta = -((g*transpose(g))*g)/(1 - beta)'],
    ['a momentum that a matrix multiplies', { state: { v: '0', L: '0' }, update: { v: 'mu*v + g', L: 'beta*L + (1 - beta)*g*transpose(g)', theta: 'theta - eta*mpow(L + epsilon*I, -1/2)*v' } }, 'dtheta = -(mpow(g*transpose(g) + epsilon*I, -1/2)*g)/(1 - mu)'],
    ['bias correction that has died out', { state: { L: '0' }, update: { L: 'beta*L + (1 - beta)*g*transpose(g)', theta: 'theta - eta*mpow(L/(1 - beta^(k+1)) + epsilon*I, -1/2)*g' } }, 'dtheta = -(mpow(g*transpose(g) + epsilon*I, -1/2)*g)'],
  ])('%s', (_, rule, flow) => {
    expect(flowOf(rule)?.flows.map((f) => f.equation.text)).toEqual([flow])
  })

  it.each<readonly [string, RuleStatement, RegExp]>([
    ['a matrix adds up all steps (algorithm 1)', { name: 'shampoo' }, /the matrix L adds up all steps so far and does not relax/],
    ['its power has lost rank as eta vanishes', { name: 'shampoo', beta: 'beta', mu: 'beta', epsilon: 0 }, /without full rank, .* has no expansion in powers of eta/],
    ['a state relaxes to a product', { state: { L: '0', v: '0' }, update: { L: 'beta*L + g*transpose(g)', v: 'mu*v + mpow(L + epsilon*I, -1/2)*g', theta: 'theta - eta*v' } }, /the state v relaxes to a product/],
    ['a matrix is made of a state', { state: { v: '0', L: '0' }, update: { v: 'mu*v + g', L: 'beta*L + v*transpose(v)', theta: STEP } }, /a matrix holds v_next/],
    ['a matrix keeps more than itself', { state: { L: '0' }, update: { L: '3*L/2 + g*transpose(g)', theta: STEP } }, /does not relax/],
    ['two matrices hold each other', { state: { K: '0', L: '0' }, update: { K: 'beta*K + L', L: 'mu*L + K + g*transpose(g)', theta: STEP } }, /hold each other/],
    ['a matrix holds a root of itself', { state: { L: '0' }, update: { L: 'beta*L + mpow(L + g*transpose(g), 1/2)', theta: STEP } }, /the matrix L holds itself in another way/],
    ['the gradient is read where a matrix leads to', { state: { L: '0' }, update: { L: 'beta*L + g*transpose(g)', theta: 'theta - eta*g(theta + rho*(mpow(L + epsilon*I, -1/2)*g))' } }, /a point to which the matrix L leads/],
    ['hyperparameters follow schedules', { name: 'shampoo', beta: 'beta', mu: 'beta', eta: 'c/(1 + k)' }, /with schedules/],
  ])('is not there where %s', (_, rule, reason) => {
    const found = flowOf(rule)
    expect(found?.flows).toEqual([])
    expect(found?.withoutFlow?.[0]?.reason).toMatch(reason)
  })
})

describe('rules with matrices that are refused', () => {
  const GRAM = 'L + g*transpose(g)'
  it.each<readonly [string, RuleStatement, RegExp]>([
    ['a matrix that begins at the parameters', { state: { L: 'theta' }, update: { L: GRAM, theta: 'theta - eta*(L*g)' } }, /the matrix L begins at theta/],
    ['one that is not symmetric', { state: { L: '0', v: '0' }, update: { v: 'v + g', L: 'L + v*transpose(g)', theta: 'theta - eta*(L*g)' } }, /the update of L is not symmetric/],
    ['one on the wrong side', { state: { R: '0' }, update: { R: 'R + transpose(g)*g', theta: 'theta - eta*R*g' } }, /a matrix \[columns, columns\] times a vector/],
    ['an equation for the new theta', { state: { L: '0' }, update: { L: GRAM, theta: 'theta - eta*(L*g(theta_next))' } }, /equation for theta_next and keeps the matrix L/],
    ['a memory that differs between blocks', { state: { L: '0' }, update: { L: 'beta*L + g*transpose(g)', theta: 'theta - eta*(L*g)' }, beta: { W: 0.9, V: 0.8 } }, /beta differs between blocks/],
    ['a hyperparameter that it has not', { state: { L: '0' }, update: { L: GRAM, theta: 'theta - eta*(L*g)' }, epsilom: 0.1 }, /has no hyperparameter 'epsilom'/],
  ])('%s', (_, rule, message) => {
    expect(() => readRule(rule, { W: ['W'], V: ['V'] })).toThrow(message)
  })

  it('I stays a number where it is given as one', () => {
    expect(readRule({ update: { theta: 'theta - I*g' }, I: '0.5*eta' }).hyperparameters).toEqual(['eta'])
  })
})

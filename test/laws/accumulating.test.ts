import { describe, expect, it } from 'vitest'
import { derivationJson } from '../../src/cli/format/derivationJson.js'
import { derive } from '../../src/laws/derive.js'
import type { LawStatement } from '../../src/laws/index.js'

const derived = (symmetry: LawStatement['symmetry'], rule: LawStatement['rule'], order: number, parameters: LawStatement['parameters'] = { w: ['d'], a: ['m'] }) =>
  derive({ title: 't', parameters, symmetry, rule, order })

const ADAGRAD = { state: { s: '1' }, update: { s: 's + g^2', theta: 'theta - eta*g/sqrt(s)' } }

describe('laws along a flow that keeps a state which accumulates', () => {
  const [scale] = derived({ family: 'scale', on: ['w'] }, ADAGRAD, 2)

  it('the norm of scale-invariant weights under AdaGrad, by the orders that add something', () => {
    expect(scale?.derivation.laws.flow.map(({ order, equation }) => [order, equation.text])).toEqual([
      [0, 'diff(q,t) = -2*dot(theta_w, P_w(g/sqrt(s_eta)))'],
      [2, 'diff(q,t) = eta^2*dot(theta_w, P_w(g^3/s_eta^(3/2)))/2 - 2*dot(theta_w, P_w(g/sqrt(s_eta))) - eta^2*dot(theta_w, P_w(H(g/sqrt(s_eta))/sqrt(s_eta)))'],
    ])
    expect(scale?.derivation.laws.solution.cases.map(({ verified }) => verified.passed)).toEqual([true])
  })

  it('the equation of the state stands beside that of theta, and what it is in units of the rule', () => {
    const { rule } = scale?.derivation ?? {}
    expect(rule?.flows.filter(({ order }) => order === 0).map(({ equation }) => equation.text)).toEqual(['dtheta = -g/sqrt(s_eta)', 'ds_eta = g^2'])
    expect(rule?.flows.filter(({ order }) => order === 0).map(({ equation }) => equation.latex)).toEqual(['\\dot{\\theta} = -\\frac{g}{\\sqrt{s_{\\eta}}}', '\\dot{s_{\\eta}} = g^2'])
    expect(rule?.kept?.map(({ name, meaning }) => [name, meaning.text])).toEqual([['s_eta', 'eta^2*s']])
    expect(rule?.conditions).toEqual(['t = k*eta^2', 'no component of s_eta is near zero'])
    expect(scale === undefined ? undefined : derivationJson(scale.derivation)).toMatchObject({ rule: { kept: { s_eta: 'eta^2*s' } } })
  })

  it('the balance is a checked step', () => {
    const steps = scale?.derivation.steps.filter(({ section }) => section === 'From the rule to a flow') ?? []
    expect(steps.map(({ after, verified }) => [after.text, verified.passed])).toEqual([
      ['s_eta_next = s_eta + eta^2*g^2; theta_next = theta - eta^2*g/sqrt(s_eta + eta^2*g^2)', true],
      [expect.stringMatching(/^dtheta = .*; ds_eta = g\^2 \+ eta\^2\*H\(g\/sqrt\(s_eta\)\)\*g$/), true],
    ])
  })

  it.each([
    ['a translation', { family: 'translation', on: ['w'] }, ['diff(q,t) = -dot(one_w, g/sqrt(s_eta))']],
    ['a rescaling', { family: 'rescale', in: ['w'], out: ['a'] }, ['diff(q,t) = 2*dot(theta_a, P_a(g/sqrt(s_eta))) - 2*dot(theta_w, P_w(g/sqrt(s_eta)))']],
    ['translations of time', { family: 'time' }, ['diff(q,t) = -dot(g, g/sqrt(s_eta))']],
  ] as const)('the leading law of %s', (_, symmetry, laws) => {
    expect(derived(symmetry, ADAGRAD, 0).map(({ derivation }) => derivation.laws.flow[0]?.equation.text)).toEqual(laws)
  })

  it('a matrix of charges has its law entry by entry, and the antisymmetric part none, with the reason', () => {
    const [symmetric, antisymmetric] = derived({ family: 'linear', in: ['W1'], out: ['W2'] }, { name: 'adagrad' }, 1, { W1: ['h', 'd'], W2: ['o', 'h'] })
    expect(symmetric?.derivation.laws.flow.map(({ order }) => order)).toEqual([0, 1])
    expect(symmetric?.derivation.matrix?.map(({ verified }) => verified.passed)).toEqual([true])
    expect(antisymmetric?.derivation.laws.flow).toEqual([])
    expect(antisymmetric?.derivation.laws.missing?.flow).toMatch(/no charge that is a function of theta/)
  })

  it('noise of batches has no law of the mean there, and noise that is injected none at all, with the reason', () => {
    expect(scale?.derivation.laws.missing?.mean).toMatch(/kept in the flow, and what noise makes of it there is not derived/)
    const [noisy] = derived({ family: 'scale', on: ['w'] }, { state: { s: '1' }, update: { s: 's + g^2', theta: 'theta - eta*g/sqrt(s) + eta*xi' } }, 1)
    expect(noisy?.derivation.laws.flow).toEqual([])
    expect(noisy?.derivation.rule.withoutFlow?.map(({ reason }) => reason).join()).toMatch(/kept in the flow/)
  })
})

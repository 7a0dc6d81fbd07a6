import { describe, expect, it } from 'vitest'
import { sub } from '../../src/algebra/build.js'
import { isZeroExpr } from '../../src/algebra/zero.js'
import { readScalar } from '../../src/jets/read.js'
import { variable } from '../../src/jets/vector.js'
import { type Derivation, type LawStatement, derive } from '../../src/laws/index.js'

const derived = (rule: LawStatement['rule'], symmetry: LawStatement['symmetry'] = { family: 'scale', on: ['w'] }, parameters: LawStatement['parameters'] = { w: ['d'], a: ['m'] }): readonly Derivation[] =>
  derive({ title: '', symmetry, rule, order: 1, parameters }).map((found) => found.derivation)
const nextOf = ([found]: readonly Derivation[]): string | undefined => found?.laws.discrete?.recursion.text
const WORDS = { vectors: { g_phi: variable('g_phi') }, sets: { w: ['w'] }, operators: {} }
const MIDPOINT: LawStatement['rule'] = { update: { theta: 'theta - eta*g((theta + theta_next)/2)' } }

describe('the exact law of a step that is an equation', () => {
  it('of the implicit midpoint conserves every quadratic charge that the flow conserves', () => {
    expect(nextOf(derived(MIDPOINT))).toBe('norm2(theta_w)')
    expect(nextOf(derived(MIDPOINT, { family: 'rescale', in: ['w'], out: ['a'] }))).toBe('norm2(theta_w) - norm2(theta_a)')
    const [matrices, turning] = derived(MIDPOINT, { family: 'linear', in: ['U'], out: ['V'] }, { U: ['h', 'd'], V: ['m', 'h'] })
    expect(matrices?.laws.discrete?.recursion.text).toBe('U*transpose(U) - transpose(V)*V')
    expect(turning?.steps.every((s) => s.verified.passed)).toBe(true)
  })

  it('of implicit Euler loses what explicit Euler gains, by the gradient at the new point', () => {
    expect(nextOf(derived({ update: { theta: 'theta - eta*g(theta_next)' } }))).toBe('norm2(theta_w) - eta^2*norm2(P_w(g_phi))')
    expect(nextOf(derived({ update: { theta: 'theta - eta*(g(theta_next) + lambda*theta_next)' } }))).toBe('norm2(theta_w)/(1 + eta*lambda)^2 - eta^2*norm2(P_w(g_phi))/(1 + eta*lambda)^2')
  })

  it('of the trapezoidal rule gains at the old point and loses at the new one', () => {
    expect(nextOf(derived({ update: { theta: 'theta - eta*(g + g(theta_next))/2' } }))).toBe('norm2(theta_w) - eta^2*norm2(P_w(g_phi))/4 + eta^2*norm2(g_w)/4')
  })

  it('of a sum of parameters is that of the explicit step', () => {
    expect(nextOf(derived(MIDPOINT, { family: 'translation', on: ['w'] }))).toBe('dot(one_w, theta)')
  })

  it('has a budget that adds up, and the point with its meaning', () => {
    const [found] = derived(MIDPOINT)
    expect(found?.laws.budget?.map((b) => [b.mechanism, b.statement.text])).toEqual([['gradient', '-eta^2*norm2(P_w(g_phi))'], ['finite step', 'eta^2*norm2(P_w(g_phi))']])
    expect(found?.rule.points).toEqual([expect.objectContaining({ name: 'phi', meaning: expect.objectContaining({ text: 'theta/2 + theta_next/2' }) })])
    expect(found?.steps.every((s) => s.verified.passed)).toBe(true)
  })
})

describe('a step that what the gradient differs by between its points decides', () => {
  it('has the exact law of its polar factor, and no flow: the difference vanishes with eta', () => {
    const found = derived({ state: { v: '0' }, update: { v: 'g - g((theta + theta_next)/2)', theta: 'theta - eta*msign(v)' } })
    expect(nextOf(found)).toBe('norm2(theta_w) + 2*eta*dot(P_w(msign(g_phi - g)), theta_w) + eta^2*norm2(P_w(msign(g_phi - g)))')
    expect(found[0]?.rule.withoutFlow?.map((x) => x.reason).join()).toMatch(/^the step has no expansion in powers of eta: eta, or what vanishes with it, stands under a root, in a denominator, in sign, abs, min or max, or in msign/)
  })

  it('has that of its direction', () => {
    const found = derived({ state: { v: '0' }, update: { v: 'g - g((theta + theta_next)/2)', theta: 'theta - eta*v/sqrt(norm2(v))' } })
    const length = '(norm2(g) - 2*dot(g, g_phi) + norm2(g_phi))'
    expect(isZeroExpr(sub(readScalar(nextOf(found) ?? '', WORDS), readScalar(`norm2(theta_w) + 2*eta*dot(P_w(g_phi), theta_w)/sqrt${length} + eta^2*norm2(P_w(g_phi - g))/${length}`, WORDS))).zero).toBe(true)
  })
})

describe('noise in a step that is an equation', () => {
  it('has the flow of the explicit step to leading order, and no law of the mean of a step, for the gradient at the new point goes with the noise', () => {
    const [found] = derived({ update: { theta: 'theta - eta*(g(theta_next) + lambda*theta_next) + sqrt(2*eta*T)*xi' } })
    expect(found?.laws.flow.map((f) => f.equation.text)).toEqual(['diff(q,t) + 2*lambda*q = 2*T*d'])
    expect(found?.laws.solution.implications?.filter((x) => x.name.startsWith('mean') || x.name.startsWith('steady state of the mean'))).toEqual([])
  })

  it('that the new gradient scales has no flow in the mean', () => {
    const [found] = derived({ update: { theta: 'theta - eta*g + sqrt(eta)*sqrt(norm2(g(theta_next)))*xi' } })
    expect(found?.rule.withoutFlow?.[0]?.reason).toMatch(/in another way than added/)
  })
})

import { describe, expect, it } from 'vitest'
import { type LawStatement, derive } from '../../src/laws/index.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { programOf, readRule } from '../../src/rules/rule.js'

const law = (symmetry: LawStatement['symmetry'], rule: LawStatement['rule']) => {
  const [found] = derive({ title: '', parameters: { w: ['d'] }, symmetry, rule: { name: 'bregman', ...rule }, order: 1 })
  if (found === undefined) throw new Error('no law')
  return found.derivation
}
const SCALE = { family: 'scale', on: ['w'] }
const TRANSLATION = { family: 'translation', on: ['w'] }

describe('a motion stated by its Bregman Lagrangian', () => {
  it('of order two with half the square is the flow of k/(k+3), its Lagrangian and the same law', () => {
    const [own] = derive({ title: '', parameters: { w: ['d'] }, symmetry: SCALE, rule: { name: 'nesterov_schedule' }, order: 0 })
    const d = law(SCALE, { h: 'theta^2/2', p: 2, C: '1/4' })
    expect(d.rule.flows.map((f) => f.equation.text)).toEqual(own?.derivation.rule.flows.map((f) => f.equation.text))
    expect(d.lagrangian.text).toBe('t^3*norm2(dtheta)/4 - t^3*f/2')
    expect(own?.derivation.lagrangian.text).toBe('t^3*norm2(dtheta)/2 - t^3*f')
    expect(d.laws.flow[0]?.equation.text).toBe('diff(q,t) = t^3*norm2(dtheta_w)/2')
  })

  it('of any potential has a charge that is the difference of grad h at y and at theta', () => {
    const d = law(TRANSLATION, { p: 2, C: 1 })
    expect(d.laws.flow[0]?.charge.text).toBe('t^2*dot(one_w, Dh_y) - t^2*dot(one_w, Dh)')
    expect(d.rule.update[0]).toMatchObject({ name: 'y', value: { text: 'theta + t*dtheta/2' } })
  })

  // d/dt t³(log y − log theta) with d/dt log y = −… g, which the translation removes: 3t²(log y − log theta) − t³ theta˙/theta.
  it('of the entropy obeys, under a translation, what the chain rule gives by hand', () => {
    const d = law(TRANSLATION, { h: 'theta*log(theta)', p: 3 })
    expect(d.laws.flow[0]?.charge.text).toBe('t^3*dot(one_w, log(theta + t*dtheta/3)) - t^3*dot(one_w, log(theta))')
    expect(d.laws.flow[0]?.equation.text).toBe('diff(q,t) = 3*t^2*dot(one_w, log(theta + t*dtheta/3)) - 3*t^2*dot(one_w, log(theta)) - t^3*dot(one_w, dtheta/theta)')
    expect(d.steps.every((s) => s.verified.passed)).toBe(true)
  })

  // d/dt e^{ct}(e^y − e^theta) with y = theta + theta˙/c; by hand c e^{ct}(e^y − e^theta − e^theta theta˙/c), the gradient of f left out.
  it('of the exponential keeps functions of time out of those of components', () => {
    const d = law(TRANSLATION, { h: 'exp(theta)', alpha: 'log(c)', beta: 'c*t', gamma: 'c*t' })
    expect(d.laws.flow[0]?.charge.text).toBe('exp(c*t)*dot(one_w, exp(dtheta/c + theta)) - exp(c*t)*dot(one_w, exp(theta))')
    expect(d.laws.flow[0]?.equation.text).toBe('diff(q,t) = c*exp(c*t)*dot(one_w, exp(dtheta/c + theta)) - exp(c*t)*dot(one_w, exp(theta)*dtheta) - c*exp(c*t)*dot(one_w, exp(theta))')
  })

  it('is written in powers of t whatever the order p is', () => {
    const { lagrangian, laws } = law(SCALE, { h: '-log(theta)' })
    expect(lagrangian.text).toBe('t^p*dot(1, dtheta/theta) + p*t^(p - 1)*dot(1, log(theta)) - p*t^(p - 1)*dot(1, log(t*dtheta/p + theta)) - C*p*t^(2*p - 1)*f')
    expect(laws.flow.map((f) => f.charge.text + f.equation.text).join()).not.toContain('exp(')
  })

  it('tells whether its scaling is ideal', () => {
    expect(law(SCALE, { h: 'cosh(theta)', p: 2, C: 1 }).lagrangian.reason).toBe('it is given; the equation of motion is d/dt grad h(y) = -exp(alpha + beta) grad f, and the distance D_h(x*, y) + exp(beta) (f - f*) decreases for every convex loss')
    expect(law(SCALE, { h: 'cosh(theta)', alpha: 0, beta: 't', gamma: '2*t' }).lagrangian.reason).toContain('where 1 = 0')
  })

  it('has the energy for the charge of a shift in time', () => {
    const d = law({ family: 'time' }, { h: 'theta^2/2', p: 2, C: '1/4' })
    expect(d.noether?.parts.map((p) => p.name)).toEqual(['explicit time'])
  })

  it('comes from a problem file, and says what it cannot do', () => {
    const text = (rule: string): string => `parameters: { w: [d] }\nsymmetry: { family: scale, on: [w] }\nrule: ${rule}\n`
    expect(deriveProblem(parseProblem(text('{ name: bregman, h: "cosh(theta)", alpha: 0, beta: t, gamma: t }')))).toHaveLength(1)
    expect(() => deriveProblem(parseProblem(text('{ name: bregman, lambda: 1 }')))).toThrow(/no hyperparameter 'lambda'/)
    expect(() => deriveProblem(parseProblem(text('{ name: bregman, alpha: "log(k)" }')))).toThrow(/depends on k/)
    expect(() => deriveProblem(parseProblem(text('{ name: bregman, h: "3*theta" }')))).toThrow(/no curvature/)
    expect(() => programOf(readRule({ name: 'bregman' }))).toThrow(/with any potential/)
  })
})

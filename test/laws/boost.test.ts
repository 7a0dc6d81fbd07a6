import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'

describe('a boost, whose generator is a constant times time', () => {
  const [found] = derive({ title: 'boost', parameters: { x: ['d'] }, symmetry: { generator: { x: 't*c' }, constants: { c: ['d'] } }, rule: { name: 'momentum', lambda: 0 }, order: 1 })

  it('has Noether’s identity as its law, every step checked', () => {
    expect(found?.derivation.symmetry.finite?.text).toBe('x: x + alpha*t*c')
    expect(found?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
    expect(found?.derivation.laws.flow.map((law) => law.equation.text)).toEqual(['diff(q,t) = eta*(1 + beta)*exp(2*t*(1 - beta)/(eta*(1 + beta)))*dx/2'])
  })

  it('has the exact law of the translation that it is at any one time', () => {
    expect(found?.derivation.laws.discrete?.charge.text).toBe('x')
    expect(found?.derivation.laws.discrete?.closure.map(({ next }) => next.text)).toEqual(['x - beta*eta*v_x', 'beta*v_x'])
  })

  it('falls apart from what stands before another function of time, each a symmetry of the loss by itself', () => {
    const mixed = { generator: { x: 't*c + c' }, constants: { c: ['d'] as const } }
    const parts = derive({ title: 'mixed', parameters: { x: ['d'] }, symmetry: mixed, rule: { name: 'momentum', lambda: 0 }, order: 1 })
    expect(parts.map(({ derivation }) => [derivation.symmetry.name, derivation.symmetry.generator.text])).toEqual([['custom (times t)', 'x: t*c'], ['custom (without time)', 'x: c']])
    const dependent = { generator: { x: 'sin(t)^2*A*x + cos(t)^2*A*x + B*x' }, constants: { A: ['d', 'd'] as const, B: ['d', 'd'] as const }, symmetric: ['A', 'B'] }
    expect(() => derive({ title: 'dependent', parameters: { x: ['d'] }, symmetry: dependent, rule: { name: 'sgd' }, order: 0 })).toThrow(/'t' has the name of time/)
  })
})

import { describe, expect, it } from 'vitest'
import { derive } from '../../src/laws/derive.js'

describe('a boost, whose generator is a constant times time', () => {
  const [found] = derive({ title: 'boost', parameters: { x: ['d'] }, symmetry: { generator: { x: 't*c' }, constants: { c: ['d'] } }, rule: { name: 'momentum', lambda: 0 }, order: 1 })

  it('has Noether’s identity as its law, every step checked', () => {
    expect(found?.derivation.symmetry.finite?.text).toBe('x: x + alpha*t*c')
    expect(found?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
    expect(found?.derivation.laws.flow.map((law) => law.equation.text)).toEqual(['diff(q,t) = eta*(1 + beta)*exp(2*t*(1 - beta)/(eta*(1 + beta)))*dx'])
  })

  it('is told from a generator whose terms depend on time in different ways, which is refused', () => {
    const mixed = { generator: { x: 't*c + c' }, constants: { c: ['d'] as const } }
    expect(() => derive({ title: 'mixed', parameters: { x: ['d'] }, symmetry: mixed, rule: { name: 'momentum', lambda: 0 }, order: 1 })).toThrow(/'t' has the name of time/)
  })
})

import { describe, expect, it } from 'vitest'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'
import { settlingSteps } from '../../src/rules/settling.js'

const steps = (statement: RuleStatement, numbers: Readonly<Record<string, number>>): number | undefined => settlingSteps(readRule(statement), { k: 0, ...numbers })

/** Steps until x^n is at most a thousandth. */
const decayed = (x: number): number => Math.ceil(Math.log(1e-3) / Math.log(x))

describe('steps until states have settled', () => {
  it('are none without states, and those of beta^n where one has a memory', () => {
    expect(steps({ name: 'sgd', lambda: 0 }, { eta: 0.1 })).toBe(0)
    for (const beta of [0.5, 0.9, 0.99, 0.9999]) expect(steps({ name: 'momentum', lambda: 0 }, { eta: 0.1, beta })).toBe(decayed(beta))
    expect(steps({ name: 'adam' }, { eta: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })).toBe(decayed(0.999))
  })

  it('are not told where what a state keeps depends on contractions', () => {
    expect(steps({ state: { p: '0', s: '0' }, update: { p: 'beta*p + g', s: 'beta*s + dot(g, p)*p', theta: 'theta - eta*s' } }, { beta: 0.6, eta: 0.1 })).toBeUndefined()
  })

  it('count what states take over of each other, and of positions', () => {
    const chain: RuleStatement = { state: { u: '0', v: '0' }, update: { u: 'a*u + g', v: 'a*v + u', theta: 'theta - eta*v' } }
    // The second state of a chain, which reads the new first one, keeps n·aⁿ of the first.
    const left = (n: number): number => n * 0.9 ** n
    const found = steps(chain, { a: 0.9, eta: 0.1 }) ?? 0
    expect(left(found)).toBeLessThanOrEqual(1e-3)
    expect(left(found - 1)).toBeGreaterThan(1e-3)
    // A difference of positions moves θ by up to 1/(1 − mu) of it, and mu^n of that is left.
    const positions: RuleStatement = { state: { y: 'theta' }, update: { y: 'theta - eta*g', theta: 'y_next + mu*(y_next - y)' } }
    const after = steps(positions, { mu: 0.9, eta: 0.1 }) ?? 0
    expect(0.9 ** after / 0.1).toBeLessThanOrEqual(1e-3)
    expect(0.9 ** (after - 1) / 0.1).toBeGreaterThan(1e-3)
  })

  it('are not told where a state never forgets or grows', () => {
    expect(steps({ state: { v: '0' }, update: { v: 'v + g', theta: 'theta - eta*v' } }, { eta: 0.1 })).toBeUndefined()
    expect(steps({ state: { v: '0' }, update: { v: '1.1*v + g', theta: 'theta - eta*v' } }, { eta: 0.1 })).toBeUndefined()
    expect(steps({ name: 'momentum', lambda: 0 }, { eta: 0.1, beta: 0.9999999 })).toBeUndefined()
  })
})

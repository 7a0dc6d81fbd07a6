import { describe, expect, it } from 'vitest'
import type { RuleStatement } from '../../src/rules/model.js'
import { readRule } from '../../src/rules/rule.js'
import { uniformStates } from '../../src/rules/uniform.js'

const found = (statement: RuleStatement): readonly string[] => uniformStates(readRule(statement))

describe('states that are one and the same number in every component', () => {
  it('are found where their updates keep them so, several by each other', () => {
    expect(found({ state: { s: '0' }, update: { s: 's + norm2(g)', theta: 'theta - eta*g/sqrt(s)' } })).toEqual(['s'])
    expect(found({ state: { s: '1', r: '2' }, update: { s: 's + sqrt(r)*dot(g, theta)', r: 'r*s/2', theta: 'theta - eta*g*r/s' } })).toEqual(['s', 'r'])
  })

  it('are none where a component has its own, or where the other updates take the mean', () => {
    expect(found({ state: { s: '0' }, update: { s: 's + g^2', theta: 'theta - eta*g/sqrt(s)' } })).toEqual([])
    expect(found({ state: { s: 'theta' }, update: { s: 's + norm2(g)', theta: 'theta - eta*g/sqrt(s)' } })).toEqual([])
    expect(found({ state: { s: '0', r: '0' }, update: { s: 's + norm2(g)', r: 'r + s*g', theta: 'theta - eta*r' } })).toEqual(['s'])
    expect(found({ state: { s: '1' }, update: { s: 's + norm2(g)', theta: 'theta - eta*tanh(g/sqrt(mean(s)))' } })).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'

const derived = (block: string, rule: string) =>
  deriveProblem(parseProblem(`title: names\nparameters: { ${block}: [h, d], W: [o, h] }\nsymmetry: { family: linear, in: [${block}], out: [W] }\nrule: ${rule}\norder: 1`))

describe('names that the laws use themselves', () => {
  it.each([
    ['q', '{ name: sgd }', /the block 'q' has the name of the charge in the laws — rename it, e\.g\. q_block/],
    ['t', '{ name: sgd }', /the block 't' has the name of time/],
    ['v', '{ state: { v: 0 }, update: { v: beta*v + g, theta: theta - eta*v } }', /the block 'v' has the name of a state of the rule/],
    ['k', '{ name: sgd, eta: 1/(1+k) }', /the block 'k' has the name of the step number/],
    ['lambda', '{ name: momentum }', /the block 'lambda' has the name of a hyperparameter of the rule/],
    ['U', '{ update: { theta: theta - eta*(g + t*theta) } }', /the number 't' has the name of time/],
  ])('the block %s under %s is refused where it would be ambiguous', (block, rule, message) => {
    expect(() => derived(block, rule)).toThrow(message)
  })
})

describe('names that the laws can make room for', () => {
  it('a state of a named rule gives way to a block', () => {
    const [found] = derived('v', '{ name: momentum }')
    expect(found?.derivation.rule.update.map((u) => u.name)).toEqual(['v_state', 'theta'])
    expect(found?.derivation.laws.discrete?.charge.text).toBe('v*transpose(v) - transpose(W)*W')
    expect(found?.derivation.steps.every((step) => step.verified.passed)).toBe(true)
  })

  it('a block may be called k where nothing counts steps', () => {
    expect(derived('k', '{ name: momentum }')[0]?.derivation.laws.discrete?.charge.text).toBe('k*transpose(k) - transpose(W)*W')
  })
})

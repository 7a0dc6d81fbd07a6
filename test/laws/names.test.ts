import { describe, expect, it } from 'vitest'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'

const derived = (block: string, rule: string) =>
  deriveProblem(parseProblem(`title: names\nparameters: { ${block}: [h, d], W: [o, h] }\nsymmetry: { family: linear, in: [${block}], out: [W] }\nrule: ${rule}\norder: 1`))

describe('names that the laws use themselves', () => {
  it.each([
    ['q', '{ name: sgd }', /the block 'q' has the name of the charge in the laws — rename it, e\.g\. q_block/],
    ['t', '{ name: sgd }', /the block 't' has the name of time/],
    ['v', '{ name: momentum }', /the block 'v' has the name of a state of the rule/],
    ['lambda', '{ name: momentum }', /the block 'lambda' has the name of a hyperparameter of the rule/],
    ['U', '{ update: { theta: theta - eta*(g + t*theta) } }', /the number 't' has the name of time/],
  ])('the block %s under %s is refused where it would be ambiguous', (block, rule, message) => {
    expect(() => derived(block, rule)).toThrow(message)
  })
})

import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { parseProblem } from '../../src/problem/index.js'
import { readRule } from '../../src/rules/rule.js'
import { numbersAt, settingsOf } from '../../src/validation/settings.js'

const settings = (train: string) =>
  settingsOf(parseProblem(`{ title: test, parameters: { w: [d] }, symmetry: { family: scale, on: [w] }, rule: { name: sgd }, train: { steps: 3, batch: 4, ${train} } }`), readRule({ name: 'sgd' }))

describe('the hyperparameters of a run', () => {
  it.each([
    ['eta: big, lambda: 0', /schedule of eta has big in it/],
    ['eta: 0.1, lambda: foo/(k + 1)', /schedule of lambda has foo in it/],
    ['eta: 0.1/(1 + k), lambda: eta/10', /schedule of lambda has eta in it/],
  ])('that are no numbers are told by name: %s', (train, message) => {
    expect(() => settings(train)).toThrow(InputError)
    expect(() => settings(train)).toThrow(message)
  })

  it('may be functions of the step and of names that have numbers', () => {
    const at = numbersAt(settings('eta: tau/(10*(1 + k)), lambda: "sqrt(4)/10", tau: 2'), 3)
    expect([0, 1].map((k) => [at(k)['eta'], at(k)['lambda']])).toEqual([[0.2, 0.2], [0.1, 0.2]])
  })
})

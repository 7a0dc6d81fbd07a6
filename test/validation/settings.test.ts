import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { parseProblem } from '../../src/problem/index.js'
import { readRule } from '../../src/rules/rule.js'
import { numbersAt, settingsOf } from '../../src/validation/settings.js'

const settings = (train: string, name = 'sgd') =>
  settingsOf(parseProblem(`{ title: test, parameters: { w: [d] }, symmetry: { family: scale, on: [w] }, rule: { name: ${name} }, train: { steps: 3, batch: 4, ${train} } }`), readRule({ name }), ['W1', 'b1'])

describe('the hyperparameters of a run', () => {
  it.each([
    ['eta: big, lambda: 0', /schedule of eta has big in it/],
    ['eta: 0.1, lambda: foo/(k + 1)', /schedule of lambda has foo in it/],
    ['eta: 0.1/(1 + k), lambda: eta/10', /schedule of lambda has eta in it/],
  ])('that are no numbers are told by name: %s', (train, message) => {
    expect(() => settings(train)).toThrow(InputError)
    expect(() => settings(train)).toThrow(message)
  })

  it.each([
    ['sgd', 'eta: 0.1, lambda: 0, lamda: 0.1', /train gives lamda, which the rule sgd does not have — did you mean lambda\?/],
    ['sgd', 'eta: 0.1, lambda: 0, b1: 0.1', /train gives a number b1, which is a block of the network/],
    ['adam', 'eta: 0.1, lambda: 0.1, beta1: 0.9, beta2: 0.9, epsilon: 0.1', /train gives lambda, which the rule adam does not have — it is 0 there unless the rule says lambda: lambda/],
  ])('that nothing has are told: under %s, %s', (name, train, message) => {
    expect(() => settings(train, name)).toThrow(message)
  })

  it('may be functions of the step and of names that have numbers', () => {
    const at = numbersAt(settings('eta: tau/(10*(1 + k)), lambda: "sqrt(4)/10", tau: 2'), 3)
    expect([0, 1].map((k) => [at(k)['eta'], at(k)['lambda']])).toEqual([[0.2, 0.2], [0.1, 0.2]])
  })
})

import { describe, expect, it } from 'vitest'
import { proportional } from '../../src/algebra/proportional.js'
import { readExpr } from '../../src/algebra/read.js'

const told = (...texts: readonly string[]): boolean => proportional(texts.map((text) => readExpr(text)))(0, 1)

describe('expressions that are one another times a number', () => {
  it.each([
    ['2*eta*(1 - beta^2)', '-3*eta*(1 - beta)*(1 + beta)'],
    ['sqrt(1 + k)/(1 - beta)', 'sqrt(4 + 4*k)/(3 - 3*beta)'],
    ['exp(2*t)/(1 + exp(t))', '5*exp(t)/(1 + exp(-t))'],
    ['x/(x^2 - 1) + 1/(x^2 - 1)', '7/(x - 1)'],
  ])('%s and %s', (x, y) => expect(told(x, y)).toBe(true))

  it.each([
    ['eta*(1 - beta)', 'eta*(1 + beta)'],
    ['eta', 'eta^2'],
    ['exp(t)', 'exp(2*t)'],
    ['sqrt(1 + k)', '1 + k'],
    ['abs(x)', 'x'],
  ])('not %s and %s', (x, y) => expect(told(x, y)).toBe(false))
})

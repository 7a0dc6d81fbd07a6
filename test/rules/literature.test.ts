import { describe, expect, it } from 'vitest'
import { readExpr } from '../../src/algebra/read.js'
import { mul as crossed, sub } from '../../src/algebra/build.js'
import { isZeroExpr } from '../../src/algebra/zero.js'
import { readVector } from '../../src/jets/read.js'
import { type Vector, coefficientOf, subVectors, variableAtom } from '../../src/jets/vector.js'
import { fieldToOrder } from '../../src/laws/engine.js'
import { modifiedField } from '../../src/rules/modifiedField.js'
import { modifiedFlow } from '../../src/rules/modifiedFlow.js'
import { type RuleStatement, readRule } from '../../src/rules/rule.js'

function fieldOf(statement: RuleStatement, order: number): Vector {
  const found = modifiedField(readRule(statement), order)
  if (!found.ok) throw new Error(found.reason)
  return fieldToOrder(found.value, order)
}

function flowOf(statement: RuleStatement, order: number): Vector {
  const found = modifiedFlow(readRule(statement), order)
  if (!found.ok) throw new Error(found.reason)
  return found.value.equation
}

const expectVector = (got: Vector, published: string): void => {
  for (const { coefficient } of subVectors(got, readVector(published)).terms) expect(isZeroExpr(coefficient).zero).toBe(true)
}

/** The equation of motion up to a common factor: published and found coefficients are in proportion. */
function expectEquation(got: Vector, published: string): void {
  const oracle = readVector(published)
  const [first] = oracle.terms
  if (first === undefined) throw new Error('an equation has terms')
  const scale = coefficientOf(got, first.atom)
  expect(got.terms).toHaveLength(oracle.terms.length)
  for (const t of oracle.terms) {
    const cross = sub(crossed(coefficientOf(got, t.atom), first.coefficient), crossed(scale, t.coefficient))
    expect(isZeroExpr(cross).zero).toBe(true)
  }
}

describe('published modified equations', () => {
  it('gradient descent: Hairer, Lubich & Wanner IX.1, explicit Euler', () => {
    expectVector(fieldOf({ name: 'sgd', lambda: 0 }, 2), '-g - eta/2*H(g) - eta^2*(1/3*H(H(g)) + 1/12*D3(g,g))')
  })

  it('gradient descent on a quadratic loss: the field is log(1 - eta h)/eta theta', () => {
    const coefficients = [-1, -1 / 2, -1 / 3, -1 / 4, -1 / 5]
    const field = fieldOf({ name: 'sgd', lambda: 0 }, 4)
    const chains = ['g', 'H(g)', 'H(H(g))', 'H(H(H(g)))', 'H(H(H(H(g))))'].map((text) => readVector(text).terms[0]?.atom)
    for (const [n, atom] of chains.entries()) {
      if (atom === undefined) throw new Error('a chain of Hessians is one atom')
      const logarithm = readExpr(`${Math.round(1 / (coefficients[n] ?? 1))}^(-1)*eta^${n}`)
      expect(isZeroExpr(sub(coefficientOf(field, atom), logarithm)).zero).toBe(true)
    }
  })

  it('momentum: implicit regularization eta (1+beta)/(4 (1-beta)^3) |g|^2 of Ghosh et al. 2023 (with their step h = eta)', () => {
    expectVector(fieldOf({ name: 'momentum', lambda: 0 }, 1), '-g/(1-beta) - eta*(1+beta)/(2*(1-beta)^3)*H(g)')
  })

  it('momentum: the modified flow of Kunin et al. 2021, with weight decay and dampening', () => {
    expectEquation(flowOf({ name: 'momentum' }, 1), 'eta*(1+beta)/2*ddtheta + (1-beta)*dtheta + g + lambda*theta')
    expectEquation(flowOf({ name: 'momentum', mu: 'mu' }, 1), 'eta*(1+beta)/2*ddtheta + (1-beta)*dtheta + (1-mu)*(g + lambda*theta)')
  })

  it('gradient descent: the modified flow eta/2 ddtheta + dtheta + g of Barrett & Dherin 2021 and Kunin et al. 2021', () => {
    expectEquation(flowOf({ name: 'sgd' }, 1), 'eta/2*ddtheta + dtheta + g + lambda*theta')
  })

  it('at order 0 all rules are gradient flow, momentum 1/(1-beta) times faster', () => {
    expectVector(fieldOf({ name: 'sgd' }, 0), '-g - lambda*theta')
    expectVector(fieldOf({ name: 'sgdw' }, 0), '-g - lambda*theta')
    expectVector(fieldOf({ name: 'momentum' }, 0), '-(g + lambda*theta)/(1-beta)')
    expectVector(fieldOf({ name: 'nesterov' }, 0), '-(g + lambda*theta)/(1-beta)')
  })
})

describe('what cannot be expanded says why', () => {
  it('states that do not relax, or do not enter linearly', () => {
    const sum = readRule({ state: { v: '0' }, update: { v: 'v + g', theta: 'theta - eta*v' } })
    expect(modifiedField(sum, 1)).toMatchObject({ ok: false, reason: expect.stringContaining('does not relax') })
    const sizes = readRule({ state: { s: '0' }, update: { s: 's + abs(g)', theta: 'theta - eta*g/s' } })
    expect(modifiedField(sizes, 1)).toMatchObject({ ok: false, reason: expect.stringContaining('does not relax') })
    const square = readRule({ state: { v: '0' }, update: { v: 'v^2 + g', theta: 'theta - eta*v' } })
    expect(modifiedField(square, 1)).toMatchObject({ ok: false, reason: expect.stringContaining('in another way than as a multiple') })
  })

  it('the state of momentum is a variable of the field no more', () => {
    expect(coefficientOf(fieldOf({ name: 'momentum' }, 3), variableAtom('v')).kind).toBe('number')
  })
})

import { describe, expect, it } from 'vitest'
import { atomsOf } from '../../src/algebra/calculus.js'
import { readScalar } from '../../src/jets/read.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import { planOf } from '../../src/validation/plan.js'
import { WHOLE, quantityOf } from '../../src/validation/quantities.js'

const NAMES = { vectors: {}, operators: {}, sets: {}, dual: {} }

describe('what a run records', () => {
  it('holds contractions of theta, g and states over all parameters, none with the Hessian', () => {
    expect(quantityOf(readScalar('norm2(g)', NAMES), WHOLE)?.parts.size).toBe(1)
    expect(quantityOf(readScalar('dot(g, H(g))', NAMES), WHOLE)).toBeUndefined()
    expect(quantityOf(readScalar('norm2(g) + dot(H(theta), g)', NAMES), WHOLE)).toBeUndefined()
  })

  it('makes a damping that is measured a drive of the law that a run follows', () => {
    const [found] = deriveProblem(parseProblem(`
title: decay by the gradient
symmetry: { family: translation }
rule: { update: { theta: theta - eta*g - eta*lambda*norm2(g)*theta } }
order: 1
network: { input: 4, layers: [{ dense: 3 }], loss: cross_entropy }
data: digits
train: { steps: 1, batch: 1, eta: 0.1, lambda: 0.1 }`))
    const [instance] = found?.stated.instances ?? []
    if (found === undefined || instance === undefined) throw new Error('softmax is invariant under translations')
    const { laws, drives, followed } = planOf(found.laws, instance)
    const drivesOf = [...drives].map(([{ model, order, law }]) => [model, order, law.coefficients.flatMap(atomsOf).length])
    expect(drivesOf).toEqual([['modified vector field', 0, 0], ['modified flow', 1, 0]])
    expect(laws.flows.map(({ order }) => order)).toEqual([0, 1, 1])
    expect(followed?.of).toBe('the modified flow of order 1') // the law that is solved speaks of <g, H(g)>
  })
})

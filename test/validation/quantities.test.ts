import { describe, expect, it } from 'vitest'
import { atomsOf } from '../../src/algebra/calculus.js'
import { atomText } from '../../src/jets/notation.js'
import { readScalar } from '../../src/jets/read.js'
import { deriveProblem } from '../../src/problem/derive.js'
import { parseProblem } from '../../src/problem/index.js'
import type { NetworkSymmetry } from '../../src/symmetry/instances.js'
import { planOf } from '../../src/validation/plan.js'
import { WHOLE, quantityOf } from '../../src/validation/quantities.js'

const NAMES = { vectors: {}, operators: {}, sets: {}, dual: {} }

describe('what a run records', () => {
  it('holds contractions of theta, g, states and derivatives of the loss over all parameters, none with higher rates', () => {
    const vectors = (text: string): readonly string[] => [...(quantityOf(readScalar(text, NAMES), WHOLE)?.vectors.values() ?? [])].map(atomText)
    expect(quantityOf(readScalar('norm2(g)', NAMES), WHOLE)?.parts.size).toBe(1)
    expect(vectors('norm2(g)')).toEqual([])
    expect(vectors('dot(g, H(g))')).toEqual(['H(g)'])
    expect(vectors('norm2(H(g)) + dot(D3(g, g), g)')).toEqual(['H(g)', 'D3(g, g)'])
    expect(quantityOf(readScalar('norm2(g) + dot(d3theta, g)', NAMES), WHOLE)).toBeUndefined()
  })

  it('has slices of its members as sides of a contraction only: a derivative of the loss in it is moved to where none is inside', () => {
    const pair: NetworkSymmetry = { name: 'pair', origin: '', family: 'rescale', count: 4, sets: { in: [{ parameter: 'W1', axis: 0 }] } }
    const names = { ...NAMES, sets: { in: ['in'] } }
    const found = quantityOf(readScalar('dot(H(g_in), H(g))', names), pair)
    expect([...(found?.vectors.values() ?? [])].map(atomText)).toEqual(['H(H(g))'])
    expect(quantityOf(readScalar('dot(H(g_in), H(g_in))', names), pair)).toBeUndefined()
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
    expect(drivesOf).toEqual([['modified vector field', 0, 0], ['modified vector field', 1, 0], ['modified flow', 1, 0]])
    expect(laws.flows.map(({ order }) => order)).toEqual([0, 1, 1])
    expect([...(followed?.drive.vectors.values() ?? [])].map(atomText)).toContain('H(g)') // of the law that is solved
    expect(followed?.of).toBeUndefined()
  })
})

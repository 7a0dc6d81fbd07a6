import { describe, expect, it } from 'vitest'
import { differentialsTo, rootedTrees } from '../../src/rules/elementaryDifferentials.js'
import { type Rule, readRule } from '../../src/rules/rule.js'
import { fieldOfTheta, modifiedField } from '../../src/rules/modifiedField.js'

const termsTo = (rule: Rule, order: number): number => {
  const found = modifiedField(rule, order)
  if (!found.ok) throw new Error(found.reason)
  return fieldOfTheta(found.value).reduce((n, x) => n + x.terms.length, 0)
}

describe('elementary differentials', () => {
  it('are as many as rooted trees (OEIS A000081)', () => {
    expect(rootedTrees(10)).toEqual([1, 1, 2, 4, 9, 20, 48, 115, 286, 719])
  })

  it('are those of the modified field of gradient descent, which lacks none to order 3', () => {
    const rule = readRule({ name: 'sgd', lambda: 0 })
    for (const order of [0, 1, 2, 3]) expect(termsTo(rule, order)).toBeLessThanOrEqual(differentialsTo(order))
    expect(termsTo(rule, 2)).toBe(differentialsTo(2))
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearest } from '../../src/problem/index.js'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })

describe('edit distance', () => {
  it('is symmetric, zero only for equal words, and bounded by the longer one', () => {
    fc.assert(
      fc.property(word, word, (left, right) => {
        const distance = editDistance(left, right)
        expect(distance).toBe(editDistance(right, left))
        expect(distance === 0).toBe(left === right)
        expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length))
        expect(distance).toBeGreaterThanOrEqual(Math.abs(left.length - right.length))
      }),
    )
  })

  it('counts one inserted letter, one changed letter and one swap of neighbours as one', () => {
    expect(editDistance('scale', 'scalle')).toBe(1)
    expect(editDistance('scale', 'skale')).toBe(1)
    expect(editDistance('scale', 'sclae')).toBe(1)
  })
})

describe('the nearest candidate', () => {
  it('is the word that was meant, and none where nothing is near', () => {
    expect(nearest('momentun', ['sgd', 'momentum'])).toBe('momentum')
    expect(nearest('quux', ['sgd', 'momentum'])).toBeUndefined()
  })
})

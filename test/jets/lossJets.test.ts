import { describe, expect, it } from 'vitest'
import { RATIONALS, primeField } from '../../src/algebra/evaluate.js'
import { type Rational, rational } from '../../src/algebra/rational.js'
import { SymmetryRules } from '../../src/jets/constraint.js'
import { Instance } from '../../src/jets/instance.js'
import { Places, type SymmetricTensor, multiIndices } from '../../src/jets/symmetricTensor.js'
import { variable } from '../../src/jets/vector.js'
import type { Shapes } from '../../src/symmetry/families.js'
import { type SymmetryStatement, symmetriesOf } from '../../src/symmetry/symmetry.js'
import { uniform } from './support/losses.js'

const PRIME = 2n ** 61n - 1n

const statements: readonly (readonly [string, SymmetryStatement, Shapes, number])[] = [
  ['a quadratic field', { generator: { u: 's*u', s: '-norm2(u)' } }, { u: [2], s: [] }, 6],
  ['a cubic field of matrices', { generator: { A: 'transpose(B)*B*A', B: '-B*A*transpose(A)' } }, { A: [2, 1], B: [1, 2] }, 5],
  ['a field with a translation', { generator: { x: 'x*y^2 + y', y: '1 - x^2*y' } }, { x: [], y: [] }, 7],
]

describe.each(statements)('random jets under %s', (_, statement, shapes, highest) => {
  const [symmetry] = symmetriesOf(statement, shapes)
  if (symmetry === undefined) throw new Error('no symmetry')
  const next = uniform(7)
  const draw = () => new Instance(primeField(PRIME), symmetry.space, [symmetry.generator], () => BigInt(Math.floor((next() + 2) * 2 ** 50)) + 1n)

  // The constraints that are differentiated by the jets' calculus; the instance takes them apart by subsets of the slots.
  it(`satisfy the constraint differentiated symbolically, up to order ${highest}`, () => {
    const instance = draw()
    for (let order = 1; order <= highest; order += 1) expect(instance.scalar(SymmetryRules.constraint(symmetry.generator, order)), `order ${order}`).toBe(0n)
  })

  it('satisfy it at another point too', () => {
    const at = { name: 'c', point: variable('x') }
    const instance = draw()
    for (let order = 1; order <= 4; order += 1) expect(instance.scalar(SymmetryRules.constraint(symmetry.generator, order, at)), `order ${order}`).toBe(0n)
  })
})

describe('symmetric tensors', () => {
  const places = new Places(3)

  it('know where each multi-index is, sorted or not', () => {
    for (const order of [1, 2, 3, 4]) for (const [k, index] of multiIndices(3, order).entries()) expect(places.of([...index].reverse())).toBe(k)
  })

  it('contract to the sum over all indices', () => {
    const components = multiIndices(3, 3).map((_, k) => rational(k * k - 7))
    const vectors = [[1, -2, 3], [0, 5, 2], [4, 1, -1]]
    const full: SymmetricTensor<Rational> = { order: 3, components }
    const contracted = vectors.reduce((tensor, x) => places.contract(RATIONALS, tensor, x.map((value) => rational(value))), full)
    const [x = [], y = [], z = []] = vectors
    let sum = 0n
    for (const i of [0, 1, 2]) for (const j of [0, 1, 2]) for (const k of [0, 1, 2])
      sum += (components[places.of([i, j, k])]?.num ?? 0n) * BigInt((x[i] ?? 0) * (y[j] ?? 0) * (z[k] ?? 0))
    expect(contracted.components).toEqual([{ num: sum, den: 1n }])
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO, mul, num, sub } from '../../src/algebra/build.js'
import { atomsOf } from '../../src/algebra/calculus.js'
import { expand } from '../../src/algebra/expand.js'
import type { Expr } from '../../src/algebra/expr.js'
import { toText } from '../../src/algebra/print.js'
import { readExpr } from '../../src/algebra/read.js'
import { collectContractions } from '../../src/jets/collect.js'
import { asContraction, cutsOf, dot, norm2 } from '../../src/jets/contraction.js'
import { ONES, elementwise } from '../../src/jets/elementwise.js'
import { gradientOf } from '../../src/jets/leibniz.js'
import { vectorText } from '../../src/jets/notation.js'
import { type Operator, projector } from '../../src/jets/operator.js'
import { readScalar, readVector } from '../../src/jets/read.js'
import { type Vector, ZERO_VECTOR, addVectors, apply, applyAdjoint, gradientForm, isZeroVector, scaleVector, subVectors, variable, vectorOf } from '../../src/jets/vector.js'
import { scalarOfText, vectorOfText } from './support/plain.js'
import { A, NAMES, S, innerOf, scaleOf, settingAt, tree } from './support/trees.js'

const RUNS = { numRuns: 150 }
const [a, b, ab] = [projector('a'), projector('b'), projector('ab', ['a', 'b'])]
const THETA = [0.3, -0.7, 0.5, 0.2, -0.4]

/** Equal scalars are the same object, once sums in coefficients are multiplied out. */
const expectEqual = (x: Expr, y: Expr): void => expect(collectContractions(x)).toBe(collectContractions(y))

/** Equal vectors have the same atoms and coefficients, which are hash-consed. */
const expectSame = (x: Vector, y: Vector): void => {
  const parts = (v: Vector): readonly unknown[] => v.terms.map((t) => [t.atom.key, expand(t.coefficient).id])
  expect(parts(x)).toEqual(parts(y))
}

describe('the canonical form has the value of what was written', () => {
  it('of vectors and of inner products, through their printed text', () => {
    fc.assert(
      fc.property(tree, tree, fc.nat(1000), (p, q, seed) => {
        const s = settingAt(THETA, seed)
        const [x, y] = [p.plain(s), q.plain(s)]
        const [X, Y] = [p.engine(), q.engine()]
        const printed = isZeroVector(X) ? x.map(() => 0) : vectorOfText(vectorText(X), s)
        expect(Math.hypot(...x.map((xi, i) => (printed[i] ?? Number.NaN) - xi))).toBeLessThan(1e-9 * (1 + Math.hypot(...x)))
        const canonical = scalarOfText(toText(dot(X, Y)), s)
        expect(Math.abs(canonical - innerOf(x, y))).toBeLessThan(1e-8 * scaleOf(x, y))
      }),
      RUNS,
    )
  })
})

describe('a product of components in a contraction', () => {
  it('gives its linear factor free: the gradient of <1, s(y) H(x)> in x is H(s(y))', () => {
    const [x, y] = [variable('x'), variable('y')]
    const product = elementwise(readExpr('u/(1+w^2)'), { u: gradientForm(x), w: y })
    expectSame(gradientOf(dot(ONES, product), 'x'), gradientForm(elementwise(readExpr('1/(1+w^2)'), { w: y })))
    const square = elementwise(readExpr('u^2'), { u: gradientForm(x) })
    expectSame(gradientOf(dot(ONES, square), 'x'), scaleVector(num(2), gradientForm(gradientForm(x))))
  })
})

describe('the canonical form is confluent', () => {
  it('wherever the tree of a contraction is cut', () => {
    fc.assert(
      fc.property(tree, tree, (p, q) => {
        for (const o of atomsOf(dot(p.engine(), q.engine()))) {
          const c = asContraction(o)
          if (c === undefined) throw new Error('an inner product holds contractions only')
          const whole = dot(vectorOf(c.left), vectorOf(c.right))
          for (const cut of cutsOf(c.left, c.right)) expectEqual(mul(cut.sign, dot(vectorOf(cut.left), vectorOf(cut.right))), whole)
        }
      }),
      RUNS,
    )
  })

  it('in whichever order it is built: bilinear, symmetric, H and D3 symmetric in all slots', () => {
    fc.assert(
      fc.property(tree, tree, tree, (p, q, r) => {
        const [x, y, z] = [p.engine(), q.engine(), r.engine()]
        expectSame(addVectors(x, addVectors(y, z)), addVectors(addVectors(z, y), x))
        expectEqual(dot(x, y), dot(y, x))
        expectEqual(sub(dot(addVectors(x, y), z), dot(x, z)), dot(y, z))
        expectEqual(dot(gradientForm(x), y), dot(x, gradientForm(y)))
        expectSame(gradientForm(x, y), gradientForm(y, x))
        expectEqual(dot(gradientForm(x, y), z), dot(gradientForm(z, x), y))
        expectEqual(norm2(addVectors(x, y)), dot(addVectors(x, y), addVectors(y, x)))
      }),
      RUNS,
    )
  })
})

describe('operators', () => {
  const operators: readonly (readonly [string, Operator])[] = [['a projector', ab], ['a map', A], ['an antisymmetric map', S]]

  it.each(operators)('%s: <x, A y> = <At x, y>', (_, operator) => {
    fc.assert(
      fc.property(tree, tree, (p, q) => {
        const [x, y] = [p.engine(), q.engine()]
        expectEqual(dot(x, apply(operator, y)), dot(applyAdjoint(operator, x), y))
      }),
      RUNS,
    )
  })

  it('projectors: P P = P, Pt = P, disjoint sets give 0, nested sets the smaller, for any vector', () => {
    fc.assert(
      fc.property(tree, (p) => {
        const x = p.engine()
        const inA = apply(a, x)
        expectSame(apply(a, inA), inA)
        expectSame(applyAdjoint(a, x), inA)
        expectSame(apply(b, inA), ZERO_VECTOR)
        expectSame(apply(ab, inA), inA)
        expectSame(apply(a, apply(ab, x)), inA)
        expectEqual(dot(inA, apply(b, x)), ZERO)
        expectEqual(dot(inA, inA), dot(inA, x))
      }),
      RUNS,
    )
  })

  it('an antisymmetric map has no quadratic form and is minus its adjoint', () => {
    fc.assert(
      fc.property(tree, (p) => {
        const x = p.engine()
        expectEqual(dot(x, apply(S, x)), ZERO)
        expectSame(applyAdjoint(S, x), scaleVector(num(-1), apply(S, x)))
        expectEqual(dot(gradientForm(apply(S, x)), x), dot(apply(S, x), gradientForm(x)))
      }),
      RUNS,
    )
  })
})

describe('printed text reads back to the same object', () => {
  it('for vectors and scalars', () => {
    fc.assert(
      fc.property(tree, tree, (p, q) => {
        const x = p.engine()
        if (!isZeroVector(x)) expectSame(readVector(vectorText(x), NAMES), x)
        const e = dot(x, q.engine())
        expect(readScalar(toText(e), NAMES)).toBe(e)
        expect(isZeroVector(subVectors(x, x))).toBe(true)
      }),
      RUNS,
    )
  })
})

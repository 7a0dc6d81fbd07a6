import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HALF, ZERO, add, mul, neg, num } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import { fromNumber } from '../../src/algebra/rational.js'
import { toText } from '../../src/algebra/print.js'
import { SymmetryRules } from '../../src/jets/constraint.js'
import { dot } from '../../src/jets/contraction.js'
import { vectorText } from '../../src/jets/notation.js'
import { LOSS } from '../../src/jets/field.js'
import { GRADIENT, THETA, type Vector, addVectors, combine, fieldAt, gradientForm, scaleVector, tensor, variable } from '../../src/jets/vector.js'
import { type Family, FAMILIES } from './support/families.js'
import { gradientFormOf, uniform, vectorFrom } from './support/losses.js'
import { type Setting, scalarOfText, vectorOfText } from './support/plain.js'
import { DOUBLES } from './support/ring.js'

const NAMES = ['x', 'y', '_y1', '_y2', '_y3']

function settingOf(family: Family, seed: number): { readonly setting: Setting<number>; readonly size: number } {
  const random = uniform(seed)
  const theta = vectorFrom(random, family.size).map((t) => t + Math.sign(t) / 2)
  const vectors = Object.fromEntries([['theta', theta], ...NAMES.map((name) => [name, vectorFrom(random, family.size)] as const)])
  const gradientForm = gradientFormOf(family.loss(seed), theta)
  return { setting: { ring: DOUBLES, scalars: {}, vectors, masks: family.masks, gradientForm, maps: family.maps }, size: Math.hypot(...gradientForm([])) }
}

/** Scalars that mention the generator under derivatives of f, beside others. */
const [x, y] = [variable('x'), variable('y')]
const scalarsWith = (xi: Vector): fc.Arbitrary<Expr> => {
  const vector: fc.Arbitrary<Vector> = fc.letrec<{ v: Vector }>((tie) => ({
    v: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom(xi, xi, x, y, GRADIENT, THETA),
      tie('v').map((v) => gradientForm(v)),
      fc.tuple(tie('v'), tie('v')).map(([v, w]) => gradientForm(v, w)),
      fc.tuple(tie('v'), tie('v')).map(([v, w]) => combine([[num(2), v], [num(-1), w]])),
    ),
  })).v
  return fc.tuple(vector, vector, vector).map(([u, v, w]) => add(dot(u, v), mul(num(3), dot(gradientForm(u, v), w)), neg(dot(gradientForm(xi), w))))
}

describe.each(FAMILIES)('$name: the constraints hold on a concrete invariant loss', (family) => {
  it('at every order to 4', () => {
    for (let order = 1; order <= 4; order += 1) {
      const { setting } = settingOf(family, order + 3)
      const constraint = toText(SymmetryRules.constraint(family.generator, order))
      const size = setting.gradientForm(NAMES.slice(2, 1 + order).map((name) => setting.vectors[name] ?? [])).reduce((n, e) => n + Math.abs(e), 1)
      expect(Math.abs(scalarOfText(constraint, setting))).toBeLessThan(1e-10 * size)
    }
  })

  it('and rewriting with them keeps the value', () => {
    const rules = new SymmetryRules([family.generator])
    fc.assert(
      fc.property(scalarsWith(family.generator), fc.integer({ min: 1, max: 500 }), (e, seed) => {
        const { setting } = settingOf(family, seed)
        const [before, after] = [scalarOfText(toText(e), setting), scalarOfText(toText(rules.scalar(e)), setting)]
        const { vectors, gradientForm } = setting
        const size = gradientForm([vectors['x'] ?? [], vectors['y'] ?? []]).reduce((n, z) => n + Math.abs(z), 1)
        expect(Math.abs(after - before)).toBeLessThan(1e-8 * (size + Math.abs(before)) ** 2)
      }),
      { numRuns: 25 },
    )
  })

  const shifted = addVectors(THETA, scaleVector(num(fromNumber(3 / 8)), x), scaleVector(num(fromNumber(-1 / 4)), GRADIENT))
  it.each([['theta + 3/8*x - 1/4*g', shifted], ['(1 + norm2(theta)/2)*theta + x', addVectors(THETA, x, scaleVector(mul(HALF, dot(THETA, THETA)), THETA))]])('at another point too, where the generator is that of the point: %s', (_, point) => {
    const rules = new SymmetryRules([family.generator])
    const at = { name: 'p', point }
    const there = (...args: readonly Vector[]): Vector => tensor(fieldAt(LOSS, at), args, [], true)
    const xi = family.generator
    const scalars = [dot(there(), xi), dot(there(xi), y), dot(there(xi, y), x), dot(there(there()), xi), dot(there(gradientForm(x)), xi), mul(dot(GRADIENT, y), dot(there(y), xi))]
    for (const [seed, e] of scalars.entries()) {
      const { setting } = settingOf(family, seed + 1)
      const withPoint = { ...setting, points: { p: vectorText(at.point) }, gradientFormAt: (point: readonly number[]) => gradientFormOf(family.loss(seed + 1), point) }
      const normal = rules.scalar(e)
      const [before, after] = [scalarOfText(toText(e), withPoint), scalarOfText(toText(normal), withPoint)]
      const { vectors } = setting
      const size = withPoint.gradientFormAt(vectorOfText(vectorText(at.point), withPoint))
      const scale = [size([]), size([vectors['x'] ?? []]), size([vectors['x'] ?? [], vectors['y'] ?? []])].flat().reduce((n, z) => n + Math.abs(z), 1)
      expect(Math.abs(after - before)).toBeLessThan(1e-8 * (scale + Math.abs(before)) ** 2)
      expect(rules.scalar(normal)).toBe(normal)
    }
  })

  it('and rewriting removes the generator: <g, xi> = 0, and a normal form is one', () => {
    const rules = new SymmetryRules([family.generator])
    expect(rules.scalar(dot(GRADIENT, family.generator))).toBe(ZERO)
    fc.assert(
      fc.property(scalarsWith(family.generator), (e) => {
        const normal = rules.scalar(e)
        expect(rules.scalar(normal)).toBe(normal)
      }),
      { numRuns: 25 },
    )
  })
})

describe('a loss without the symmetry', () => {
  it('is told apart by every constraint', () => {
    for (const family of FAMILIES) {
      const other: Family = { ...family, loss: (seed) => (ring, theta) => ring.add(family.loss(seed)(ring, theta), ring.mul(ring.of(0.1), ring.call('exp', [theta[1] ?? ring.of(0)]))) }
      for (let order = 1; order <= 4; order += 1) {
        const { setting } = settingOf(other, 9)
        expect(Math.abs(scalarOfText(toText(SymmetryRules.constraint(family.generator, order)), setting))).toBeGreaterThan(1e-5)
      }
    }
  })
})

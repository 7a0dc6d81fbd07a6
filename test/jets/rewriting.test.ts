import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO, add, mul, neg, num } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import { toText } from '../../src/algebra/print.js'
import { SymmetryRules } from '../../src/jets/constraint.js'
import { dot } from '../../src/jets/contraction.js'
import { projector } from '../../src/jets/operator.js'
import { GRADIENT, THETA, type Vector, apply, combine, gradientForm, indicator, variable } from '../../src/jets/vector.js'
import { symmetriesOf } from '../../src/symmetry/symmetry.js'
import {
  type Loss, gradientFormOf, productInvariant, rescaleInvariant, rotationInvariant, scaleInvariant, translationInvariant, uniform, vectorFrom,
} from './support/losses.js'
import { type Setting, scalarOfText } from './support/plain.js'
import { DOUBLES } from './support/ring.js'

interface Family {
  readonly name: string
  readonly generator: Vector
  readonly size: number
  readonly masks: Setting<number>['masks']
  readonly maps: Setting<number>['maps']
  readonly loss: (seed: number) => Loss
}

const maskOf = (size: number, from: number, to: number): readonly boolean[] => Array.from({ length: size }, (_, i) => i >= from && i < to)
const W = { from: 0, to: 3 }
const [IN, OUT] = [{ from: 0, to: 2 }, { from: 2, to: 4 }]
const inOut = { in: maskOf(5, 0, 2), out: maskOf(5, 2, 4) }
const onW = { w: maskOf(5, 0, 3) }
const rescaling = (degree: number): Vector =>
  combine([[num(1), apply(projector('in'), THETA)], [num(-degree), apply(projector('out'), THETA)]])

const [rotation] = symmetriesOf({ family: 'orthogonal', on: ['W'] }, { W: [2, 2] })
const linear = symmetriesOf({ family: 'linear', in: ['W1'], out: ['W2'] }, { W1: [2, 2], W2: [2, 2] })
const OMEGA = 7 / 5
const turned = (x: readonly number[], omega: number): readonly number[] => [omega * (x[2] ?? 0), omega * (x[3] ?? 0), -omega * (x[0] ?? 0), -omega * (x[1] ?? 0), 0]

/** M W₁ and −W₂ M for a matrix M of the part's kind. */
function linearMap(m: readonly [number, number, number, number]) {
  const product = (x: readonly number[], y: readonly number[]): readonly number[] => {
    const at = (z: readonly number[], i: number): number => z[i] ?? 0
    return [0, 1, 2, 3].map((k) => at(x, k - (k % 2)) * at(y, k % 2) + at(x, k - (k % 2) + 1) * at(y, 2 + (k % 2)))
  }
  return (x: readonly number[]): readonly number[] => [...product(m, x.slice(0, 4)), ...product(x.slice(4, 8), m).map((e) => -e)]
}
const SYMMETRIC = linearMap([0.7, -0.4, -0.4, 1.1])
const SKEW = linearMap([0, 0.9, -0.9, 0])

const families: readonly Family[] = [
  { name: 'translation', generator: indicator(projector('w')), size: 5, masks: onW, maps: {}, loss: (s) => translationInvariant(W, s) },
  { name: 'scale', generator: apply(projector('w'), THETA), size: 5, masks: onW, maps: {}, loss: (s) => scaleInvariant(W, s) },
  ...[1, 2, 3].map((p): Family => ({ name: `rescale of degree ${p}`, generator: rescaling(p), size: 5, masks: inOut, maps: {}, loss: (s) => rescaleInvariant(IN, OUT, p, s) })),
  ...(rotation === undefined ? [] : [{
    name: 'rotation', generator: rotation.generator, size: 5, masks: { W: maskOf(5, 0, 4) },
    maps: { A: (x: readonly number[]) => turned(x, OMEGA), At: (x: readonly number[]) => turned(x, -OMEGA) },
    loss: (s: number) => rotationInvariant({ from: 0, to: 4 }, 2, 2, s),
  }]),
  ...linear.map((found): Family => {
    const symmetric = found.part.startsWith('symmetric')
    const map = symmetric ? SYMMETRIC : SKEW
    return {
      name: `linear, ${found.part}`, generator: found.generator, size: 8, masks: { W1: maskOf(8, 0, 4), W2: maskOf(8, 4, 8) },
      maps: { A: map, At: symmetric ? map : (x) => map(x).map((e) => -e) },
      loss: (s) => productInvariant(2, 2, 2, s),
    }
  }),
]

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

describe.each(families)('$name: the constraints hold on a concrete invariant loss', (family) => {
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
    for (const family of families) {
      const other: Family = { ...family, loss: (seed) => (ring, theta) => ring.add(family.loss(seed)(ring, theta), ring.mul(ring.of(0.1), ring.call('exp', [theta[1] ?? ring.of(0)]))) }
      for (let order = 1; order <= 4; order += 1) {
        const { setting } = settingOf(other, 9)
        expect(Math.abs(scalarOfText(toText(SymmetryRules.constraint(family.generator, order)), setting))).toBeGreaterThan(1e-5)
      }
    }
  })
})

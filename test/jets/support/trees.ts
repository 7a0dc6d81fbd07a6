import * as fc from 'fast-check'
import { frac, num, sym } from '../../../src/algebra/build.js'
import { type Operator, projector } from '../../../src/jets/operator.js'
import type { Vocabulary } from '../../../src/jets/read.js'
import type { Space } from '../../../src/jets/space.js'
import {
  GRADIENT, THETA, type Vector, addVectors, apply, applyAdjoint, gradientForm, indicator, scaleVector, variable,
} from '../../../src/jets/vector.js'
import { type Loss, gradientFormOf, uniform, vectorFrom } from './losses.js'
import type { Setting } from './plain.js'
import { DOUBLES } from './ring.js'

/** Blocks a = components 0, 1; b = 2, 3; component 4 is in no block. A maps b and a into a, S is antisymmetric on b. */
export const SIZE = 5
const MASKS = { a: [true, true, false, false, false], b: [false, false, true, true, false], ab: [true, true, true, true, false] }
const M = [[1 / 2, -2], [3, 5 / 4]] as const
const OMEGA = 3 / 2

const word = (name: string) => [{ name, transposed: false }]
const block = { coefficient: num(1), right: [], transposed: false } as const
export const A: Operator = {
  kind: 'map', name: 'A', adjoint: false, parity: 0,
  terms: [{ ...block, to: 'a', from: 'b', left: word('M') }, { ...block, coefficient: num(-2), to: 'a', from: 'a', left: [] }],
}
export const S: Operator = { kind: 'map', name: 'S', adjoint: false, parity: -1, terms: [{ ...block, to: 'b', from: 'b', left: word('Omega') }] }

export const SPACE: Space = {
  blocks: { a: ['n'], b: ['n'] },
  constants: { M: { shape: ['n', 'n'], kind: 'general' }, Omega: { shape: ['n', 'n'], kind: 'antisymmetric' } },
  fields: {},
}
const SETS = { a: ['a'], b: ['b'], ab: ['a', 'b'] }
export const NAMES: Vocabulary = { vectors: { v: variable('v'), x: variable('x') }, sets: SETS, operators: { A, S } }

type Row = readonly number[]
const applyM = ([x = 0, y = 0]: Row): Row => M.map(([p, q]) => p * x + q * y)
const applyMt = ([x = 0, y = 0]: Row): Row => [M[0][0] * x + M[1][0] * y, M[0][1] * x + M[1][1] * y]
const maps = {
  A: (x: Row): Row => [...applyM(x.slice(2, 4)).map((m, i) => m - 2 * (x[i] ?? 0)), 0, 0, 0],
  At: (x: Row): Row => [-2 * (x[0] ?? 0), -2 * (x[1] ?? 0), ...applyMt(x.slice(0, 2)), 0],
  S: ([, , x = 0, y = 0]: Row): Row => [0, 0, OMEGA * y, -OMEGA * x, 0],
}

/** A polynomial loss of degree 5 without symmetry. */
export const polynomial: Loss = (ring, theta) => {
  const random = uniform(17)
  const forms = Array.from({ length: 5 }, () => theta.map((t) => ring.mul(ring.of(random()), t)).reduce(ring.add, ring.of(random() / 2)))
  const at = (i: number) => forms[i] ?? ring.of(0)
  return ring.add(ring.mul(at(0), ring.mul(at(1), ring.mul(at(2), ring.mul(at(3), at(4))))), ring.mul(at(1), ring.mul(at(1), at(3))))
}

/** Numbers for everything that `NAMES` names. */
export function settingAt(theta: readonly number[], seed: number): Setting<number> {
  const random = uniform(seed)
  const vectors = { theta, v: vectorFrom(random, SIZE), x: vectorFrom(random, SIZE) }
  return { ring: DOUBLES, scalars: { c: random() }, vectors, masks: MASKS, gradientForm: gradientFormOf(polynomial, theta), maps }
}

/** A vector built in two ways from one description: by the engine and as plain numbers. */
export interface Tree {
  readonly engine: () => Vector
  readonly plain: (s: Setting<number>) => Row
}

const masked = (x: Row, set: keyof typeof MASKS): Row => x.map((xi, i) => (MASKS[set][i] === true ? xi : 0))
const named = (name: string, vector: Vector): Tree => ({ engine: () => vector, plain: (s) => s.vectors[name] ?? [] })

const leaf: fc.Arbitrary<Tree> = fc.constantFrom<Tree>(
  named('theta', THETA),
  named('v', variable('v')),
  named('x', variable('x')),
  { engine: () => GRADIENT, plain: (s) => s.gradientForm([]) },
  { engine: () => indicator(projector('a')), plain: () => masked([1, 1, 1, 1, 1], 'a') },
)

const unary = (engine: (x: Vector) => Vector, plain: (x: Row, s: Setting<number>) => Row) => (t: Tree): Tree => ({
  engine: () => engine(t.engine()),
  plain: (s) => plain(t.plain(s), s),
})

/** Random vectors of the jet algebra. */
export const tree: fc.Arbitrary<Tree> = fc.letrec<{ t: Tree }>((tie) => ({
  t: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.constantFrom('a' as const, 'b' as const, 'ab' as const).chain((set) => tie('t').map(unary((x) => apply(projector(set, SETS[set]), x), (x) => masked(x, set)))),
    tie('t').map(unary((x) => apply(A, x), (x) => maps.A(x))),
    tie('t').map(unary((x) => applyAdjoint(A, x), (x) => maps.At(x))),
    tie('t').map(unary((x) => apply(S, x), (x) => maps.S(x))),
    tie('t').map(unary((x) => gradientForm(x), (x, s) => s.gradientForm([x]))),
    fc.tuple(tie('t'), tie('t')).map(([p, q]): Tree => ({ engine: () => gradientForm(p.engine(), q.engine()), plain: (s) => s.gradientForm([p.plain(s), q.plain(s)]) })),
    fc.tuple(tie('t'), tie('t'), fc.integer({ min: -3, max: 3 })).map(([p, q, n]): Tree => ({
      engine: () => addVectors(scaleVector(frac(n, 2), p.engine()), scaleVector(sym('c'), q.engine())),
      plain: (s) => { const y = q.plain(s); return p.plain(s).map((xi, i) => (n / 2) * xi + (s.scalars['c'] ?? 0) * (y[i] ?? 0)) },
    })),
  ),
})).t

export const innerOf = (x: Row, y: Row): number => x.reduce((sum, xi, i) => sum + xi * (y[i] ?? 0), 0)
/** The size rounding is relative to. */
export const scaleOf = (x: Row, y: Row): number => x.reduce((sum, xi, i) => sum + Math.abs(xi * (y[i] ?? 0)), 1)

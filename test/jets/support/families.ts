import { type SymmetryStatement, symmetriesOf } from '../../../src/symmetry/symmetry.js'
import type { Shapes } from '../../../src/symmetry/families.js'
import type { Vector } from '../../../src/jets/vector.js'
import { type Loss, productInvariant, rescaleInvariant, rotationInvariant, scaleInvariant, translationInvariant } from './losses.js'
import type { Setting } from './plain.js'

/** A symmetry as a problem states it, and concrete losses that have it. */
export interface Family {
  readonly name: string
  readonly statement: SymmetryStatement
  readonly shapes: Shapes
  /** Which of the symmetries of the statement: a general constant gives two. */
  readonly part: number
  readonly generator: Vector
  readonly size: number
  readonly masks: Setting<number>['masks']
  readonly maps: Setting<number>['maps']
  readonly loss: (seed: number) => Loss
}

const maskOf = (size: number, from: number, to: number): readonly boolean[] => Array.from({ length: size }, (_, i) => i >= from && i < to)
const W = { from: 0, to: 3 }
const [IN, OUT] = [{ from: 0, to: 2 }, { from: 2, to: 4 }]

type Row = readonly number[]
const OMEGA = 7 / 5
const turned = ([a = 0, b = 0, c = 0, d = 0]: Row, omega: number): Row => [omega * c, omega * d, -omega * a, -omega * b, 0]

/** M W₁ and −W₂ M for a matrix M. */
function linearMap(m: Row) {
  const product = (x: Row, y: Row): Row => {
    const at = (z: Row, i: number): number => z[i] ?? 0
    return [0, 1, 2, 3].map((k) => at(x, k - (k % 2)) * at(y, k % 2) + at(x, k - (k % 2) + 1) * at(y, 2 + (k % 2)))
  }
  return (x: Row): Row => [...product(m, x.slice(0, 4)), ...product(x.slice(4, 8), m).map((e) => -e)]
}
const SYMMETRIC = linearMap([0.7, -0.4, -0.4, 1.1])
const SKEW = linearMap([0, 0.9, -0.9, 0])
const negative = (map: (x: Row) => Row) => (x: Row): Row => map(x).map((e) => -e)

type Stated = Omit<Family, 'generator' | 'part'>
const onW = { shapes: { w: ['d'] }, size: 5, masks: { w: maskOf(5, 0, 3) }, maps: {} }
const inOut = { shapes: { in: ['d'], out: ['k'] }, size: 5, masks: { in: maskOf(5, 0, 2), out: maskOf(5, 2, 4) }, maps: {} }

const stated: readonly Stated[] = [
  { name: 'translation', statement: { family: 'translation', on: ['w'] }, ...onW, loss: (s) => translationInvariant(W, s) },
  { name: 'scale', statement: { family: 'scale', on: ['w'] }, ...onW, loss: (s) => scaleInvariant(W, s) },
  ...[1, 2, 3].map((p): Stated => ({
    name: `rescale of degree ${p}`, statement: { family: 'rescale', in: ['in'], out: ['out'], degree: String(p) }, ...inOut, loss: (s) => rescaleInvariant(IN, OUT, p, s),
  })),
  {
    name: 'rotation', statement: { family: 'orthogonal', on: ['W'] }, shapes: { W: [2, 2] }, size: 5, masks: { W: maskOf(5, 0, 4) },
    maps: { A: (x) => turned(x, OMEGA), At: (x) => turned(x, -OMEGA) }, loss: (s) => rotationInvariant({ from: 0, to: 4 }, 2, 2, s),
  },
  {
    name: 'linear', statement: { family: 'linear', in: ['W1'], out: ['W2'] }, shapes: { W1: [2, 2], W2: [2, 2] }, size: 8,
    masks: { W1: maskOf(8, 0, 4), W2: maskOf(8, 4, 8) }, maps: {}, loss: (s) => productInvariant(2, 2, 2, s),
  },
]

/** Every family of THEORY §2 on small blocks; the last components belong to no block. */
export const FAMILIES: readonly Family[] = stated.flatMap((given) =>
  symmetriesOf(given.statement, given.shapes).map(({ generator, part: kind }, part) => {
    const map = kind.startsWith('symmetric') ? SYMMETRIC : SKEW
    const maps = kind === '' ? given.maps : { A: map, At: kind.startsWith('symmetric') ? map : negative(map) }
    return { ...given, name: kind === '' ? given.name : `${given.name}, ${kind}`, generator, part, maps }
  }),
)

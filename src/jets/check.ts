import { type Field, RATIONALS, primeField } from '../algebra/evaluate.js'
import type { Expr } from '../algebra/expr.js'
import { asContraction } from './contraction.js'
import { atomsOf, subexpressions } from '../algebra/calculus.js'
import { squareRoot } from '../algebra/residue.js'
import { Instance } from './instance.js'
import type { Space } from './space.js'
import { type Vector, type VectorAtom, slotsOf } from './vector.js'

/** The outcome of checking an identity on random exact instances. */
export interface InstanceCheck {
  readonly passed: boolean
  readonly method: string
  readonly instances: number
}

/** Reproducible uniform numbers in [0, 1) (Steele & Vigna's SplitMix; 32-bit variant by Stafford's mix). */
function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32
  }
}

function orderOfAtom(a: VectorAtom): number {
  const here = a.kind === 'tensor' && a.field.name === 'f' ? a.along.length + 1 : 0
  const inner = a.kind === 'elementwise' ? a.args.map(orderOfAtom) : slotsOf(a).map((s) => orderOfAtom(s.child))
  return Math.max(here, ...inner)
}

const orderOfScalar = (e: Expr): number =>
  Math.max(
    0,
    ...atomsOf(e).map((o) => {
      const c = asContraction(o)
      return c === undefined ? 0 : Math.max(orderOfAtom(c.left), orderOfAtom(c.right))
    }),
  )

/** The highest derivative of f in an expression. */
export const orderOf = (x: Expr | Vector): number =>
  'terms' in x && !('kind' in x) ? Math.max(0, ...x.terms.map((t) => Math.max(orderOfAtom(t.atom), orderOfScalar(t.coefficient)))) : orderOfScalar(x)

const INSTANCES = 3
/** 2⁶¹ − 1, a Mersenne prime. */
const PRIME = 2n ** 61n - 1n

/** A property of an instance of the jets over any field of numbers. */
export type InstanceProperty = <T>(instance: Instance<T>) => boolean

/** Draws of an instance before it is given up: half of all residues have no square root. */
const MOST_DRAWS = 200

/** @throws RangeError for a residue without a square root, so that the instance is drawn again. */
function rootModPrime(x: bigint): bigint {
  const root = squareRoot(x, PRIME)
  if (root === undefined) throw new RangeError('no square root modulo the prime')
  return root
}

/** Whether an expression holds a square root of contractions, which has no rational value at a random instance. */
const hasRoot = (e: Expr): boolean =>
  [...subexpressions(e)].some((x) => x.kind === 'product' && x.factors.some((f) => f.exponent.kind === 'number' && f.exponent.value.den === 2n && atomsOf(f.base).length > 0))

const rooted = (x: Expr | Vector): boolean => ('terms' in x && !('kind' in x) ? x.terms.some((t) => hasRoot(t.coefficient)) : hasRoot(x))

/** Draws again where a random instance divides by zero or lacks a root. */
function holdsOn<T>(field: Field<T>, random: () => T, space: Space, generators: readonly Vector[], property: InstanceProperty, root?: (x: T) => T): boolean {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return property(new Instance(field, space, generators, random, root))
    } catch (error) {
      if (!(error instanceof RangeError) || attempt > MOST_DRAWS) throw error
    }
  }
}

/** Whether a property holds on random exact instances of the jets that satisfy the symmetries' constraints. */
export function checkProperty(property: InstanceProperty, rationals: boolean, space: Space, generators: readonly Vector[], seed = 1): InstanceCheck {
  const next = uniform(seed)
  const word = (): bigint => BigInt(Math.floor(next() * 2 ** 30)) * 2n ** 31n + BigInt(Math.floor(next() * 2 ** 31))
  const trial = (): boolean =>
    rationals
      ? holdsOn(RATIONALS, Instance.rationals(next), space, generators, property)
      : holdsOn(primeField(PRIME), () => (word() % (PRIME - 1n)) + 1n, space, generators, property, rootModPrime)
  const passed = Array.from({ length: INSTANCES }, trial).every(Boolean)
  return { passed, method: rationals ? 'random exact rational jets' : 'random exact jets modulo 2^61-1', instances: INSTANCES }
}

/**
 * Whether a scalar or vector expression vanishes on random exact instances of the jets that satisfy the symmetries' constraints:
 * rational numbers up to second derivatives of f, their images modulo 2⁶¹−1 above.
 * A false identity of degree d passes one prime instance with probability below d/2⁶⁰ (Schwartz–Zippel).
 */
export function checkVanishes(x: Expr | Vector, space: Space, generators: readonly Vector[], seed = 1): InstanceCheck {
  const vanishes: InstanceProperty = (instance) =>
    'terms' in x && !('kind' in x) ? instance.vector(x).every((value) => instance.field.isZero(value)) : instance.field.isZero(instance.scalar(x))
  return checkProperty(vanishes, orderOf(x) <= 2 && !rooted(x), space, generators, seed)
}

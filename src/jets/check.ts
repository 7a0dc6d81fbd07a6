import { RATIONALS, primeField } from '../algebra/evaluate.js'
import { EULER } from '../algebra/build.js'
import { hasFractions } from '../algebra/exponent.js'
import type { Expr } from '../algebra/expr.js'
import { atomsOf, subexpressions } from '../algebra/calculus.js'
import type { Rational } from '../algebra/rational.js'
import { fractionOf, squareRoot } from '../algebra/residue.js'
import { Instance } from './instance.js'
import type { Space } from './space.js'
import type { Vector, VectorAtom } from './vector.js'
import { allVectorsIn, allVectorsOf, childrenOf, scalarsInPoints, vectorsIn } from './walk.js'

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
  return Math.max(here, ...childrenOf(a).map(orderOfAtom))
}

const orderOfScalar = (e: Expr): number => Math.max(0, ...vectorsIn(e).map(orderOfAtom))

const isVector = (x: Expr | Vector): x is Vector => 'terms' in x && !('kind' in x)

/** The highest derivative of f in an expression. */
export const orderOf = (x: Expr | Vector): number =>
  isVector(x) ? Math.max(0, ...x.terms.map((t) => Math.max(orderOfAtom(t.atom), orderOfScalar(t.coefficient)))) : orderOfScalar(x)

const INSTANCES = 3
/** Instances where a sign may be either: |x| = x on all of them for a wrong x once in 2⁴⁰. */
const SIGNED = 40
/**
 * The largest prime below 2⁶¹ for which all primes to 61 are squares and −1 is none: Legendre's symbol is the sign of small fractions, and √3 has a value.
 */
const PRIME = 2n ** 61n - 25_265_841n

const MODULAR = 'random exact jets modulo 2^61-25265841'

/** A property of an instance of the jets over any field of numbers. */
export type InstanceProperty = <T>(instance: Instance<T>) => boolean

/** Draws of instances before a property is given up: half of all residues have no square root. */
const MOST_DRAWS = 20_000

/** The root that is a square itself, so that roots multiply and √(x²) = |x|. @throws RangeError for a residue without a square root, so that the instance is drawn again. */
function rootModPrime(x: bigint): bigint {
  const root = squareRoot(x, PRIME)
  if (root === undefined) throw new RangeError('no square root modulo the prime')
  return root
}

/** The square roots in an expression. */
const rootsIn = (e: Expr): readonly Expr[] =>
  [...subexpressions(e)].flatMap((x) => (x.kind === 'product' ? x.factors.flatMap((f) => (f.exponent.kind === 'number' && f.exponent.value.den === 2n ? [f.base] : [])) : []))

/** Whether there are square roots of contractions, which have no rational value at a random instance. */
const rooted = (x: Expr | Vector): boolean =>
  (isVector(x) ? [...x.terms.map((t) => t.coefficient), ...scalarsInPoints(allVectorsOf(x))] : [x, ...scalarsInPoints(allVectorsIn(x))])
    .flatMap(rootsIn).some((base) => atomsOf(base).length > 0)

/** The coefficients and the functions of components in an expression. */
const formulasIn = (x: Expr | Vector): readonly Expr[] => {
  const [scalars, vectors] = isVector(x) ? [x.terms.map((t) => t.coefficient), allVectorsOf(x)] : [[x], allVectorsIn(x)]
  return [...scalars, ...vectors.flatMap((a) => (a.kind === 'elementwise' ? [a.body] : []))]
}

/** Whether there are any square roots. Two functions of components, or two coefficients, may have one as a product where it is no root any more. */
const hasRoots = (x: Expr | Vector): boolean => formulasIn(x).some((e) => rootsIn(e).length > 0)

/** Whether there are powers such as e^(x/2), whose relations are those of roots of e, which have no rational value. */
const hasRootsOfE = (x: Expr | Vector): boolean =>
  formulasIn(x).flatMap((e) => [...subexpressions(e)]).some((e) => e.kind === 'product' && e.factors.some((f) => f.base === EULER && f.exponent.kind !== 'number' && hasFractions(f.exponent)))

/** Whether there are sizes or signs of contractions, which are independent random numbers unless all else fails. */
const hasSizes = (x: Expr | Vector): boolean =>
  (isVector(x) ? x.terms.map((t) => t.coefficient) : [x]).flatMap((e) => [...subexpressions(e)]).some((e) => e.kind === 'call' && (e.name === 'abs' || e.name === 'sign') && atomsOf(e).length > 0)

/** Random instances, one after the other, each drawn once however many properties are checked on it. */
class Instances<T> {
  private readonly drawn: Instance<T>[] = []

  constructor(private readonly draw: () => Instance<T>) {}

  /** Whether a property holds on the first so many instances that do not divide by zero nor lack a root. */
  everyHas(property: (instance: Instance<T>) => boolean, wanted: number): boolean {
    let valid = 0
    for (let n = 0; valid < wanted; n += 1) {
      const instance = this.drawn[n] ?? this.draw()
      this.drawn[n] = instance
      try {
        if (!property(instance)) return false
        valid += 1
      } catch (error) {
        if (!(error instanceof RangeError) || n > MOST_DRAWS) throw error
      }
    }
    return true
  }
}

interface InstancesOf {
  readonly generators: readonly Vector[]
  readonly rational: Instances<Rational>
  readonly modular: Instances<bigint>
  /** Those in which roots of components are roots too, not random numbers. */
  readonly rooted: Instances<bigint>
}

const known = new WeakMap<Space, InstancesOf[]>()

function instancesOf(space: Space, generators: readonly Vector[]): InstancesOf {
  const ofSpace = known.get(space) ?? []
  const found = ofSpace.find((x) => x.generators.length === generators.length && x.generators.every((g, i) => g === generators[i]))
  if (found !== undefined) return found
  const next = uniform(1)
  const word = (): bigint => BigInt(Math.floor(next() * 2 ** 30)) * 2n ** 31n + BigInt(Math.floor(next() * 2 ** 31))
  const modular = (rootsOfComponents: boolean) =>
    new Instances(() => new Instance(primeField(PRIME), space, generators, () => (word() % (PRIME - 1n)) + 1n, rootModPrime, rootsOfComponents))
  const made = {
    generators,
    rational: new Instances(() => new Instance(RATIONALS, space, generators, Instance.rationals(next))),
    modular: modular(false),
    rooted: modular(true),
  }
  known.set(space, [...ofSpace, made])
  return made
}

/** Whether a property holds on random exact instances of the jets that satisfy the symmetries' constraints. */
export function checkProperty(property: InstanceProperty, rationals: boolean, space: Space, generators: readonly Vector[]): InstanceCheck {
  const { rational, modular } = instancesOf(space, generators)
  const passed = rationals ? rational.everyHas(property, INSTANCES) : modular.everyHas(property, INSTANCES)
  return { passed, method: rationals ? 'random exact rational jets' : MODULAR, instances: INSTANCES }
}

/** What is found on instances with roots; what has so many that hardly an instance has them all is not known. */
function withRoots<R>(find: (instances: Instances<bigint>) => R, { rooted }: InstancesOf): R | undefined {
  try {
    return find(rooted)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * Whether a scalar or vector expression vanishes on random exact instances of the jets that satisfy the symmetries' constraints:
 * rational numbers up to second derivatives of f, their images modulo a prime above.
 * Roots without a rational value are random numbers, and roots modulo the prime for what does not vanish so.
 * A false identity of degree d passes one prime instance with probability below d/2⁶⁰ (Schwartz–Zippel).
 */
export function checkVanishes(x: Expr | Vector, space: Space, generators: readonly Vector[]): InstanceCheck {
  const vanishes: InstanceProperty = (instance) =>
    isVector(x) ? instance.vector(x).every((value) => instance.field.isZero(value)) : instance.field.isZero(instance.scalar(x))
  const check = checkProperty(vanishes, orderOf(x) <= 2 && !rooted(x) && !hasRootsOfE(x), space, generators)
  const sized = hasSizes(x)
  if (check.passed || (!sized && !hasRoots(x))) return check
  const passed = withRoots((instances) => instances.everyHas(vanishes, sized ? SIGNED : INSTANCES), instancesOf(space, generators))
  return passed === true ? { ...check, passed, method: MODULAR, instances: sized ? SIGNED : INSTANCES } : check
}

/** The number c with x = c·y on random exact instances of the jets, if there is one; undefined where y vanishes too. Roots as for what is to vanish. */
export function ratioOnInstances(x: Expr, y: Expr, space: Space, generators: readonly Vector[]): Rational | undefined {
  const found = instancesOf(space, generators)
  const within = (instances: Instances<bigint>): Rational | undefined => {
    const ratios = new Set<bigint>()
    const isOne = instances.everyHas((instance) => {
      const below = instance.scalar(y)
      return below !== 0n && ratios.add((instance.scalar(x) * instance.field.inverse(below)) % PRIME).size === 1
    }, INSTANCES)
    const [ratio] = ratios
    return isOne && ratio !== undefined ? fractionOf(ratio, PRIME) : undefined
  }
  return within(found.modular) ?? (hasRoots(x) ? withRoots(within, found) : undefined)
}

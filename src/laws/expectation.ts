import { HALF, ONE, ZERO, add, atom, factorsOf, isZero, mul, num, pow, sub, termsOf } from '../algebra/build.js'
import { atomsOf, differentiate, mapAtoms, substitute, symbolsOf } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { readExpr } from '../algebra/read.js'
import { type InstanceCheck, checkProperty } from '../jets/check.js'
import { type Contraction, asContraction, dot, isolate, occursIn } from '../jets/contraction.js'
import { ONES } from '../jets/elementwise.js'
import { BASIS } from '../jets/lossJets.js'
import { deriveScalar, directional } from '../jets/leibniz.js'
import { simplifyScalar } from '../jets/simplify.js'
import type { Space } from '../jets/space.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { type VectorAtom, ZERO_VECTOR, indicator, scaleVector, variable, variableAtom, vectorOf } from '../jets/vector.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import { mentions } from './gradientVariable.js'

/** Two directions that no rule has. */
const [X, Y] = [variable('_x'), variable('_y')]
const [X_ATOM, Y_ATOM] = [variableAtom('_x'), variableAtom('_y')]

const holds = (o: Opaque, needle: typeof X_ATOM): boolean => {
  const c = asContraction(o)
  return c !== undefined && (occursIn(needle, c.left) || occursIn(needle, c.right))
}

/** The trace of ⟨x, A y⟩: the number of parameters on a set for its projector; else it stands as ⟨ξ, Aξ⟩, ξ twice for its covariance. */
function traceOf(c: Contraction, noise: string): Expr {
  const found = isolate(c, X_ATOM)
  if (found?.rest.kind === 'apply' && found.rest.operator.kind === 'projector' && found.rest.argument === Y_ATOM) {
    const one = indicator(found.rest.operator)
    return mul(found.sign, dot(one, one))
  }
  // ⟨Ax, By⟩ summed over components is ⟨A1, B1⟩ for A and B that only scale components.
  if ([c.left, c.right].every(scalesComponents)) return replaceInScalar(atom(c), byName({ _x: ONES, _y: ONES }))
  return replaceInScalar(atom(c), byName({ _x: variable(noise), _y: variable(noise) }))
}

const isDirection = (a: VectorAtom): boolean => a === X_ATOM || a === Y_ATOM
const holdsDirection = (a: VectorAtom): boolean => occursIn(X_ATOM, a) || occursIn(Y_ATOM, a)

/** Whether a vector is a direction times a number on each component: projections of it, and products of it with functions of components. */
function scalesComponents(a: VectorAtom): boolean {
  if (isDirection(a)) return true
  if (a.kind === 'apply') return a.operator.kind === 'projector' && scalesComponents(a.argument)
  if (a.kind !== 'elementwise') return false
  const moving = a.args.flatMap((x, i) => (holdsDirection(x) ? [{ x, name: `_${i}` }] : []))
  const isLinear = moving.every(({ name }) => isZero(differentiate(differentiate(a.body, name), name)))
  return moving.length === 1 && isLinear && moving.every(({ x }) => scalesComponents(x)) && isZero(substitute(a.body, Object.fromEntries(moving.map(({ name }) => [name, ZERO]))))
}

/** One term of a bilinear form summed over the components of x = y: ⟨a, x⟩⟨b, y⟩ gives ⟨a, b⟩. */
function summed(term: Expr, noise: string): Expr {
  const both = atomsOf(term).find((o) => holds(o, X_ATOM) && holds(o, Y_ATOM))
  const asNoise = (e: Expr): Expr => replaceInScalar(e, byName({ _x: variable(noise), _y: variable(noise) }))
  const without = (...opaques: readonly Opaque[]): Expr => mul(...factorsOf(term).filter((f) => !(f.base.kind === 'atom' && opaques.includes(f.base.opaque))).map((f) => pow(f.base, f.exponent)))
  const contraction = both === undefined ? undefined : asContraction(both)
  if (both !== undefined && contraction !== undefined) return mul(without(both), traceOf(contraction, noise))
  const [first, second] = [X_ATOM, Y_ATOM].map((needle) => {
    const opaque = atomsOf(term).find((o) => holds(o, needle))
    const c = opaque === undefined ? undefined : asContraction(opaque)
    const found = c === undefined ? undefined : isolate(c, needle)
    return opaque === undefined || found === undefined ? undefined : { opaque, ...found }
  })
  if (first === undefined || second === undefined) return asNoise(term)
  return mul(without(first.opaque, second.opaque), first.sign, second.sign, dot(vectorOf(first.rest), vectorOf(second.rest)))
}

/** What the covariance of one noise makes of the mean of a quantity that is quadratic in it: ½ΣᵢD²e[eᵢ, eᵢ]; undefined where it is not. */
function covarianceOfOne(e: Expr, noise: string, noises: ReadonlySet<string>): Expr | undefined {
  const along = (x: Expr, direction: typeof X): Expr => deriveScalar(x, directional(noise, 0, direction))
  const form = along(along(e, X), Y)
  if (mentions(form, noises)) return undefined
  const terms = termsOf(expand(form)).map(({ coefficient, factor }) => mul(num(coefficient), summed(factor, noise)))
  return mul(HALF, add(...terms))
}

/**
 * The mean of a scalar over injected noise, independent standard normal vectors: E[ξᵢ] = 0, E[ξᵢξⱼ] = δᵢⱼ. |ξ_B|² becomes |1_B|², the number of parameters
 * in B; where an operator other than a projector stands between, noise twice stands for its covariance, the identity.
 * @returns undefined where the scalar is not quadratic in the noise
 */
export function meanOverInjected(e: Expr, noises: readonly string[]): Expr | undefined {
  const names = new Set(noises)
  if (noises.length === 0 || !mentions(e, names)) return e
  const parts = noises.map((noise) => covarianceOfOne(e, noise, names))
  const none = replaceInScalar(e, byName(Object.fromEntries(noises.map((name) => [name, ZERO_VECTOR]))))
  if (mentions(none, names) || !parts.every((x) => x !== undefined)) return undefined
  return simplifyScalar(add(none, ...parts))
}

/**
 * The mean against the sum over coordinate directions ½Σᵢ(e(ξ = eᵢ) + e(ξ = −eᵢ)) − (n − 1)·e(0), what a quadratic e is on average over noise of unit
 * covariance, on random exact instances; in the mean it is taken of what noise is left twice.
 */
export function expectationCheck(e: Expr, mean: Expr, noises: readonly string[], { space, generator }: Pick<Symmetry, 'space' | 'generator'>): InstanceCheck {
  const none = Object.fromEntries(noises.map((name) => [name, ZERO_VECTOR]))
  return checkProperty((instance) => {
    const n = instance.maps.dimension
    const averaged = (x: Expr): Expr => {
      const at = (noise: string, i: number, sign: Expr): Expr => replaceInScalar(x, byName({ ...none, [noise]: scaleVector(sign, variable(`${BASIS}${i}`)) }))
      const moved = noises.flatMap((noise) => Array.from({ length: n }, (_, i) => [at(noise, i, ONE), at(noise, i, num(-1))]).flat())
      return add(mul(HALF, add(...moved)), mul(num(1 - noises.length * n), replaceInScalar(x, byName(none))))
    }
    return instance.field.isZero(instance.scalar(sub(averaged(e), averaged(mean))))
  }, false, space, [generator])
}

/** The numbers of parameters in blocks whose sizes are known, e.g. d*h, unless a size has the name of a number of the rule. */
export function withSizes(e: Expr, { blocks }: Pick<Space, 'blocks'>, taken: readonly string[]): Expr {
  const sizeOf = (members: readonly string[]): Expr | undefined => {
    const sizes = members.map((name) => blocks[name]?.map((size) => readExpr(String(size))))
    if (sizes.some((shape) => shape === undefined || shape.some((size) => [...symbolsOf(size)].some((symbol) => taken.includes(symbol))))) return undefined
    return add(...sizes.map((shape = []) => mul(...shape)))
  }
  return mapAtoms(e, (o) => {
    const c = asContraction(o)
    const size = c?.left.kind === 'indicator' && c.left === c.right ? sizeOf(c.left.set.members) : undefined
    return size ?? atom(o)
  })
}

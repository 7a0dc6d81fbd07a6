import { ONE, ZERO, add, atom as opaqueAtom, div, isZero, mul, neg, num, sub } from '../algebra/build.js'
import { atomsOf, mapAtoms, substitute } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { collectContractions } from './collect.js'
import { type Contraction, asContraction, cutsOf, dot } from './contraction.js'
import { coefficientOfOpaque, deriveScalar, directional, strip } from './leibniz.js'
import { byName, replaceInScalar, scalarAt } from './substitute.js'
import { type Field, LOSS, fieldKey, isLossAnywhere } from './field.js'
import {
  type Vector, type VectorAtom, type VectorTerm, GRADIENT, coefficientOf, combine, fieldAt, isZeroVector, scaleVector, subVectors, tensor, variable, vectorOf,
} from './vector.js'

/** The variable that stands for the i-th direction of a constraint, from 1. */
export const slotName = (i: number): string => `_y${i}`
const slots = (n: number): readonly Vector[] => Array.from({ length: n }, (_, i) => variable(slotName(i + 1)))

/** The term of a generator that the rewrite rules eliminate: one with a numeric coefficient, else the most structured. */
function leadOf(generator: Vector): VectorAtom | undefined {
  const structure = { tensor: 3, apply: 2, indicator: 1, variable: 0, elementwise: 0 } as const
  const rank = (t: VectorTerm): number => structure[t.atom.kind] + (t.coefficient.kind === 'number' ? 4 : 0)
  return generator.terms.reduce<VectorTerm | undefined>((x, y) => (x === undefined || rank(y) > rank(x) ? y : x), undefined)?.atom
}

/** A combination of generators, with the term of it that is eliminated. */
interface Solved {
  readonly generator: Vector
  readonly lead: VectorAtom
  readonly parts: readonly (readonly [Expr, Vector])[]
}

type Combination = Omit<Solved, 'lead'>

const scaled = (c: Expr, { generator, parts }: Combination): Combination => ({
  generator: scaleVector(c, generator),
  parts: parts.map(([d, x]) => [mul(c, d), x] as const),
})
const less = (x: Combination, y: Combination): Combination => ({
  generator: subVectors(x.generator, y.generator),
  parts: [...x.parts, ...scaled(num(-1), y).parts],
})
const without = (x: Combination, { lead, ...s }: Solved): Combination => (isZero(coefficientOf(x.generator, lead)) ? x : less(x, scaled(coefficientOf(x.generator, lead), s)))

/** Generators as they are at a point in echelon form: each lead has coefficient one and occurs in no other generator. */
function echelon(generators: readonly Vector[], at: Field['at']): readonly Solved[] {
  let solved: readonly Solved[] = []
  for (const given of generators) {
    const rest = solved.reduce<Combination>(without, { generator: generatorAt(given, at), parts: [[ONE, given]] })
    const lead = leadOf(rest.generator)
    if (lead === undefined) continue
    const found = { ...scaled(div(ONE, coefficientOf(rest.generator, lead)), rest), lead }
    solved = [...solved.map((s) => ({ ...without(s, found), lead: s.lead })), found]
  }
  return solved
}

/** A generator where the jets of the loss are taken. */
export const generatorAt = (generator: Vector, at: Field['at']): Vector => (at === undefined ? generator : strip(scalarAt(dot(variable(PROBE), generator), at), PROBE))

const PROBE = '_z'
const formAt = (at: Field['at'], args: readonly Vector[]): Vector => tensor(at === undefined ? LOSS : fieldAt(LOSS, at), args, [], true)

/**
 * The loss symmetry f(ψ_α(θ)) = f(θ) as oriented rewrite rules on the jets of f, for every order: the constraint ⟨g, ξ⟩ = 0
 * is differentiated along fresh directions and solved for the term that contains the generator's lead.
 * Each application removes one lead from under a derivative of f, so rewriting terminates.
 */
export class SymmetryRules {
  private readonly solved = new Map<string, readonly Solved[]>()
  private readonly rules = new Map<string, Expr>()
  private readonly reduced = new Map<string, Expr>()

  /** @param generators ξ as vectors in θ (affine or through a vector field's jets). */
  constructor(readonly generators: readonly Vector[]) {}

  private solvedAt(at: Field['at']): readonly Solved[] {
    const key = at === undefined ? '' : fieldKey(fieldAt(LOSS, at))
    const known = this.solved.get(key) ?? echelon(this.generators, at)
    this.solved.set(key, known)
    return known
  }

  /** Dⁿ⁻¹ of ⟨g, ξ⟩ along n−1 slots `_y1`, `_y2`, … at θ, or at another point: vanishes identically. */
  static constraint(generator: Vector, order: number, at?: Field['at']): Expr {
    const first = dot(GRADIENT, generator)
    const atTheta = slots(order - 1).reduce((c, y) => collectContractions(deriveScalar(c, directional('theta', 0, y))), first)
    return at === undefined ? atTheta : collectContractions(scalarAt(atTheta, at))
  }

  /** The constraint of that order as a vector identity (its last slot stripped), for order 2 and up. */
  static vectorConstraint(generator: Vector, order: number): Vector {
    return strip(SymmetryRules.constraint(generator, order), slotName(order - 1))
  }

  /** What Dⁿf(lead, y₁, …, yₙ₋₁) equals. */
  private rule(s: Solved, order: number, at: Field['at']): Expr {
    const key = `${s.lead.key} ${order} ${at === undefined ? '' : fieldKey(fieldAt(LOSS, at))}`
    const known = this.rules.get(key)
    if (known !== undefined) return known
    const eliminated = dot(formAt(at, slots(order - 1)), vectorOf(s.lead))
    const whole = collectContractions(add(...s.parts.map(([c, x]) => mul(c, SymmetryRules.constraint(x, order, at)))))
    // The coefficient of the lead is one, but need not look so where points or generators hold contractions: the term is taken out as a whole.
    const [leading] = atomsOf(eliminated)
    const left = leading === undefined ? whole : substitute(whole, new Map([[opaqueAtom(leading), ZERO]]))
    const factor = leading === undefined ? ONE : div(coefficientOfOpaque(whole, leading), coefficientOfOpaque(eliminated, leading))
    const made = collectContractions(neg(div(left, factor)))
    this.rules.set(key, made)
    return made
  }

  private reduceContraction(c: Contraction): Expr {
    const known = this.reduced.get(c.key)
    if (known !== undefined) return known
    const made = this.rewriteOnce(c)
    const result = made === undefined ? opaqueAtom(c) : this.scalar(made)
    this.reduced.set(c.key, result)
    return result
  }

  private rewriteOnce(c: Contraction): Expr | undefined {
    for (const cut of cutsOf(c.left, c.right)) {
      const node = cut.left
      if (node.kind !== 'tensor' || !isLossAnywhere(node.field)) continue
      const { at } = node.field
      const children = [...node.along, cut.right]
      for (const s of this.solvedAt(at)) {
        const place = children.indexOf(s.lead)
        if (place < 0) continue
        const others = children.filter((_, i) => i !== place)
        const filling = Object.fromEntries(others.map((x, i) => [slotName(i + 1), vectorOf(x)]))
        return mul(cut.sign, replaceInScalar(this.rule(s, children.length, at), byName(filling)))
      }
    }
    return undefined
  }

  /** Normal form of a scalar modulo the symmetry. */
  scalar(e: Expr): Expr {
    const reduced = mapAtoms(e, (o) => {
      const c = asContraction(o)
      return c === undefined ? opaqueAtom(o) : this.reduceContraction(c)
    })
    return reduced === e ? e : collectContractions(reduced)
  }

  /** Normal form of a vector modulo the symmetry. */
  vector(x: Vector): Vector {
    if (isZeroVector(x)) return x
    return combine(x.terms.map((t) => [this.scalar(t.coefficient), this.atom(t.atom)] as const))
  }

  private atom(a: VectorAtom): Vector {
    const probe = dot(variable(PROBE), vectorOf(a))
    const reduced = this.scalar(probe)
    return isZero(sub(reduced, probe)) ? vectorOf(a) : strip(reduced, PROBE)
  }
}


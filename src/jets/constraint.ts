import { ONE, atom as opaqueAtom, div, isZero, mul, neg, sub } from '../algebra/build.js'
import { mapAtoms } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { collectContractions } from './collect.js'
import { type Contraction, asContraction, cutsOf, dot } from './contraction.js'
import { deriveScalar, directional, strip } from './leibniz.js'
import { byName, replaceInScalar } from './substitute.js'
import {
  type Vector, type VectorAtom, type VectorTerm, GRADIENT, coefficientOf, combine, gradientForm, isLoss, isZeroVector, scaleVector, subVectors, variable, vectorOf,
} from './vector.js'

const slotName = (i: number): string => `_y${i}`
const slots = (n: number): readonly Vector[] => Array.from({ length: n }, (_, i) => variable(slotName(i + 1)))

/** The term of a generator that the rewrite rules eliminate: one with a numeric coefficient, else the most structured. */
function leadOf(generator: Vector): VectorAtom | undefined {
  const structure = { tensor: 3, apply: 2, indicator: 1, variable: 0, elementwise: 0 } as const
  const rank = (t: VectorTerm): number => structure[t.atom.kind] + (t.coefficient.kind === 'number' ? 4 : 0)
  return generator.terms.reduce<VectorTerm | undefined>((x, y) => (x === undefined || rank(y) > rank(x) ? y : x), undefined)?.atom
}

interface Solved {
  readonly generator: Vector
  readonly lead: VectorAtom
}

/** Generators in echelon form: each lead has coefficient one and occurs in no other generator. */
function echelon(generators: readonly Vector[]): readonly Solved[] {
  let solved: readonly Solved[] = []
  for (const given of generators) {
    const rest = solved.reduce((x, s) => subVectors(x, scaleVector(coefficientOf(x, s.lead), s.generator)), given)
    const lead = leadOf(rest)
    if (lead === undefined) continue
    const generator = scaleVector(div(ONE, coefficientOf(rest, lead)), rest)
    const cleared = solved.map((s) => ({
      lead: s.lead,
      generator: subVectors(s.generator, scaleVector(coefficientOf(s.generator, lead), generator)),
    }))
    solved = [...cleared, { generator, lead }]
  }
  return solved
}

/**
 * The loss symmetry f(ψ_α(θ)) = f(θ) as oriented rewrite rules on the jets of f, for every order: the constraint ⟨g, ξ⟩ = 0
 * is differentiated along fresh directions and solved for the term that contains the generator's lead.
 * Each application removes one lead from under a derivative of f, so rewriting terminates.
 */
export class SymmetryRules {
  private readonly solved: readonly Solved[]
  private readonly rules = new Map<string, Expr>()
  private readonly reduced = new Map<string, Expr>()

  /** @param generators ξ as vectors in θ (affine or through a vector field's jets). */
  constructor(readonly generators: readonly Vector[]) {
    this.solved = echelon(generators)
  }

  /** Dⁿ⁻¹ of ⟨g, ξ⟩ along n−1 slots `_y1`, `_y2`, …: vanishes identically. */
  static constraint(generator: Vector, order: number): Expr {
    const first = dot(GRADIENT, generator)
    return slots(order - 1).reduce((c, y) => collectContractions(deriveScalar(c, directional('theta', 0, y))), first)
  }

  /** The constraint of that order as a vector identity (its last slot stripped), for order 2 and up. */
  static vectorConstraint(generator: Vector, order: number): Vector {
    return strip(SymmetryRules.constraint(generator, order), slotName(order - 1))
  }

  /** What Dⁿf(lead, y₁, …, yₙ₋₁) equals. */
  private rule(s: Solved, order: number): Expr {
    const key = `${s.lead.key} ${order}`
    const known = this.rules.get(key)
    if (known !== undefined) return known
    const eliminated = dot(gradientForm(...slots(order - 1)), vectorOf(s.lead))
    const made = collectContractions(neg(sub(SymmetryRules.constraint(s.generator, order), eliminated)))
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
      if (node.kind !== 'tensor' || !isLoss(node.field)) continue
      const children = [...node.along, cut.right]
      for (const s of this.solved) {
        const at = children.indexOf(s.lead)
        if (at < 0) continue
        const others = children.filter((_, i) => i !== at)
        const filling = Object.fromEntries(others.map((x, i) => [slotName(i + 1), vectorOf(x)]))
        return mul(cut.sign, replaceInScalar(this.rule(s, children.length), byName(filling)))
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
    const probe = dot(variable('_z'), vectorOf(a))
    const reduced = this.scalar(probe)
    return isZero(sub(reduced, probe)) ? vectorOf(a) : strip(reduced, '_z')
  }
}


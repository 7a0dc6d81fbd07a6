import { add, isZero, mul, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { SymmetryRules } from '../jets/constraint.js'
import type { Field } from '../jets/field.js'
import { simplifyScalar } from '../jets/simplify.js'
import { type Rebuilding, byName, rebuildScalar, rebuildVector, replaceInVector } from '../jets/substitute.js'
import { type Vector, fieldAt, variable } from '../jets/vector.js'
import { pointsOf } from '../jets/walk.js'
import { holdsNext } from '../rules/implicit.js'
import { type Rule, nextName } from '../rules/model.js'
import { writtenOut } from '../rules/writtenOut.js'
import type { Budget } from './budget.js'
import type { DiscreteSystem, Row } from './discrete.js'
import { expandIn } from './eliminate.js'

/**
 * A rule whose step is an equation, θ' = U(θ, g(φ)) with φ made of θ and θ', with the points φ left open: in vectors and contractions θ' is written out, in what the
 * gradient is taken at it is not. What ties them together is what the symmetry says at φ, ⟨g(φ), ξ(φ)⟩ = 0 with φ written out in θ and g(φ) itself: for the implicit
 * midpoint, φ = θ − η/2·g(φ), this is ⟨g(φ), ξ(θ)⟩ = η/2·⟨g(φ), A g(φ)⟩ for a linear ξ = Aθ.
 */
export interface Opened {
  readonly rule: Rule
  /** Reduces by the symmetry at θ and at the points. */
  readonly rules: Pick<SymmetryRules, 'scalar'>
  /** A scalar less the multiples of the points' constraints in it: it vanishes identically where the scalar vanishes by them. */
  readonly certified: (e: Expr) => Expr
  /** The same laws with the points as they are. */
  readonly discrete: (system: DiscreteSystem) => DiscreteSystem
  readonly budget: (budget: Budget) => Budget
}

/** The symmetry at an open point: ⟨g(φ), ξ(φ)⟩ with φ written out, but for where the gradient is taken. */
function constraintAt(name: string, point: Vector, generator: Vector): Expr {
  const [open] = variable(name).terms
  return rebuildScalar(SymmetryRules.constraint(generator, 1, { name, point: variable(name) }), { whole: (a) => (a === open?.atom ? point : undefined) })
}

/** The constraints of several points, each without what those before it determine. */
const independent = (constraints: readonly Expr[]): readonly Expr[] =>
  constraints.reduce<readonly Expr[]>((known, e) => {
    const { rest } = expandIn(e, known)
    return isZero(rest) ? known : [...known, rest]
  }, [])

/** Fields with their jets at other points; what stands in a point that stays, as in msign(g(φ) − g), has the others too. */
function atPoints(other: (at: NonNullable<Field['at']>) => Vector | undefined): Rebuilding {
  const moved: Rebuilding = {
    field: (field) => (field.at === undefined ? field : fieldAt(field, { ...field.at, point: other(field.at) ?? rebuildVector(field.at.point, moved) })),
  }
  return moved
}

/** The rule of a step that is an equation with its points left open. */
export function openedRule(given: Rule, generator: Vector, base: SymmetryRules): Opened {
  const points = new Map(given.updates.flatMap((u) => pointsOf(u.value)).filter((at) => holdsNext(at.point)).map((at) => [at.name, at.point] as const))
  const opening = atPoints(({ name }) => (points.has(name) ? variable(name) : undefined))
  const closing = atPoints(({ name }) => points.get(name))
  const rule: Rule = { ...given, updates: given.updates.map((u) => ({ name: u.name, value: rebuildVector(u.value, opening) })) }
  const after = byName(Object.fromEntries([...writtenOut(rule)].map(([name, x]) => [nextName(name), x])))
  const constraints = independent([...points].map(([name, point]) => simplifyScalar(base.scalar(simplifyScalar(constraintAt(name, replaceInVector(rebuildVector(point, opening), after), generator))))))
  const closed = (e: Expr): Expr => rebuildScalar(e, closing)
  const row = ({ contraction, coefficients, drives }: Row): Row => ({ contraction, coefficients, drives: drives.map((d) => ({ ...d, drive: closed(d.drive) })) })
  return {
    rule,
    rules: { scalar: (e) => expandIn(base.scalar(e), constraints).rest },
    certified: (e) => sub(e, add(...expandIn(simplifyScalar(e), constraints).coefficients.map((c, i) => mul(c, constraints[i] ?? e)))),
    discrete: (system) => ({ ...system, next: closed(system.next), rows: system.rows.map(row), writtenOut: system.writtenOut?.map(row) }),
    budget: (budget) => ({ ...budget, terms: budget.terms.map((t) => ({ ...t, change: closed(t.change) })) }),
  }
}

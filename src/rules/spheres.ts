import { ONE, ZERO, add, div, sub, sym, symbolsOf } from '../algebra/build.js'
import { atomsOf } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { toText } from '../algebra/print.js'
import { type Contraction, asContraction, norm2 } from '../jets/contraction.js'
import { type Operator, projector } from '../jets/operator.js'
import { simplifyScalar, simplifyVector } from '../jets/simplify.js'
import { substituteScalars } from '../jets/substitute.js'
import { THETA, THETA_ATOM, type Vector, addVectors, apply, coefficientOf, isZeroVector, scaleVector, subVectors } from '../jets/vector.js'
import { scalarsOf } from '../jets/walk.js'
import type { Rule } from './model.js'
import { unlessSingular } from './series.js'
import { writtenOut } from './writtenOut.js'

/** The blocks of a contraction |θ_B|², none for |θ|²; undefined for another one. */
function normOfTheta({ left, right }: Contraction): readonly string[] | undefined {
  if (left === THETA_ATOM && right === THETA_ATOM) return []
  const [part] = [left, right].flatMap((a) => (a.kind === 'apply' && a.operator.kind === 'projector' && a.argument === THETA_ATOM ? [a] : []))
  return part?.operator.kind === 'projector' && [left, right].every((a) => a === part || a === THETA_ATOM) ? part.operator.members : undefined
}

/** A part of a vector; all of it for no blocks. */
const partOf = (members: readonly string[], x: Vector): Vector => (members.length === 0 ? x : apply(blocks(members), x))
const blocks = (members: readonly string[]): Operator => projector(members.join('_'), members)

/** What the norm of a part of θ is after every step, wherever θ was before; undefined where it depends on that. */
function normAfterStep(members: readonly string[], next: Vector): Expr | undefined {
  const after = simplifyScalar(norm2(partOf(members, next)))
  return atomsOf(after).length > 0 || symbolsOf(after).has('k') || symbolsOf(after).has('eta') ? undefined : after
}

const AT_ZERO = new Map([[sym('eta'), ZERO]])

/** A part of θ that every step brings back to a sphere |θ_B|² = r². */
interface Sphere {
  readonly members: readonly string[]
  /** r². */
  readonly value: Expr
  /** r/|θ_B|, by which the step takes this part as eta vanishes. */
  readonly factor: Expr
}

/** What a part of θ is multiplied by in a vector without others. */
const factorOn = (members: readonly string[], x: Vector): Expr =>
  add(coefficientOf(x, THETA_ATOM), ...partOf(members, THETA).terms.map(({ atom }) => (atom === THETA_ATOM ? ZERO : coefficientOf(x, atom))))

/** The parts of θ that every step ends with a norm of its own for, wherever they were; none where θ stands still as eta vanishes. */
function spheresOf(rule: Rule): readonly Sphere[] {
  const next = writtenOut(rule).get('theta') ?? THETA
  const still = unlessSingular(() => simplifyVector(substituteScalars(next, AT_ZERO)))
  if (still === undefined || isZeroVector(subVectors(still, THETA))) return []
  const norms = scalarsOf(still).flatMap(atomsOf).flatMap((o) => asContraction(o) ?? []).flatMap((c) => { const members = normOfTheta(c); return members === undefined ? [] : [members] })
  const parts = [...new Map(norms.map((members) => [members.join(), members])).values()]
  const among = (candidates: typeof parts): readonly Sphere[] =>
    candidates.flatMap((members) => {
      const value = normAfterStep(members, next)
      return value === undefined ? [] : [{ members, value, factor: factorOn(members, still) }]
    })
  const apart = among(parts)
  return apart.length > 0 || parts.length < 2 ? apart : among([[...new Set(parts.flat())].sort()])
}

/**
 * A rule every step of which ends on a sphere |θ_B|² = r², as (θ − ηg)/|θ − ηg| does, moves θ by a finite amount only in its first step. From then on it
 * is the rule whose step ends at the norm that θ_B had before, and this one has an expansion in η.
 * @returns the rule on its spheres, and what holds there; undefined where there is none
 */
export function onSpheres(rule: Rule): { readonly rule: Rule; readonly conditions: readonly string[] } | undefined {
  if (rule.dual !== undefined || rule.implicit || rule.matrices.length > 0) return undefined
  const spheres = spheresOf(rule)
  if (spheres.length === 0) return undefined
  const moved = (members: readonly string[]): readonly string[] => (rule.covered.length > 0 && rule.covered.every((b) => members.includes(b)) ? [] : members)
  const kept = (x: Vector): Vector => spheres.reduce((y, { members, factor }) => addVectors(y, scaleVector(sub(div(ONE, factor), ONE), partOf(moved(members), y))), x)
  const conditions = spheres.map(({ members, value }) => `${toText(norm2(partOf(members, THETA)))} = ${toText(value)}, as after every step`)
  return { rule: { ...rule, updates: rule.updates.map((u) => (u.name === 'theta' ? { name: u.name, value: simplifyVector(kept(u.value)) } : u)) }, conditions }
}

import { ONE, ZERO, add, atom, div, isZero, sub, sym, symbolsOf } from '../algebra/build.js'
import { atomsOf, mapAtoms } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { toText } from '../algebra/print.js'
import { type Contraction, asContraction, dot, norm2 } from '../jets/contraction.js'
import { type Operator, projector } from '../jets/operator.js'
import { simplifyScalar, simplifyVector } from '../jets/simplify.js'
import { substituteScalars } from '../jets/substitute.js'
import { THETA, THETA_ATOM, type Vector, addVectors, apply, coefficientOf, isZeroVector, scaleVector, subVectors, vectorOf } from '../jets/vector.js'
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

/** Parts of θ, none of which has a block of another. */
type Parts = readonly (readonly string[])[]

const sizeOf = (parts: Parts, x: Vector): Expr => add(...parts.map((members) => norm2(partOf(members, x))))

/** Whether parts are all parameters there are. */
const areAll = (parts: Parts, { covered }: Rule): boolean => covered.length > 0 && covered.every((b) => parts.flat().includes(b))

/** |x|² with what θ takes part in as a sum over parts that are all parameters, as a rule for these has it. */
const wholeSize = (parts: Parts, x: Vector): Expr =>
  mapAtoms(norm2(x), (o) => {
    const c = asContraction(o)
    return c === undefined || ![c.left, c.right].includes(THETA_ATOM) ? atom(o) : add(...parts.map((members) => dot(partOf(members, vectorOf(c.left)), vectorOf(c.right))))
  })

/** What the norm of parts of θ together is after every step, wherever θ was before; undefined where it depends on that. */
function sizeAfterStep(parts: Parts, next: Vector, rule: Rule): Expr | undefined {
  const after = simplifyScalar(areAll(parts, rule) ? wholeSize(parts, next) : sizeOf(parts, next))
  return atomsOf(after).length > 0 || symbolsOf(after).has('k') || symbolsOf(after).has('eta') ? undefined : after
}

const AT_ZERO = new Map([[sym('eta'), ZERO]])

/** Parts of θ that every step brings back to a sphere |θ_B|² = r². */
interface Sphere {
  readonly parts: Parts
  /** r². */
  readonly value: Expr
  /** r/|θ_B|, by which the step takes these parts as eta vanishes. */
  readonly factor: Expr
}

/** What a part of θ is multiplied by in a vector without others. */
const factorOn = (members: readonly string[], x: Vector): Expr =>
  add(coefficientOf(x, THETA_ATOM), ...partOf(members, THETA).terms.map(({ atom }) => (atom === THETA_ATOM ? ZERO : coefficientOf(x, atom))))

/** The spheres that every step ends on, wherever θ was; none where θ stands still as eta vanishes. */
function spheresOf(rule: Rule): readonly Sphere[] {
  const next = rule.updates.find((u) => u.name === 'theta')?.value ?? THETA
  const still = unlessSingular(() => simplifyVector(substituteScalars(writtenOut(rule).get('theta') ?? THETA, AT_ZERO)))
  if (still === undefined || isZeroVector(subVectors(still, THETA))) return []
  const norms = scalarsOf(still).flatMap(atomsOf).flatMap((o) => asContraction(o) ?? []).flatMap((c) => { const members = normOfTheta(c); return members === undefined ? [] : [members] })
  const all = [...new Map(norms.map((members) => [members.join(), members])).values()]
  const among = (candidates: readonly Parts[]): readonly Sphere[] =>
    candidates.flatMap((parts) => {
      const [factor = ONE, ...others] = parts.map((members) => factorOn(members, still))
      const value = others.every((other) => isZero(sub(other, factor))) ? sizeAfterStep(parts, next, rule) : undefined
      return value === undefined ? [] : [{ parts, value, factor }]
    })
  const apart = among(all.map((members) => [members]))
  return apart.length > 0 || all.length < 2 ? apart : among([all])
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
  const moved = (parts: Parts): readonly string[] => (areAll(parts, rule) ? [] : parts.flat().sort())
  const kept = (x: Vector): Vector => spheres.reduce((y, { parts, factor }) => addVectors(y, scaleVector(sub(div(ONE, factor), ONE), partOf(moved(parts), y))), x)
  const conditions = spheres.map(({ parts, value }) => `${toText(sizeOf(parts, THETA))} = ${toText(value)}, as after every step`)
  return { rule: { ...rule, updates: rule.updates.map((u) => (u.name === 'theta' ? { name: u.name, value: simplifyVector(kept(u.value)) } : u)) }, conditions }
}

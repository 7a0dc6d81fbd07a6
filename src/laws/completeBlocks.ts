import { add, atom, isZero, sub } from '../algebra/build.js'
import { atomsOf, mapAtoms } from '../algebra/calculus.js'
import type { Expr } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { type Contraction, asContraction, dot, norm2 } from '../jets/contraction.js'
import { writeScalar } from '../jets/notation.js'
import { type ProjectorOperator, projector } from '../jets/operator.js'
import { simplifyScalar } from '../jets/simplify.js'
import { rebuildVector } from '../jets/substitute.js'
import { THETA, THETA_ATOM, type VectorAtom, apply, vectorOf } from '../jets/vector.js'
import { scalarsOf } from '../jets/walk.js'
import type { Rule } from '../rules/rule.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import { potentialCharge } from './charge.js'
import type { Step } from './derivation.js'
import { expandIn } from './eliminate.js'

const membersOf = (a: VectorAtom): readonly string[] =>
  a.kind === 'apply' && a.operator.kind === 'projector' ? a.operator.members : a.kind === 'indicator' ? a.set.members : []

/**
 * The sets Σ P_B = 1 that contractions of whole vectors are taken apart by: the blocks that the generator has together, and each other one.
 * @returns none where that says nothing of the charge: |θ|² = |u|² + |a|² is not |u|² − |a|² and what the charge does not hold
 */
function setsOf(symmetry: Symmetry): readonly ProjectorOperator[] {
  const blocks = Object.keys(symmetry.space.blocks)
  const together = symmetry.generator.terms.map(({ atom: a }) => membersOf(a)).filter((members) => members.length > 0)
  const rest = blocks.filter((b) => !together.some((members) => members.includes(b)))
  const sets = [...together.map((members) => projector(members.join('_'), members)), ...rest.map((b) => projector(b))]
  if (sets.length === 1) return sets
  const charge = potentialCharge(symmetry)?.charge
  const size = add(...sets.map((set) => norm2(apply(set, THETA))))
  if (charge === undefined) return []
  const { coefficients: [part], rest: others } = expandIn(size, [charge])
  return part === undefined || isZero(part) || atomsOf(others).some((o) => atomsOf(charge).includes(o)) ? [] : sets
}

/** A contraction by sets of blocks; of several sets only what θ takes part in, as the charge is made of it. */
function apart(c: Contraction, sets: readonly ProjectorOperator[]): Expr {
  const whole = dot(vectorOf(c.left), vectorOf(c.right))
  if (sets.length > 1 && ![c.left, c.right].includes(THETA_ATOM)) return whole
  return add(...sets.map((set) => dot(apply(set, vectorOf(c.left)), vectorOf(c.right))))
}

/**
 * A rule with the contractions of all parameters in its updates written by blocks, for blocks that are all parameters there are:
 * `norm2(theta)` is `norm2(theta_w)` where w is the only one, and `norm2(theta_w) + norm2(theta_a)` beside another.
 * @returns the rule, and the step that says so; no step where nothing is to be said
 */
export function byCompleteBlocks(rule: Rule, symmetry: Symmetry): { readonly rule: Rule; readonly steps: readonly Step[] } {
  const scalars = rule.updates.flatMap((u) => scalarsOf(u.value))
  if (!scalars.some((e) => atomsOf(e).length > 0)) return { rule, steps: [] }
  const sets = setsOf(symmetry)
  if (sets.length === 0) return { rule, steps: [] }
  const written = (e: Expr): Expr => mapAtoms(e, (o) => { const c = asContraction(o); return c === undefined ? atom(o) : apart(c, sets) })
  const identities = [...new Set(scalars.flatMap(atomsOf))].map(atom).map((e) => ({ before: e, after: simplifyScalar(written(e)) })).filter(({ before, after }) => before !== after)
  const updates = rule.updates.map(({ name, value }) => ({ name, value: rebuildVector(value, { scalar: written }) }))
  const covered = { ...symmetry.space, covered: true }
  const steps = identities.map(({ before, after }) => ({
    section: 'Rule',
    before: writeScalar(before),
    after: writeScalar(after),
    why: 'The blocks of the problem are all its parameters.',
    verified: { ...checkVanishes(sub(before, after), covered, [symmetry.generator]), detail: 'on instances without coordinates outside of the blocks' },
  }))
  return { rule: identities.length === 0 ? rule : { ...rule, updates }, steps }
}

import { add, atom, isZero, sub, termsOf } from '../algebra/build.js'
import { atomsOf, mapAtoms } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { type Contraction, asContraction, dot, norm2 } from '../jets/contraction.js'
import { type Schedules, timeDerivative } from '../jets/leibniz.js'
import { writeScalar } from '../jets/notation.js'
import { type ProjectorOperator, projector } from '../jets/operator.js'
import { simplifyScalar } from '../jets/simplify.js'
import { rebuildVector } from '../jets/substitute.js'
import { GRADIENT_ATOM, THETA, THETA_ATOM, type Vector, type VectorAtom, apply, vectorOf } from '../jets/vector.js'
import { scalarsOf } from '../jets/walk.js'
import type { NoetherIdentity } from '../mechanics/noether.js'
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

const BLOCKS_ARE_ALL = 'The blocks of the problem are all its parameters.'
const WITHOUT_OTHERS = 'on instances without coordinates outside of the blocks'

/** x with every projector on all of the blocks left out: there it is the identity. */
export const withoutWholeProjectors = (x: Vector, blocks: readonly string[]): Vector =>
  blocks.length === 0 ? x : rebuildVector(x, {
    whole: (a) => a.kind === 'apply' && a.operator.kind === 'projector' && blocks.every((b) => membersOf(a).includes(b)) ? withoutWholeProjectors(vectorOf(a.argument), blocks) : undefined,
  })

/** Variables and the gradient, whose squares are sums over blocks. */
const isWhole = (a: VectorAtom): boolean => a.kind === 'variable' || a === GRADIENT_ATOM

/** A scalar with the products of whole vectors as sums over blocks that are all parameters, where that makes it no longer. */
function summedOverBlocks(e: Expr, blocks: readonly string[]): Expr {
  const apartOnBlocks = (o: Opaque): Expr => {
    const c = asContraction(o)
    return c === undefined || !isWhole(c.left) || !isWhole(c.right) ? atom(o) : add(...blocks.map((b) => dot(apply(projector(b), vectorOf(c.left)), vectorOf(c.right))))
  }
  const [whole, parted] = [e, mapAtoms(e, apartOnBlocks)].map(simplifyScalar)
  return whole === undefined || parted === undefined || termsOf(expand(parted)).length > termsOf(expand(whole)).length ? e : parted
}

/**
 * Noether's identity for blocks that are all parameters: where time is scaled all of them take part, and where the generator moves all of them the two
 * meet on each block.
 */
export function identityByBlocks({ residual, ...parts }: NoetherIdentity, blocks: readonly string[], schedules: Schedules): NoetherIdentity {
  const { charge, kinetic, gyroscopic, potential, explicitTime, dissipation, gauge, rate } = parts
  const by = (e: Expr): Expr => summedOverBlocks(e, blocks)
  const written = { charge: by(charge), kinetic: by(kinetic), gyroscopic: by(gyroscopic), potential: by(potential), explicitTime: by(explicitTime), dissipation: by(dissipation), gauge }
  const { charge: byBlocks, ...ofRate } = written
  const sum = add(...Object.values(ofRate))
  return { ...written, rate: by(sum), residual: sub(add(residual, timeDerivative(sub(byBlocks, charge), schedules)), sub(sum, rate)) }
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
    why: BLOCKS_ARE_ALL,
    verified: { ...checkVanishes(sub(before, after), covered, [symmetry.generator]), detail: WITHOUT_OTHERS },
  }))
  return { rule: identities.length === 0 ? rule : { ...rule, updates }, steps }
}

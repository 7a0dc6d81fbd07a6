import { ONE, ZERO, add, atom, isZero, mul, sub, symbolsOf } from '../algebra/build.js'
import { atomsOf, substitute } from '../algebra/calculus.js'
import type { Expr, Opaque } from '../algebra/expr.js'
import { remembered } from '../algebra/memo.js'
import type { SymmetryRules } from '../jets/constraint.js'
import { type Contraction, asContraction } from '../jets/contraction.js'
import { checkVanishes } from '../jets/check.js'
import { linearForm } from '../jets/collect.js'
import { simplifyScalar } from '../jets/simplify.js'
import type { Space } from '../jets/space.js'
import { byName, replaceInScalar } from '../jets/substitute.js'
import { THETA, type Vector, type VectorAtom, variable } from '../jets/vector.js'
import { writtenOut } from '../rules/writtenOut.js'
import { type Rule, nextName } from '../rules/rule.js'
import { type Driven, groupDrives, isPolynomial, leavesOf, moves, sharedDrives } from './drives.js'
import { expandIn, normalise, splitBy } from './eliminate.js'
import { coupledGroups } from './solutions/matrixFunction.js'

/** contraction' = Σ coefficients·(closure) + Σ drives. */
export interface Row {
  readonly contraction: Expr
  readonly coefficients: readonly Expr[]
  readonly drives: readonly Driven[]
}

/** The exact law of a charge under the discrete rule, as a linear system of contractions, the charge first. */
export interface DiscreteSystem {
  readonly charge: Expr
  /** The charge after a step in θ, states and g before it, and in the named new values where the charge is a polynomial of higher degree. */
  readonly next: Expr
  readonly rows: readonly Row[]
  /** New values that the system names, e.g. `v_next`. */
  readonly named: readonly string[]
  /** The system with every new value written out: in θ, states and gradients before the step alone; undefined where it does not close. */
  readonly writtenOut?: readonly Row[] | undefined
  /** Vectors that the system names beside new values. */
  readonly definitions?: ReadonlyMap<string, Vector>
}

/** A row's next value as an exact expression, for checks and printing. */
export const nextOfRow = (system: DiscreteSystem, i: number): Expr => {
  const row = system.rows[i]
  if (row === undefined) return ZERO
  return add(
    ...row.coefficients.map((c, j) => mul(c, system.rows[j]?.contraction ?? ZERO)),
    ...row.drives.map((d) => mul(d.coefficient, d.drive)),
  )
}

const MOST_ROWS = 16

const leaves = (c: Contraction): readonly VectorAtom[] => [...leavesOf(c.left), ...leavesOf(c.right)]

/** Whether a contraction is made of θ and states before the step only, so that its own recursion can be followed. */
function isPropagated(rule: Rule): (o: Opaque) => boolean {
  const names = new Set(['theta', ...rule.states.map((s) => s.name)])
  return (o) => {
    const c = asContraction(o)
    const all = c === undefined ? [] : leaves(c)
    return all.some((a) => a.kind === 'variable' || moves(a)) && all.every((a) => (a.kind === 'variable' && names.has(a.name)) || a.kind === 'indicator' || isPolynomial(a))
  }
}

/**
 * A contraction after one step. New values that meet a gradient or another new value stay named when `keep` lists them; all others are
 * written out, so that the symmetry can remove ⟨g, ξ⟩.
 */
function advance(e: Expr, rule: Rule, rules: Pick<SymmetryRules, 'scalar'>, keep: ReadonlySet<string>): Expr {
  const out = writtenOut(rule)
  const stepped = replaceInScalar(e, (name, order) => {
    if (order !== 0) return undefined
    const update = rule.updates.find((u) => u.name === name)
    if (update === undefined) return undefined
    return name === 'theta' || !keep.has(name) ? update.value : variable(nextName(name))
  })
  const settled = replaceSelected(simplifyScalar(stepped), (c) => {
    const mentioned = leaves(c).filter((a) => a.kind === 'variable' && a.name.endsWith('_next'))
    if (mentioned.length === 0) return undefined
    const partnerMoves = isMovingPolynomial(c)
      ? mentioned.length === 1 && leaves(c).some(isGenerator)
      : leaves(c).some((a) => a.kind === 'indicator' || (a.kind === 'variable' && !a.name.endsWith('_next') && !rule.noises.includes(a.name)))
    const names = mentioned.flatMap((a) => (a.kind === 'variable' ? [a.name] : []))
    const written = names.filter((n) => partnerMoves || !keep.has(n.replace(/_next$/, '')))
    if (written.length === 0) return undefined
    return byName(Object.fromEntries(written.flatMap((n) => {
      const value = out.get(n.replace(/_next$/, ''))
      return value === undefined ? [] : [[n, value] as const]
    })))
  })
  return simplifyScalar(rules.scalar(settled))
}

const isMovingPolynomial = (c: Contraction): boolean => leaves(c).some((a) => isPolynomial(a) && (a.kind === 'tensor' && a.field.degree !== 0))

/** Whether a charge holds polynomial fields that are functions of θ. */
export const isHigherPolynomial = (charge: Expr): boolean =>
  atomsOf(charge).some((o) => {
    const c = asContraction(o)
    return c !== undefined && isMovingPolynomial(c)
  })

/** Whether a charge is no polynomial in contractions: |w|²/|a|². */
export const isFraction = (charge: Expr): boolean => linearForm(charge) === undefined && !isHigherPolynomial(charge)

/** A charge at other parameters, contraction by contraction. */
export const chargeAt = (charge: Expr, theta: Vector): Expr =>
  substitute(charge, new Map(atomsOf(charge).map((o) => [atom(o), simplifyScalar(replaceInScalar(atom(o), byName({ theta })))])))

/** The charge and its change as what is measured. */
const changeRow = (charge: Expr, next: Expr): Row => ({ contraction: charge, coefficients: [ONE], drives: [{ name: 'change', coefficient: ONE, drive: sub(next, charge) }] })

/** The charge at the new parameters, and its change as what is measured. */
function changeOf(charge: Expr, rule: Rule): DiscreteSystem {
  const next = chargeAt(charge, writtenOut(rule).get('theta') ?? THETA)
  return { charge, next, rows: [changeRow(charge, next)], named: [] }
}

/** A polynomial field itself, which the gradient in a new value may meet; its derivatives are written in new values, else their terms are many. */
const isGenerator = (a: VectorAtom): boolean => a.kind === 'tensor' && isPolynomial(a) && a.along.length === 0 && !a.openAlong

function replaceSelected(e: Expr, choose: (c: Contraction) => ReturnType<typeof byName> | undefined): Expr {
  return atomsOf(e).reduce((current, o) => {
    const c = asContraction(o)
    const replacement = c === undefined ? undefined : choose(c)
    if (c === undefined || replacement === undefined) return current
    const { selected, rest } = splitBy(current, (x) => x === o)
    return add(rest, replaceInScalar(selected, replacement))
  }, e)
}

/** How what a row has beyond the system so far joins it: as one combination, or each contraction by itself (blocks with different rates). */
type Joining = 'combined' | 'separate'

/**
 * What is to be followed next: the contractions of each pair of vectors together, or each alone. Those whose ratio moves from step to step stay alone: a
 * combination would be another one after the step.
 */
function freshParts(rest: Expr, joining: Joining, moving: ReadonlySet<string>): readonly ReturnType<typeof normalise>[] {
  const groups = new Map<string, Expr[]>()
  for (const [o, c] of linearForm(rest)?.coefficients ?? []) {
    const key = joining === 'combined' ? pairOf(o) : o.key
    groups.set(key, [...(groups.get(key) ?? []), mul(c, atom(o))])
  }
  return [...groups.values()].flatMap((parts) => {
    const whole = normalise(add(...parts))
    return whole !== undefined && [...symbolsOf(whole.unit)].some((name) => moving.has(name)) ? parts.map(normalise) : [whole]
  })
}

/** What differs from step to step beside θ and the states. */
const movingSymbols = ({ schedules }: Rule): ReadonlySet<string> => new Set(['k', ...schedules.keys()])

/** The two vectors a contraction is between, whatever operator stands between them. */
function pairOf(o: Opaque): string {
  const c = asContraction(o)
  return c === undefined ? o.key : leaves(c).map((a) => (a.kind === 'indicator' ? '1' : a.key)).sort().join()
}

/** Whether a scalar of θ and the states is zero whatever they are, as ⟨θ, ξ⟩ is for a field that keeps |θ|². */
type Vanishing = (e: Expr) => boolean

/** Follows what joins the rows until the system closes; undefined where it does not. */
function closed(charge: Expr, rule: Rule, step: (e: Expr) => Expr, joining: Joining, vanishes: Vanishing): readonly Row[] | undefined {
  const basis: Expr[] = [charge]
  const raw: { readonly coefficients: Expr[]; readonly drives: readonly Driven[] }[] = []
  const [propagated, moving] = [isPropagated(rule), movingSymbols(rule)]
  for (let i = 0; i < basis.length; i += 1) {
    if (basis.length > MOST_ROWS) return undefined
    const { selected, rest } = splitBy(step(basis[i] ?? ZERO), propagated, true)
    const expansion = expandIn(selected, basis)
    const coefficients = [...expansion.coefficients]
    for (const fresh of freshParts(expansion.rest, joining, moving)) {
      if (fresh === undefined || vanishes(fresh.unit)) continue
      basis.push(fresh.unit)
      coefficients.push(fresh.coefficient)
    }
    raw.push({ coefficients, drives: groupDrives(rest) })
  }
  const drives = sharedDrives(raw.map((row) => row.drives))
  return raw.map((row, i) => ({ contraction: basis[i] ?? ZERO, coefficients: basis.map((_, j) => row.coefficients[j] ?? ZERO), drives: drives[i] ?? [] }))
}

/** The systems that close when so many new values are kept, one for each way to join rows; the ways are one where every row is one contraction. */
function systemsKeeping(keep: ReadonlySet<string>, charge: Expr, rule: Rule, rules: Pick<SymmetryRules, 'scalar'>, vanishes: Vanishing): readonly (readonly Row[])[] {
  const step = remembered((e) => advance(e, rule, rules, keep))
  const combined = closed(charge, rule, step, 'combined', vanishes)
  const isJoined = combined?.slice(1).every((row) => atomsOf(row.contraction).length === 1) !== true
  return [combined, isJoined ? closed(charge, rule, step, 'separate', vanishes) : undefined].filter((rows) => rows !== undefined)
}

/**
 * The charge's own recursion where the system does not close on few contractions: all else drives it. Where a function of components holds θ
 * itself, as in theta*exp(-eta*v), nothing of the charge is left beside it.
 */
function openRow(charge: Expr, rule: Rule, rules: Pick<SymmetryRules, 'scalar'>): Row {
  const next = advance(charge, rule, rules, new Set())
  const { coefficients, rest } = expandIn(next, [charge])
  if (isZero(coefficients[0] ?? ZERO)) return changeRow(charge, next)
  return { contraction: charge, coefficients, drives: groupDrives(rest) }
}

const subsets = (names: readonly string[]): readonly (readonly string[])[] =>
  names.reduce<readonly (readonly string[])[]>((sets, name) => [...sets, ...sets.map((s) => [...s, name])], [[]])

/** Contractions to follow and to measure. */
const cost = (rows: readonly Row[]): number => rows.length + new Set(rows.flatMap((r) => r.drives.flatMap((d) => atomsOf(d.drive)))).size

/** How many of the combinations that are followed have coefficients that are no numbers. */
const composite = (rows: readonly Row[]): number =>
  rows.filter((r) => [...(linearForm(r.contraction)?.coefficients.values() ?? [])].some((c) => c.kind !== 'number')).length

/** How many groups of contractions there are that drive each other both ways. */
const groups = (rows: readonly Row[]): number => coupledGroups(rows.map((r) => r.coefficients)).length

/** Whether a system takes the charge from one step to the next; one that only measures what the charge becomes says nothing. */
const followsCharge = (rows: readonly Row[]): boolean => rows.some((row) => !isZero(row.coefficients[0] ?? ZERO))

/** Fewer contractions, then more of them for themselves, then simpler ones. */
function isBetter(x: readonly Row[], y: readonly Row[]): boolean {
  const decisive = [cost(x) - cost(y), groups(y) - groups(x), composite(x) - composite(y)].find((n) => n !== 0)
  return decisive !== undefined && decisive < 0
}

/**
 * The exact law of a charge under a rule: the update is put into the charge, the symmetry removes what it can, and the contractions
 * that are left are followed until the system closes. Of the ways to keep new state values as named quantities the one with the
 * fewest contractions is taken.
 */
export function discreteSystem(charge: Expr, rule: Rule, rules: Pick<SymmetryRules, 'scalar'>, space?: Space): DiscreteSystem {
  const vanishes = remembered((e: Expr): boolean => space !== undefined && isHigherPolynomial(e) && checkVanishes(e, space, []).passed)
  if (isFraction(charge)) return changeOf(charge, rule)
  const choices = subsets(rule.states.map((s) => s.name)).flatMap((names) => {
    const keep = new Set(names)
    return systemsKeeping(keep, charge, rule, rules, vanishes).map((rows) => ({ keep, rows }))
  })
  const following = choices.filter(({ rows }) => followsCharge(rows))
  const [first = { keep: new Set<string>(), rows: [openRow(charge, rule, rules)] }] = following
  const { keep, rows } = following.reduce((best, x) => (isBetter(x.rows, best.rows) ? x : best), first)
  const isHigher = isHigherPolynomial(charge)
  const named = [...new Set(rows.flatMap((r) => r.drives.flatMap((d) => atomsOf(d.drive))).flatMap((o) => {
    const c = asContraction(o)
    return c === undefined ? [] : leaves(c).flatMap((a) => (a.kind === 'variable' && a.name.endsWith('_next') ? [a.name] : []))
  }))]
  const writtenOut = choices.find((x) => x.keep.size === 0)?.rows
  return { charge, next: advance(charge, rule, rules, isHigher ? keep : new Set()), rows, named, writtenOut }
}

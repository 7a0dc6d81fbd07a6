import { ONE, ZERO, factorsOf, isZero, mul, pow, splitCoefficient, sub, sym } from '../algebra/build.js'
import { differentiate, subexpressions, substitute, symbolsOf } from '../algebra/calculus.js'
import { toText } from '../algebra/print.js'
import type { Expr, FunctionName } from '../algebra/expr.js'
import { factored } from '../algebra/squareFree.js'
import type { Schedules } from '../jets/leibniz.js'
import { substituteScalars } from '../jets/substitute.js'
import { type Vector, type VectorAtom, variableAtom } from '../jets/vector.js'
import { allVectorsOf, scalarsOf, symbolsIn } from '../jets/walk.js'
import { type Scaling, clockOfScaling, hasGrown, scaledRule } from './accumulating.js'
import { inTime } from './explicitTime.js'
import { clockOf, inertialRule } from './inertial.js'
import { lengtheningStates } from './memory.js'
import type { Outcome, Rule, Update } from './model.js'
import { onSpheres } from './spheres.js'

/** The learning rate at time t relative to its reference value: η(k) = eta·sigma(t). */
export const RELATIVE_RATE = 'sigma'

/** The time itself, where it stands in coefficients. */
const TIME: Schedules = new Set(['t'])

/** A rule in slow time t = k·eta: its hyperparameters are constants or functions of t, nothing else depends on k. */
export interface SlowRule {
  readonly rule: Rule
  /** Symbols that are functions of t. */
  readonly schedules: Schedules
  /** What the time t of the flow is where it is not k*eta. */
  readonly clock?: string
  /** Where the rule is no smooth function of θ, as clauses that say when the flow holds; they are among the conditions too. */
  readonly kinks: readonly string[]
  /** The units of the states that are kept in the flow as they accumulate. */
  readonly scaling?: Scaling
  /** What has to hold for the flow to follow the rule, as clauses. */
  readonly conditions: readonly string[]
}

const isPositiveNumber = (e: Expr): boolean => e.kind === 'number' && e.value.num > 0n
const isFraction = (e: Expr): boolean => e.kind === 'number' && e.value.num > 0n && e.value.num < e.value.den

/** Powers c^(ak+b) with a > 0 of a hyperparameter (a decay rate, below 1) or of a fraction: they die out, as in Adam's bias correction. */
export function transientsIn(scalars: readonly Expr[]): readonly Expr[] {
  const powers = new Set<Expr>()
  for (const x of scalars.flatMap((e) => [...subexpressions(e)])) {
    if (x.kind !== 'product' || x.factors.length !== 1) continue
    const [factor] = x.factors
    if (factor === undefined || !symbolsOf(factor.exponent).has('k')) continue
    if ((factor.base.kind === 'symbol' || isFraction(factor.base)) && isPositiveNumber(differentiate(factor.exponent, 'k'))) powers.add(x)
  }
  return [...powers]
}

/** Functions with a kink or a jump: where each of them is no smooth function of θ. */
const KINKS: Partial<Record<FunctionName, string>> = {
  sign: 'no component of an argument of sign passes zero',
  abs: 'no component of an argument of abs passes zero',
  floor: 'no component of an argument of floor passes a whole number',
  min: 'the smallest argument of min stays the same one',
  max: 'the largest argument of max stays the same one',
}

/** The same for functions of matrices. */
const SPECTRAL_KINKS = 'no singular value of an argument of msign passes zero'

const kinksIn = (scalars: readonly Expr[]): readonly string[] => {
  const functions = scalars.flatMap((e) => [...subexpressions(e)]).flatMap((x) => (x.kind === 'call' ? [x.name] : []))
  return [...new Set(functions)].flatMap((name) => KINKS[name] ?? [])
}

/** Whether a base of a fractional power of components vanishes with them, as g² does and s + eps does not; some may be there that do not vanish. */
function vanishesWithComponents(base: Expr, lasting: ReadonlySet<string>): boolean {
  const components = [...symbolsOf(base)].filter((name) => name.startsWith('_') && !lasting.has(name))
  return components.length > 0 && isZero(substitute(base, Object.fromEntries(components.map((name) => [name, ZERO]))))
}

const isFractional = (e: Expr): boolean => e.kind === 'number' && e.value.den !== 1n

/**
 * Where the flow of a rule has a kink, be it one that the rule itself has not: a state under a root, such as the mean of g² of Adam, relaxes to a square that
 * vanishes where g passes zero. A state that accumulates does not come back to zero.
 */
export const kinksOfField = (field: Vector, { states }: Pick<Scaling, 'states'> = { states: [] }): readonly string[] => {
  const kept = new Set(states.map((s) => variableAtom(s.name)))
  const functions = allVectorsOf(field).flatMap((a) => (a.kind === 'elementwise' ? [{ body: a.body, lasting: new Set(a.args.flatMap((x, i) => (kept.has(x) ? [`_${i}`] : []))) }] : []))
  const hasRoot = functions.some(({ body, lasting }) => [...subexpressions(body)].some((x) => x.kind === 'product' && x.factors.some((f) => isFractional(f.exponent) && vanishesWithComponents(f.base, lasting))))
  return [...kinksIn(scalarsOf(field)), ...(hasRoot ? ['no component under a root passes zero'] : [])]
}

/** Where a rule is no smooth function of θ. */
export function kinksOf({ updates, dual }: Pick<Rule, 'updates' | 'dual'>): readonly string[] {
  const vectors = [...updates.map((u) => u.value), ...(dual === undefined ? [] : [dual.update])]
  const spectral = vectors.flatMap(allVectorsOf).some((a) => a.kind === 'tensor' && a.field.gradient !== undefined && a.field.sandwich === undefined)
  return [...kinksIn(vectors.flatMap(scalarsOf)), ...(spectral ? [SPECTRAL_KINKS] : [])]
}

const settling = (scalars: readonly Expr[]): ReadonlyMap<Expr, Expr> => new Map(transientsIn(scalars).map((p) => [p, ZERO]))

/** What an update has that depends on k: the factors of a coefficient that do, what a name keeps of itself taken off, or the smallest expression in it. */
function scheduleIn({ name, value }: Update): Expr {
  const hasStep = (e: Expr): boolean => symbolsOf(e).has('k')
  const isOwn = (a: VectorAtom): boolean => a.kind === 'variable' && a.name === name
  const coefficient = value.terms.map((t) => (isOwn(t.atom) ? sub(t.coefficient, ONE) : t.coefficient)).find(hasStep)
  if (coefficient !== undefined) return mul(...factorsOf(splitCoefficient(factored(coefficient)).factor).filter((f) => hasStep(f.base) || hasStep(f.exponent)).map((f) => pow(f.base, f.exponent)))
  return scalarsOf(value).find(hasStep) ?? sym('k')
}

const jumps = ({ schedules }: Rule): boolean => [...schedules.values()].some((e) => [...subexpressions(e)].some((x) => x.kind === 'call' && x.name === 'floor'))

/** A rule as the expansions in the learning rate see it. Fails where an update depends on k in another way than by a schedule or a transient. */
export function slowRule(given: Rule): Outcome<SlowRule> {
  const sphere = onSpheres(given)
  const found = slowOf(sphere?.rule ?? given)
  return !found.ok || sphere === undefined ? found : { ok: true, value: { ...found.value, conditions: [...sphere.conditions, ...found.value.conditions] } }
}

function slowOf(rule: Rule): Outcome<SlowRule> {
  if (rule.action !== undefined) return { ok: false, reason: 'the motion is stated by its Lagrangian: it is of second order in time' }
  const inertial = inertialRule(rule)
  const timed = inertial?.ok === false ? undefined : inTime(rule)
  if (timed !== undefined) {
    const kinks = kinksOf(timed)
    return { ok: true, value: { rule: timed, schedules: TIME, kinks, conditions: [...kinks, 't = k*eta, and many steps have been made'] } }
  }
  if (inertial !== undefined) return { ok: false, reason: inertial.ok ? `the momentum tends to one, so the state does not relax: theta follows a flow of second order in the time ${clockOf(inertial.value)}` : inertial.reason }
  const lengthening = lengtheningStates(rule)
  const average = lengthening.find((x) => x.unbounded)
  if (average !== undefined)
    return { ok: false, reason: `the memory of ${average.state} grows as fast as the step number: it holds what all steps so far have left and does not relax` }
  const dead = settling(rule.updates.flatMap((u) => scalarsOf(u.value)))
  const relative = rule.schedules.has('eta') ? new Map([[sym('eta'), mul(sym('eta'), sym(RELATIVE_RATE))]]) : new Map<Expr, Expr>()
  const slowed = (x: Vector): Vector => substituteScalars(substituteScalars(x, dead), relative)
  const updates = rule.updates.map((u) => ({ name: u.name, value: slowed(u.value) }))
  const dual = rule.dual === undefined ? undefined : { ...rule.dual, update: slowed(rule.dual.update) }
  const direct = updates.find((u) => symbolsIn(u.value).has('k'))
  if (direct !== undefined)
    return { ok: false, reason: `the update of ${direct.name} depends on the step number k by itself; a schedule that varies little in one step is stated as a hyperparameter, here e.g. c: "${toText(scheduleIn(direct))}" beside update` }
  const schedules = new Set([...rule.schedules.keys()].map((name) => (name === 'eta' ? RELATIVE_RATE : name)))
  const bases = [...dead.keys()].map((p) => `${toText(p)}`)
  const kinks = kinksOf({ updates, dual })
  const conditions = [
    ...kinks,
    ...(bases.length === 0 ? [] : [`${bases.join(' and ')} have died out`]),
    ...(schedules.size === 0 ? [] : [`t = k*eta, and ${[...schedules].map((s) => (s === RELATIVE_RATE ? `the learning rate eta*${s}(t)` : `${s}(t)`)).join(' and ')} ${schedules.size === 1 ? 'varies' : 'vary'} little in one step${jumps(rule) ? ' between its jumps' : ''}`]),
    ...lengthening.map(({ state }) => `the steps that ${state} remembers grow, but are few against k and the steps in which theta moves; each order of the flow is smaller by that ratio, not by eta`),
  ]
  const slow = { ...rule, updates, dual, schedule: false }
  const scaled = scaledRule(slow)
  if (scaled?.ok === false) return scaled
  if (scaled === undefined) return { ok: true, value: { rule: slow, schedules, kinks, conditions } }
  const clock = clockOfScaling(scaled.value.scaling)
  return { ok: true, value: { ...scaled.value, schedules, clock, kinks, conditions: [...conditions, `t = ${clock}`, hasGrown(scaled.value.scaling)] } }
}

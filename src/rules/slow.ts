import { ZERO, mul, sym } from '../algebra/build.js'
import { atomsOf, differentiate, subexpressions, symbolsOf } from '../algebra/calculus.js'
import { toText } from '../algebra/print.js'
import type { Expr, FunctionName } from '../algebra/expr.js'
import { asContraction } from '../jets/contraction.js'
import type { Schedules } from '../jets/leibniz.js'
import { substituteScalars } from '../jets/substitute.js'
import { type Vector, type VectorAtom, slotsOf } from '../jets/vector.js'
import { symbolsIn } from './hyperparameters.js'
import { inertialRule } from './inertial.js'
import { lengtheningStates } from './memory.js'
import type { Outcome, Rule } from './model.js'

/** The learning rate at time t relative to its reference value: η(k) = eta·sigma(t). */
export const RELATIVE_RATE = 'sigma'

/** A rule in slow time t = k·eta: its hyperparameters are constants or functions of t, nothing else depends on k. */
export interface SlowRule {
  readonly rule: Rule
  /** Symbols that are functions of t. */
  readonly schedules: Schedules
  /** What the time t of the flow is where it is not k*eta. */
  readonly clock?: string
  /** Where the rule is no smooth function of θ, as clauses that say when the flow holds; they are among the conditions too. */
  readonly kinks: readonly string[]
  /** What has to hold for the flow to follow the rule, as clauses. */
  readonly conditions: readonly string[]
}

/** The scalar expressions a vector is made of: coefficients and bodies of elementwise functions, inside contractions too. */
export function scalarsOf(x: Vector): readonly Expr[] {
  const ofAtom = (a: VectorAtom): readonly Expr[] => (a.kind === 'elementwise' ? [a.body, ...atomsIn(a.body), ...a.args.flatMap(ofAtom)] : slotsOf(a).flatMap((s) => ofAtom(s.child)))
  const atomsIn = (e: Expr): readonly Expr[] =>
    atomsOf(e).flatMap((o) => {
      const c = asContraction(o)
      return c === undefined ? [] : [...ofAtom(c.left), ...ofAtom(c.right)]
    })
  return x.terms.flatMap((t) => [t.coefficient, ...atomsIn(t.coefficient), ...ofAtom(t.atom)])
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
  min: 'the smallest argument of min stays the same one',
  max: 'the largest argument of max stays the same one',
}

const kinksIn = (scalars: readonly Expr[]): readonly string[] => {
  const functions = scalars.flatMap((e) => [...subexpressions(e)]).flatMap((x) => (x.kind === 'call' ? [x.name] : []))
  return [...new Set(functions)].flatMap((name) => KINKS[name] ?? [])
}

/** Where a rule is no smooth function of θ. */
export const kinksOf = ({ updates, dual }: Pick<Rule, 'updates' | 'dual'>): readonly string[] =>
  kinksIn([...updates.map((u) => u.value), ...(dual === undefined ? [] : [dual.update])].flatMap(scalarsOf))

const settling = (scalars: readonly Expr[]): ReadonlyMap<Expr, Expr> => new Map(transientsIn(scalars).map((p) => [p, ZERO]))

/** A rule as the expansions in the learning rate see it. Fails where an update depends on k in another way than by a schedule or a transient. */
export function slowRule(rule: Rule): Outcome<SlowRule> {
  if (rule.action !== undefined) return { ok: false, reason: 'the motion is stated by its Lagrangian: it is of second order in time' }
  const inertial = inertialRule(rule)
  if (inertial !== undefined) return { ok: false, reason: inertial.ok ? 'the momentum tends to one, so the state does not relax: theta follows a flow of second order in the time k*sqrt(eta)' : inertial.reason }
  const lengthening = lengtheningStates(rule)
  const average = lengthening.find((x) => x.unbounded)
  if (average !== undefined)
    return { ok: false, reason: `the memory of ${average.state} grows as fast as the step number: it holds what all steps so far have left and does not relax` }
  const dead = settling(rule.updates.flatMap((u) => scalarsOf(u.value)))
  const relative = rule.schedules.has('eta') ? new Map([[sym('eta'), mul(sym('eta'), sym(RELATIVE_RATE))]]) : new Map<Expr, Expr>()
  const slowed = (x: Vector): Vector => substituteScalars(substituteScalars(x, dead), relative)
  const updates = rule.updates.map((u) => ({ name: u.name, value: slowed(u.value) }))
  const dual = rule.dual === undefined ? undefined : { ...rule.dual, update: slowed(rule.dual.update) }
  if (updates.some((u) => symbolsIn(u.value).has('k')))
    return { ok: false, reason: 'an update depends on the step number k by itself; a slow schedule is stated as a hyperparameter, e.g. beta: "0.9 - 0.1/(1 + k)"' }
  const schedules = new Set([...rule.schedules.keys()].map((name) => (name === 'eta' ? RELATIVE_RATE : name)))
  const bases = [...dead.keys()].map((p) => `${toText(p)}`)
  const kinks = kinksOf({ updates, dual })
  const conditions = [
    ...kinks,
    ...(bases.length === 0 ? [] : [`${bases.join(' and ')} have died out`]),
    ...(schedules.size === 0 ? [] : [`t = k*eta, and ${[...schedules].map((s) => (s === RELATIVE_RATE ? `the learning rate eta*${s}(t)` : `${s}(t)`)).join(' and ')} varies little in one step`]),
    ...lengthening.map(({ state }) => `the steps that ${state} remembers grow, but are few against k and the steps in which theta moves; each order of the flow is smaller by that ratio, not by eta`),
  ]
  return { ok: true, value: { rule: { ...rule, updates, dual, schedule: false }, schedules, kinks, conditions } }
}

import { ONE, ZERO, add, div, exp, integralNode, isZero, mul, neg, sub, sym, symbolsOf } from '../../algebra/build.js'
import { differentiate, differentiateTimes, subexpressions, substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { expand } from '../../algebra/expand.js'
import { integrateDefinite } from '../../algebra/integrate.js'
import { jumpsOf } from '../../algebra/integratePiecewise.js'
import { freeName } from '../../algebra/names.js'
import { cancel } from '../../algebra/rational-form.js'
import { toText } from '../../algebra/text.js'
import { factored } from '../../algebra/squareFree.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import { RELATIVE_RATE } from '../../rules/slow.js'
import type { Outcome } from '../../rules/model.js'
import type { LinearLaw } from '../flow.js'
import { namesIn } from '../../algebra/freeNames.js'
import { byFunctionsOfTime } from './functionsOfTime.js'
import type { FundamentalSolution } from './variation.js'

/** A fundamental solution with its abbreviated form, where the damping A is explained and A_s is A at s. */
export interface ScheduledSolution extends FundamentalSolution {
  readonly readable: { readonly solution: Expr; readonly where: readonly (readonly [string, Expr])[] }
}

const [T, S] = [sym('t'), sym('s')]
const atS = (e: Expr): Expr => substitute(e, { t: S })

/**
 * Schedules as functions of time t = k·eta. A schedule of the learning rate becomes σ(t) = η(k)/η(0), so that eta is the rate of the first
 * step; where that is zero (a warm-up), eta is any rate that sets the unit of time, and σ = η(k)/eta.
 * @returns undefined where η(k)/η(0) still speaks of eta, which then has two meanings
 */
export function schedulesInTime(schedules: ReadonlyMap<string, Expr>): Readonly<Record<string, Expr>> | undefined {
  const inTime = (e: Expr): Expr => substitute(e, { k: div(T, sym('eta')) })
  const values: Record<string, Expr> = {}
  for (const [name, value] of schedules) {
    if (name !== 'eta') {
      values[name] = inTime(value)
      continue
    }
    const first = substitute(value, { k: ZERO })
    const relative = cancel(div(value, isZero(first) ? sym('eta') : first))
    if (symbolsOf(relative).has('eta') && !isZero(first)) return undefined
    values[RELATIVE_RATE] = inTime(relative)
  }
  return values
}

/** How often a law differentiates each of some symbols. */
function ratesIn(law: LinearLaw): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const x of [...law.coefficients, law.drive].flatMap((e) => [...subexpressions(e)]))
    if (x.kind === 'derivative' && x.of.kind === 'symbol') found.set(x.of.name, Math.max(found.get(x.of.name) ?? 0, x.order))
  return found
}

/** Whether the first n derivatives, the function itself among them, have no jump where a sign changes. */
function isSmooth(schedule: Expr, n: number): boolean {
  return Array.from({ length: n }, (_, i) => differentiateTimes(schedule, 't', i)).every((e) =>
    jumpsOf(e, 't')?.every(({ sign, at }) => {
      const [above, below] = [ONE, neg(ONE)].map((side) => substitute(substitute(e, new Map([[sign, side]])), { t: at }))
      return isIdenticallyZero(sub(above ?? ZERO, below ?? ZERO))
    }) ?? false,
  )
}

/** Whether a function of t has a value at the first step. */
function isRegularAtStart(e: Expr): boolean {
  try {
    substitute(e, { t: ZERO })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/**
 * A law with its schedules put in: λ, an unknown function of t in the derived law, becomes its value at step k = t/eta.
 * @returns the reason where the law does not hold for them
 */
export function withSchedules(law: LinearLaw, schedules: ReadonlyMap<string, Expr>): Outcome<LinearLaw> {
  const values = schedulesInTime(schedules)
  if (values === undefined) return { ok: false, reason: 'the schedule of eta is no multiple of its value at the first step, and speaks of another eta' }
  const rates = ratesIn(law)
  const jumping = Object.entries(values).find(([name, value]) => !isSmooth(value, rates.get(name) ?? 0))
  if (jumping !== undefined) return { ok: false, reason: `the law holds the rate of a schedule that jumps or kinks (${jumping[0]}), where the expansion in eta does not hold` }
  const put = (e: Expr): Expr => substitute(e, values)
  return { ok: true, value: { ...law, coefficients: law.coefficients.map(put), drive: put(law.drive), drives: law.drives.map((d) => ({ ...d, coefficient: put(d.coefficient) })) } }
}

/** Whether a law has values at the first step, as a closed form from there needs; one with η(0) = 0 or the mean of all steps has none. */
export function isRegular({ coefficients }: LinearLaw): boolean {
  const leading = coefficients.findLast((c) => !isZero(c)) ?? ONE
  return [...coefficients, ...coefficients.map((c) => div(c, leading))].every(isRegularAtStart)
}

/** A law with its schedules put in, if it has values at the first step. */
export function regularWithSchedules(law: LinearLaw, schedules: ReadonlyMap<string, Expr>): Outcome<LinearLaw> {
  const made = withSchedules(law, schedules)
  if (!made.ok || isRegular(made.value)) return made
  return { ok: false, reason: schedules.size === 0 ? 'the law is singular at t = 0' : 'the law with its schedules is singular at the first step' }
}

const isClosed = (e: Expr): boolean => [...subexpressions(e)].every((x) => x.kind !== 'integral')

/** ∫₀ᵗ of a function of t, closed where it can be: term by term, else as one fraction (for partial fractions). */
export function since0(rate: Expr): Expr {
  const integral = (e: Expr): Expr => integrateDefinite(substitute(e, { t: sym('u') }), 'u', ZERO, T)
  const parts = integral(expand(rate))
  return byFunctionsOfTime(isClosed(parts) ? parts : integral(factored(rate)))
}

/** A closed form, or the integral itself where that says it in a quarter of the letters; half an integral beside closed terms must be shorter. */
function shorter(found: Expr, integral: Expr): Expr {
  const room = isClosed(found) ? 4 : 1
  return toText(found).length > room * toText(integral).length ? integral : found
}

/** What the symbols, blocks and constants of a law are called. */
export const namesOfLaw = ({ coefficients, drive, names = [] }: LinearLaw): ReadonlySet<string> => new Set([...names, ...namesIn([...coefficients, drive])])

/**
 * a₁(t)q̇ + a₀(t)q = drive by the integrating factor: with the damping A(t) = ∫₀ᵗ a₀/a₁, a quadrature where no closed form is found,
 *
 *     q(t) = e^{−A(t)} q_0 + ∫₀ᵗ e^{A(s) − A(t)} drive(s)/a₁(s) ds.
 *
 * `green` is the response at t to an impulse at s.
 */
export function scheduledRelaxation(law: LinearLaw): ScheduledSolution {
  const [a0 = ZERO, a1 = ONE] = law.coefficients
  const damping = since0(div(a0, a1))
  const leading = atS(a1)
  const written = (now: Expr, then: Expr) => {
    const green = div(exp(sub(then, now)), leading)
    const free = mul(sym('q_0'), exp(neg(now)))
    const driven = isZero(law.drive) ? ZERO : integralNode(mul(green, atS(law.drive)), 's', ZERO, T)
    return { green, free, solution: add(free, driven) }
  }
  const closed = written(damping, atS(damping))
  const solves = (e: Expr): Expr => add(mul(a1, differentiate(e, 't')), mul(a0, e))
  const conditions = [solves(closed.free), solves(closed.green), sub(substitute(closed.free, { t: ZERO }), sym('q_0')), sub(mul(leading, atS(closed.green)), ONE)]
  const name = freeName(namesOfLaw(law), 'A')
  const [now, then] = [sym(name), sym(`${name}_s`)]
  const shown = shorter(damping, integralNode(substitute(div(a0, a1), { t: sym('u') }), 'u', ZERO, T))
  const where = isZero(damping) ? [] : [[name, shown] as const]
  const readable = { solution: where.length === 0 ? closed.solution : written(now, then).solution, where }
  return { ...closed, verified: conditions.every((e) => isIdenticallyZero(e)), readable }
}

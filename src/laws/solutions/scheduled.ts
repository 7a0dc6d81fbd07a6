import { ONE, ZERO, add, div, exp, integralNode, isZero, mul, neg, sub, sym } from '../../algebra/build.js'
import { differentiate, substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { integrateDefinite } from '../../algebra/integrate.js'
import { factored } from '../../algebra/squareFree.js'
import { isZeroExpr } from '../../algebra/zero.js'
import type { LinearLaw } from '../flow.js'
import type { FundamentalSolution } from './variation.js'

interface ScheduledSolution extends FundamentalSolution {
  readonly readable: { readonly solution: Expr; readonly where: readonly (readonly [string, Expr])[] }
}

/**
 * A law with its schedules put in: λ, an unknown function of t in the derived law, becomes its value at step k = t/η.
 * @returns undefined if the learning rate itself has a schedule: then k is no multiple of t.
 */
export function withSchedules(law: LinearLaw, schedules: ReadonlyMap<string, Expr>): LinearLaw | undefined {
  if (schedules.has('eta')) return undefined
  const step = { k: div(sym('t'), sym('eta')) }
  const values = Object.fromEntries([...schedules].map(([name, value]) => [name, substitute(value, step)]))
  const put = (e: Expr): Expr => substitute(e, values)
  return { ...law, coefficients: law.coefficients.map(put), drive: put(law.drive), drives: law.drives.map((d) => ({ ...d, coefficient: put(d.coefficient) })) }
}

/**
 * a₁(t)q̇ + a₀(t)q = drive by the integrating factor: with the damping A(t) = ∫₀ᵗ a₀/a₁, a quadrature where no closed form is found,
 *
 *     q(t) = e^{−A(t)} q_0 + ∫₀ᵗ e^{A(s) − A(t)} drive(s)/a₁(s) ds.
 *
 * `green` is the response at t to an impulse at s.
 */
export function scheduledRelaxation(law: LinearLaw): ScheduledSolution {
  const [a0 = ZERO, a1 = ONE] = law.coefficients
  const [T, S] = [sym('t'), sym('s')]
  const rate = factored(div(a0, a1))
  const damping = integrateDefinite(substitute(rate, { t: sym('u') }), 'u', ZERO, T)
  const earlier = substitute(damping, { t: S })
  const leading = substitute(a1, { t: S })
  const written = (now: Expr, then: Expr) => {
    const green = div(exp(sub(then, now)), leading)
    const free = mul(sym('q_0'), exp(neg(now)))
    const driven = isZero(law.drive) ? ZERO : integralNode(mul(green, substitute(law.drive, { t: S })), 's', ZERO, T)
    return { green, free, solution: add(free, driven) }
  }
  const closed = written(damping, earlier)
  const solves = (e: Expr): Expr => add(mul(a1, differentiate(e, 't')), mul(a0, e))
  const conditions = [solves(closed.free), solves(closed.green), sub(substitute(closed.free, { t: ZERO }), sym('q_0')), sub(mul(leading, substitute(closed.green, { t: S })), ONE)]
  return { ...closed, verified: conditions.every((e) => isZeroExpr(e).zero), readable: { solution: closed.solution, where: [] } }
}

import { ONE, ZERO, exp, factorsOf, integralNode, mul, num, pow, sym, symbolsOf, termsOf } from '../algebra/build.js'
import { subexpressions, substitute } from '../algebra/calculus.js'
import { expand } from '../algebra/expand.js'
import type { Expr } from '../algebra/expr.js'
import { antiderivative } from '../algebra/integrate.js'
import { freeName } from '../algebra/names.js'
import { factored } from '../algebra/squareFree.js'
import { NO_SCHEDULES, type Schedules } from '../jets/leibniz.js'

/** A function μ(t) with dμ/dt = rate·μ. Where the rate contains unknown schedules, μ stays a symbol that is one more of them. */
export interface Multiplier {
  readonly value: Expr
  readonly rate: Expr
  /** The schedules of the problem, with μ where it is a symbol. */
  readonly schedules: Schedules
}

export const UNIT_MULTIPLIER = (schedules: Schedules = NO_SCHEDULES): Multiplier => ({ value: ONE, rate: ZERO, schedules })

/** e^x with e^{n log u} as the power uⁿ, whatever n is. */
export const exponential = (exponent: Expr): Expr => powersIn(exponent, (inside) => inside)

/** e^{n log|u|} is the power uⁿ, up to a constant factor on each side of u = 0, which a multiplier may have. */
const withoutModulus = (exponent: Expr): Expr => powersIn(exponent, (inside) => (inside.kind === 'call' && inside.name === 'abs' ? (inside.args[0] ?? inside) : inside))

function powersIn(exponent: Expr, baseOf: (inside: Expr) => Expr): Expr {
  return mul(
    ...termsOf(expand(exponent)).map(({ coefficient, factor }) => {
      const logarithm = factorsOf(factor).find((f) => f.base.kind === 'call' && f.base.name === 'log' && f.exponent === ONE)?.base
      const [inside] = logarithm?.kind === 'call' ? logarithm.args : []
      if (logarithm === undefined || inside === undefined) return exp(mul(num(coefficient), factor))
      return pow(baseOf(inside), mul(num(coefficient), factor, pow(logarithm, num(-1))))
    }),
  )
}

/**
 * Solves dμ/dt = rate·μ: in closed form, by quadrature, or as a symbol `mu` where the rate has unknown functions of time.
 * @param taken names that the symbol must not have
 */
export function multiplierOf(rate: Expr, schedules: Schedules = NO_SCHEDULES, taken: ReadonlySet<string> = new Set()): Multiplier {
  if (rate === ZERO) return UNIT_MULTIPLIER(schedules)
  if ([...symbolsOf(rate)].some((name) => schedules.has(name))) {
    const name = freeName(taken, 'mu', 'mu_L')
    return { value: sym(name), rate, schedules: new Set([...schedules, name]) }
  }
  const closed = antiderivative(rate, 't')
  if (closed === undefined) return { value: exp(integralNode(substitute(rate, { t: sym('s') }), 's', ZERO, sym('t'))), rate, schedules }
  const hasLogarithm = [...subexpressions(closed)].some((e) => e.kind === 'call' && e.name === 'log')
  return { value: hasLogarithm ? withoutModulus(closed) : exp(factored(closed)), rate, schedules }
}

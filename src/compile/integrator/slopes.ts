import { ZERO, add, mul } from '../../algebra/build.js'
import { differentiate } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { symbolsOf } from '../../algebra/parts.js'
import { type System, rateOfSignal } from './rightHandSide.js'

/** ∂e/∂name, at once where e does not contain it. */
const partial = (e: Expr, name: string): Expr => (symbolsOf(e).has(name) ? differentiate(e, name) : ZERO)

/** Change of an expression with time where the states rest, by the time itself and by linear signals. */
export function timeDerivative(e: Expr, { time = 't', signals }: System): Expr {
  const driving = signals?.shape === 'linear' ? signals.names : []
  return driving.reduce((sum, name) => add(sum, mul(partial(e, name), rateOfSignal(name))), partial(e, time))
}

/** Change of an expression with time along a solution: ∂e/∂t + Σ ∂e/∂y_i f_i. */
export const derivativeAlong = (e: Expr, system: System): Expr =>
  add(timeDerivative(e, system), ...system.states.map((name, i) => mul(partial(e, name), system.rhs[i] ?? ZERO)))

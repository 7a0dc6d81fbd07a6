import { ONE, TWO, ZERO, add, div, exp, integralNode, isZero, mul, neg, pow, sub, sym } from '../../algebra/build.js'
import { differentiate, substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import type { LinearLaw } from '../flow.js'
import { type ScheduledSolution, since0 } from './scheduled.js'
import { applyLaw } from './variation.js'

const [T, S, U] = [sym('t'), sym('s'), sym('u')]
const at = (e: Expr, time: Expr): Expr => substitute(e, { t: time })

/**
 * A solution of a₂q̈ + a₁q̇ + a₀q = 0 with coefficients that are functions of t, of those that simple laws have: a constant (no spring),
 * e^{−∫a₁/a₂}, e^{−∫a₀/a₁}, and a₁/a₀, which is one if it is −t − c. There is no general way to find one.
 */
function homogeneousSolution(law: LinearLaw): Expr | undefined {
  const [a0 = ZERO, a1 = ZERO, a2 = ONE] = law.coefficients
  if (isZero(a0)) return ONE
  const rates = [div(a1, a2), ...(isZero(a1) ? [] : [div(a0, a1)])]
  // e^{−∫p} has the second derivative (p² − ṗ)e^{−∫p}, so that p is known to be one before it is integrated.
  const rate = rates.find((p) => isIdenticallyZero(add(mul(a2, sub(pow(p, TWO), differentiate(p, 't'))), neg(mul(a1, p)), a0)))
  if (rate !== undefined) return exp(neg(since0(rate)))
  const ratio = div(a1, a0)
  return isZero(a1) || !isIdenticallyZero(applyLaw(law, ratio)) ? undefined : ratio
}

/**
 * Reduction of order (d'Alembert): with a solution y of the homogeneous law, q = y·w leaves a first-order law for ẇ. With
 * W(t) = e^{−∫₀ᵗ a₁/a₂}/y²,
 *
 *     G(t, s) = y(t)y(s) e^{∫₀ˢ a₁/a₂}/a₂(s)·∫ₛᵗ W,   free(t) = y(t)(q_0/y(0) + (dq_0 − ẏ(0)q_0/y(0)) y(0) ∫₀ᵗ W).
 *
 * @returns undefined where no solution of the homogeneous law is known: then there is no closed form
 */
export function reducedOrder(law: LinearLaw): ScheduledSolution | undefined {
  const y = homogeneousSolution(law)
  if (y === undefined) return undefined
  const [, a1 = ZERO, a2 = ONE] = law.coefficients
  const damping = since0(div(a1, a2))
  const wronskian = div(exp(neg(damping)), pow(y, TWO))
  const over = (from: Expr): Expr => integralNode(at(wronskian, U), 'u', from, T)
  const start = at(y, ZERO)
  const slope = sub(sym('dq_0'), div(mul(at(differentiate(y, 't'), ZERO), sym('q_0')), start))
  const free = mul(y, add(div(sym('q_0'), start), mul(slope, start, over(ZERO))))
  const green = mul(y, at(y, S), exp(at(damping, S)), div(ONE, at(a2, S)), over(S))
  const driven = isZero(law.drive) ? ZERO : integralNode(mul(green, at(law.drive, S)), 's', ZERO, T)
  const rate = (e: Expr): Expr => differentiate(e, 't')
  const conditions = [
    applyLaw(law, free), applyLaw(law, green), sub(at(free, ZERO), sym('q_0')), sub(at(rate(free), ZERO), sym('dq_0')),
    at(green, S), sub(mul(at(a2, S), at(rate(green), S)), ONE),
  ]
  const solution = add(free, driven)
  return { green, free, solution, verified: conditions.every((e) => isIdenticallyZero(e)), readable: { solution, where: [] } }
}

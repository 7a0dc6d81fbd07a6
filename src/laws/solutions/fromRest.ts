import { ONE, ZERO, add, call, div, integralNode, isOne, isZero, mul, pow, sub, sym, symbolsOf } from '../../algebra/build.js'
import { atomsOf, differentiate, substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { factored } from '../../algebra/squareFree.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import type { LinearLaw } from '../flow.js'
import type { ScheduledSolution } from './scheduled.js'
import { applyLaw } from './variation.js'

const [T, S] = [sym('t'), sym('s')]

/**
 * q̈ + (r/t)q̇ = drive from rest: the friction is infinite at t = 0, so q̇(0) = 0, and
 *
 *     q(t) = q_0 + ∫₀ᵗ (s − sʳt¹⁻ʳ)/(r − 1)·drive(s) ds      (s·log(t/s) for r = 1).
 *
 * @returns undefined for other laws
 */
export function fromRest(law: LinearLaw): ScheduledSolution | undefined {
  const [a0 = ZERO, a1 = ZERO, a2 = ZERO, ...higher] = law.coefficients
  if (!isZero(a0) || isZero(a2) || higher.length > 0) return undefined
  const r = factored(div(mul(T, a1), a2))
  if (symbolsOf(r).has('t')) return undefined
  const response = isOne(r) ? mul(S, call('log', div(T, S))) : div(sub(S, mul(pow(S, r), pow(T, sub(ONE, r)))), sub(r, ONE))
  const green = div(response, substitute(a2, { t: S }))
  const at = (e: Expr): Expr => substitute(e, { t: S })
  const conditions = [applyLaw(law, green), at(green), sub(mul(at(a2), at(differentiate(green, 't'))), ONE)]
  const driven = isZero(law.drive) ? ZERO : integralNode(mul(green, at(law.drive)), 's', ZERO, T)
  const solution = add(sym('q_0'), driven)
  return { green, free: sym('q_0'), solution, verified: conditions.every((e) => isIdenticallyZero(e)), readable: { solution, where: [] } }
}

/**
 * q̇ + (r/t)q = drive, in which all that was before is forgotten as t leaves 0:
 *
 *     q(t) = ∫₀ᵗ (s/t)ʳ·drive(s) ds.
 *
 * @returns undefined for other laws, without a drive, and where r is a number that is not positive: the start then counts for ever
 */
export function fromAverage(law: LinearLaw): (ScheduledSolution & { readonly exponent: Expr }) | undefined {
  const [a0 = ZERO, a1 = ZERO, ...higher] = law.coefficients
  if (isZero(a0) || isZero(a1) || isZero(law.drive) || higher.length > 0) return undefined
  const exponent = factored(div(mul(T, a0), a1))
  if (symbolsOf(exponent).has('t') || atomsOf(exponent).length > 0 || (exponent.kind === 'number' && exponent.value.num <= 0n)) return undefined
  const green = div(pow(div(S, T), exponent), substitute(a1, { t: S }))
  const at = (e: Expr): Expr => substitute(e, { t: S })
  const conditions = [applyLaw(law, green), sub(mul(at(a1), at(green)), ONE)]
  const solution = integralNode(mul(green, at(law.drive)), 's', ZERO, T)
  return { green, free: ZERO, solution, verified: conditions.every((e) => isIdenticallyZero(e)), readable: { solution, where: [] }, exponent }
}

import { ONE, ZERO, add, div, integralNode, isZero, mul, sub, sym, symbolsOf } from '../../algebra/build.js'
import { differentiate, substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import { factored } from '../../algebra/squareFree.js'
import { linearForm } from '../../jets/collect.js'
import { simplifyScalar } from '../../jets/simplify.js'
import type { LinearLaw } from '../flow.js'

/** What solves a linear law for every drive. */
export interface FundamentalSolution {
  /** Response at `t` to a unit impulse of the drive at 0: L G = 0, G(0) = … = 0, leading coefficient·highest lower derivative(0) = 1. */
  readonly green: Expr
  /** Free motion from q(0) = `q_0` (and q̇(0) = `dq_0`). */
  readonly free: Expr
  /** free + ∫₀ᵗ G(t−s)·drive(s) ds; inside the integral the drive is taken at time s. */
  readonly solution: Expr
  readonly verified: boolean
}

const at0 = (e: Expr): Expr => substitute(e, { t: ZERO })

/** Σ coefficientsⱼ dʲe/dtʲ. */
export function applyLaw(law: LinearLaw, e: Expr): Expr {
  let [sum, derivative]: [Expr, Expr] = [ZERO, e]
  for (const c of law.coefficients) {
    sum = add(sum, mul(c, derivative))
    derivative = differentiate(derivative, 't')
  }
  return sum
}

/**
 * Variation of constants: with the impulse response and the free motion verified to solve the homogeneous law with their initial
 * values, the driven solution follows for every drive.
 * @param law of first or second order, coefficients free of `t`.
 */
export function regimeOf(law: LinearLaw, green: Expr, free: Expr): FundamentalSolution {
  const [, c1 = ZERO, c2] = law.coefficients
  const rate = (e: Expr): Expr => differentiate(e, 't')
  const initial =
    c2 === undefined
      ? [sub(mul(c1, at0(green)), ONE), sub(at0(free), sym('q_0'))]
      : [at0(green), sub(mul(c2, at0(rate(green))), ONE), sub(at0(free), sym('q_0')), sub(at0(rate(free)), sym('dq_0'))]
  const delayed = substitute(green, { t: sub(sym('t'), sym('s')) })
  const { rest, level } = atRest(law)
  const driven = isZero(rest) ? ZERO : integralNode(mul(delayed, substitute(rest, { t: sym('s') })), 's', ZERO, sym('t'))
  const held = sub(applyLaw(law, level), sub(law.drive, rest))
  const verified = [applyLaw(law, green), applyLaw(law, free), held, ...initial].every((e) => isIdenticallyZero(e))
  return { green, free, solution: add(level, substitute(free, { q_0: sub(sym('q_0'), level) }), driven), verified }
}

/** The level at which what of the drive neither moves nor is measured, as a temperature does, would hold the charge, and the rest of the drive. */
function atRest({ coefficients: [c0 = ZERO], drive }: LinearLaw): { readonly rest: Expr; readonly level: Expr } {
  const still = linearForm(drive)?.constant ?? ZERO
  if (isZero(c0) || isZero(still) || ['s', 't'].some((time) => symbolsOf(still).has(time))) return { rest: drive, level: ZERO }
  return { rest: simplifyScalar(sub(drive, still)), level: factored(div(still, c0)) }
}

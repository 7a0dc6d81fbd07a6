import { ONE, ZERO, add, div, integralNode, isZero, mul, num, pow, sub, sym, symbolsOf } from '../../algebra/build.js'
import { atomsOf, differentiateTimes, substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import type { LinearLaw } from '../flow.js'
import { type NamedRoots, type Root, coefficientsOfRoots, inverseTransform, spectrumOf } from '../../algebra/spectrum.js'
import { type FundamentalSolution, applyLaw } from './variation.js'

/** The solution of a law of any order, its exponents the roots of the law's characteristic polynomial. */
export interface HigherOrderSolution extends FundamentalSolution {
  readonly named: readonly NamedRoots[]
}

/** q_0, dq_0, ddq_0, …. */
const initialNames = (order: number): readonly Expr[] => Array.from({ length: order }, (_, j) => sym(`${'d'.repeat(j)}q_0`))

/** Free motion: the inverse transform of Σⱼ q⁽ʲ⁾(0) Σₖ a_{j+k+1} rᵏ over Σ aₖ rᵏ, the lead aₙ taken out. */
function freeMotion(coefficients: readonly Expr[], roots: readonly Root[]): Expr {
  const lead = coefficients.at(-1) ?? ONE
  return add(...initialNames(coefficients.length - 1).map((value, j) => {
    const numerator = add(...coefficients.slice(j + 1).map((a, k) => mul(div(a, lead), pow(sym('r'), num(k)))))
    return mul(value, inverseTransform(numerator, roots))
  }))
}

/** Whether free motion and impulse response solve the law whose coefficients the roots themselves make, from their initial values. */
function solves(law: LinearLaw, roots: readonly Root[], green: Expr): boolean {
  const lead = law.coefficients.at(-1) ?? ONE
  const coefficients = coefficientsOfRoots(roots).map((c) => mul(lead, c))
  const order = coefficients.length - 1
  const free = freeMotion(coefficients, roots)
  const generic = { ...law, coefficients }
  const start = (e: Expr, j: number): Expr => substitute(differentiateTimes(e, 't', j), { t: ZERO })
  const initial = initialNames(order).flatMap((value, j) => [sub(start(free, j), value), sub(mul(lead, start(green, j)), j === order - 1 ? ONE : ZERO)])
  return [applyLaw(generic, free), applyLaw(generic, green), ...initial].every((e) => isIdenticallyZero(e))
}

/** A linear law of any order with constant coefficients, solved by the residues of its Laplace transform. */
export function higherOrder(law: LinearLaw): HigherOrderSolution {
  const taken = new Set([...law.coefficients, law.drive].flatMap((e) => [...symbolsOf(e), ...atomsOf(e).flatMap((o) => o.text().match(/\w+/g) ?? [])]))
  const { roots, named, verified } = spectrumOf(law.coefficients, taken)
  const green = div(inverseTransform(ONE, roots), law.coefficients.at(-1) ?? ONE)
  const free = freeMotion(law.coefficients, roots)
  const delayed = substitute(green, { t: sub(sym('t'), sym('s')) })
  const driven = isZero(law.drive) ? ZERO : integralNode(mul(delayed, substitute(law.drive, { t: sym('s') })), 's', ZERO, sym('t'))
  return { green, free, solution: add(free, driven), named, verified: verified && solves(law, roots, green) }
}

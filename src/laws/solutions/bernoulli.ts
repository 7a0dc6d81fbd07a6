import { ONE, ZERO, add, div, exp, isZero, mul, neg, num, pow, sub, sym } from '../../algebra/build.js'
import { atomsOf, differentiate, substitute } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { integrateDefinite } from '../../algebra/integrate.js'
import { divR, subR, R1 } from '../../algebra/rational.js'
import { factored } from '../../algebra/squareFree.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import type { Symmetry } from '../../symmetry/symmetry.js'
import { type LinearLaw, isMoving } from '../flow.js'
import { homogeneityOf } from './homogeneity.js'
import { type FundamentalSolution, regimeOf } from './variation.js'

/** A law whose drive is a power of the charge times a quantity that does not move along the orbit, made linear by u = q^power. */
export interface Bernoulli {
  readonly power: Expr
  /** The drive with its dependence on the charge taken out: what the orbit leaves invariant. */
  readonly invariant: Expr
  /** The linear law of u. */
  readonly law: LinearLaw
  /** u(t), from u(0) = `q_0`^power; the invariant's values stand under the integral. */
  readonly solution: FundamentalSolution
  readonly verified: boolean
}

/**
 * Bernoulli's substitution. Where q has degree c and the drive D degree d along the orbit, D = D̂·q^p with p = d/c and D̂ invariant, and
 *
 *     a₁q̇ + a₀q = D̂ q^p,   u = q^{1−p}   ⟹   a₁u̇ + (1−p)a₀u = (1−p)D̂.
 *
 * For weights in front of a normalization p = −1: |θ_B|⁴ obeys a linear law driven by |ĝ_B|² = |g_B|²|θ_B|², the squared gradient at
 * unit norm ([NLD] §5). Undefined for laws of other orders, drives without a degree, and p = 1, where the law is linear as it stands.
 */
export function bernoulli(given: LinearLaw, symmetry: Symmetry): Bernoulli | undefined {
  const [a0 = ZERO, a1 = ONE, ...higher] = given.coefficients
  if (higher.some((c) => !isZero(c)) || isZero(given.drive) || given.coefficients.some(isMoving)) return undefined
  const [ofCharge, ofDrive] = [given.charge, given.drive].map((e) => homogeneityOf(e, symmetry))
  if (ofCharge === undefined || ofDrive === undefined || ofCharge.degree.num === 0n) return undefined
  const p = divR(ofDrive.degree, ofCharge.degree)
  const power = num(subR(R1, p))
  if (isZero(power) || p.num === 0n) return undefined
  const invariant = div(given.drive, pow(given.charge, num(p)))
  const coefficients = [factored(mul(power, a0)), a1]
  const law: LinearLaw = { charge: pow(given.charge, power), factor: ONE, coefficients, drive: mul(power, invariant), drives: [] }
  const decay = exp(neg(mul(factored(div(coefficients[0] ?? ZERO, a1)), sym('t'))))
  const found = regimeOf(law, div(decay, a1), mul(sym('q_0'), decay))
  const fromCharge = (e: Expr): Expr => substitute(e, { q_0: pow(sym('q_0'), power) })
  const solution = { ...found, free: fromCharge(found.free), solution: fromCharge(atomsOf(law.drive).length > 0 ? found.solution : add(found.free, responseTo(law.drive, found.green))) }
  return { power, invariant, law, solution, verified: found.verified && substitutes(a0, a1, power, num(p)) }
}

/** ∫₀ᵗ G(t−s) ds·drive for an invariant that is a number and not measured. */
const responseTo = (drive: Expr, green: Expr): Expr => integrateDefinite(mul(substitute(green, { t: sub(sym('t'), sym('s')) }), drive), 's', ZERO, sym('t'))

/** u = q^{1−p} put into the law of u, with q̇ from the law of q, leaves nothing. */
function substitutes(a0: Expr, a1: Expr, power: Expr, p: Expr): boolean {
  const [q, D] = [sym('q'), sym('_D')]
  const rate = div(sub(mul(D, pow(q, p)), mul(a0, q)), a1)
  const u = pow(q, power)
  const uRate = mul(differentiate(u, 'q'), rate)
  return isIdenticallyZero(sub(add(mul(a1, uRate), mul(power, a0, u)), mul(power, D)))
}

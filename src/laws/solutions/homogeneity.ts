import { div, mul, num, sub } from '../../algebra/build.js'
import { atomsOf } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { cancel } from '../../algebra/rational-form.js'
import { type Rational, textR } from '../../algebra/rational.js'
import { isIdenticallyZero } from '../../algebra/zero.js'
import { type InstanceCheck, checkVanishes } from '../../jets/check.js'
import type { SymmetryRules } from '../../jets/constraint.js'
import { asContraction } from '../../jets/contraction.js'
import { deriveScalar, directional } from '../../jets/leibniz.js'
import { simplifyScalar } from '../../jets/simplify.js'
import { childrenOf } from '../../jets/walk.js'
import type { VectorAtom } from '../../jets/vector.js'
import type { Symmetry } from '../../symmetry/symmetry.js'

/** How a quantity changes along the orbit of a symmetry: ⟨∇e, ξ⟩ = degree·e, so that ψ_α multiplies it by e^{α·degree}. */
export interface Homogeneity {
  readonly degree: Rational
  readonly verified: InstanceCheck
}

function madeOfTheta(a: VectorAtom): boolean {
  if (a.kind === 'variable') return a.name === 'theta' && a.order === 0
  return childrenOf(a).every(madeOfTheta)
}

const isFunctionOfTheta = (e: Expr): boolean =>
  atomsOf(e).every((o) => {
    const c = asContraction(o)
    return c !== undefined && madeOfTheta(c.left) && madeOfTheta(c.right)
  })

/**
 * The degree of a function of θ along the orbit, where it has one: 2 for |θ_B|² and −2 for |g_B|² under the scaling of B, by Euler's
 * theorem. None for states and rates, which are no functions of θ.
 */
export function homogeneityOf(e: Expr, symmetry: Symmetry, rules: SymmetryRules): Homogeneity | undefined {
  if (!isFunctionOfTheta(e)) return undefined
  const value = simplifyScalar(rules.scalar(e))
  if (isIdenticallyZero(value)) return undefined
  const rate = deriveScalar(e, directional('theta', 0, symmetry.generator))
  const ratio = cancel(div(simplifyScalar(rules.scalar(rate)), value))
  if (ratio.kind !== 'number') return undefined
  const verified = checkVanishes(sub(rate, mul(num(ratio.value), e)), symmetry.space, [symmetry.generator])
  if (!verified.passed) throw new Error(`the degree ${textR(ratio.value)} along the orbit failed its check`)
  return { degree: ratio.value, verified }
}

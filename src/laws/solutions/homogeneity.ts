import { mul, num, sub } from '../../algebra/build.js'
import { atomsOf } from '../../algebra/calculus.js'
import type { Expr } from '../../algebra/expr.js'
import { type Rational } from '../../algebra/rational.js'
import { type InstanceCheck, checkVanishes, ratioOnInstances } from '../../jets/check.js'
import { asContraction } from '../../jets/contraction.js'
import { deriveScalar, directional } from '../../jets/leibniz.js'
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
  // Products with matrices that move with θ have no derivative to tell a degree by.
  if (a.kind === 'tensor' && a.field.sandwich !== undefined) return false
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
export function homogeneityOf(e: Expr, { generator, space }: Symmetry): Homogeneity | undefined {
  if (!isFunctionOfTheta(e)) return undefined
  const rate = deriveScalar(e, directional('theta', 0, generator))
  const degree = ratioOnInstances(rate, e, space, [generator])
  if (degree === undefined) return undefined
  const verified = checkVanishes(sub(rate, mul(num(degree), e)), space, [generator])
  // A function of pieces, such as a largest component, may have a degree on some instances and none on others.
  return verified.passed ? { degree, verified } : undefined
}

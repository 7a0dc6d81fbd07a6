import { HALF, ONE, TWO, ZERO, call, div, exp, mul, neg, sym } from '../algebra/build.js'
import { checkVanishes } from '../jets/check.js'
import { simplifyVector } from '../jets/simplify.js'
import { timeDerivativeOf } from '../jets/leibniz.js'
import { writeScalar } from '../jets/notation.js'
import { combine, isZeroVector, scaleVector, subVectors, variable } from '../jets/vector.js'
import type { InverseProblem, Nearby } from '../mechanics/lagrangian.js'
import { orderInTime } from '../mechanics/mechanics.js'
import { potentialOf } from '../mechanics/potential.js'
import { bregmanOfSum } from '../rules/action.js'
import { lowered } from '../rules/mirror.js'
import type { ModifiedFlow } from '../rules/modifiedFlow.js'
import { taylorInEta } from '../rules/series.js'
import type { Symmetry } from '../symmetry/symmetry.js'

const ETA = sym('eta')

/**
 * The Lagrangian of mirror descent to first order in η. Its flow is ṗ + (η/2) p̈ + ∇F = 0 in the dual variables p = ∇h(θ), of which
 *
 *     d/dt ∇h(θ + (η/2) θ̇) + ∇F = 0
 *
 * misses terms of order η² only; and that is the motion of the Bregman Lagrangian with e^α = 2/η, e^β = η/2, γ = 2t/η, whose scaling is ideal
 * (γ̇ = e^α). For h = |θ|²/2 it is the Lagrangian of gradient descent, e^{2t/η}(η/4 |θ̇|² − F).
 * @param exact the answer of the inverse problem for the flow cut off at first order
 * @returns undefined where the flow is not of this kind, F has no closed form, or the motion is not found to be the flow
 */
export function mirrorLagrangian(flow: ModifiedFlow, exact: InverseProblem, { space, generator }: Symmetry): InverseProblem | undefined {
  const { rule: { dual }, equation, order, schedules } = flow
  if (dual === undefined || order !== 1 || exact.exists) return undefined
  const rate = lowered(dual, variable('theta', 1))
  const force = simplifyVector(subVectors(equation, combine([[ONE, rate], [mul(HALF, ETA), timeDerivativeOf(rate)]])))
  const potential = orderInTime(force) > 0 ? undefined : potentialOf(force)
  if (potential === undefined) return undefined
  const scaling = { alpha: call('log', div(TWO, ETA)), beta: call('log', div(ETA, TWO)), gamma: div(mul(TWO, sym('t')), ETA) }
  const { mechanics, expected } = bregmanOfSum(dual.potential, scaling, ZERO, { value: potential, gradient: force, schedules })
  const motion = simplifyVector(scaleVector(exp(neg(scaling.gamma)), expected))
  const defect = subVectors(mechanics.equation, expected)
  const differences = taylorInEta(subVectors(motion, equation), order + 1).map(simplifyVector)
  if (![defect, ...differences].every((x) => isZeroVector(x) || checkVanishes(x, space, [generator]).passed)) return undefined
  const [alpha, beta, gamma] = [scaling.alpha, scaling.beta, scaling.gamma].map((e) => writeScalar(e).text)
  const nearby: Nearby = { motion, defect, differences }
  return {
    ...mechanics, exists: true, firstOrder: false, nearby,
    reason:
      `It is the Bregman Lagrangian with alpha = ${alpha}, beta = ${beta}, gamma = ${gamma}. Its motion d/dt grad h(theta + eta*dtheta/2) = ` +
      `-force is the flow up to terms of order eta^2; cut off at first order the flow itself has none: ${exact.reason}`,
  }
}

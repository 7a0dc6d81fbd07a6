import { HALF, ZERO, add, isZero, mul, sub } from '../algebra/build.js'
import type { Expr } from '../algebra/expr.js'
import { checkVanishes } from '../jets/check.js'
import { dot } from '../jets/contraction.js'
import { deriveScalar, deriveVector, directional, timeDerivativeOf } from '../jets/leibniz.js'
import { simplifyScalar } from '../jets/simplify.js'
import type { Space } from '../jets/space.js'
import { type Vector, isZeroVector, variable } from '../jets/vector.js'
import { VELOCITY } from '../mechanics/eulerLagrange.js'
import { withoutProducts } from '../mechanics/hadamard.js'
import { type Metric, metricForm, spaceWith } from '../mechanics/metric.js'
import { variationAlong } from '../mechanics/noether.js'
import type { Symmetry } from '../symmetry/symmetry.js'
import type { Check } from './derivation.js'

/** Kinetic symmetry breaking of one symmetry in one metric, for unit mass: ½ (L_ξ G)(θ̇, θ̇). */
export interface KsbGeometry {
  readonly symmetry: Symmetry
  readonly metric: Metric
  /** Zero where it vanishes for every metric of the kind, though its terms may not cancel in writing. */
  readonly expression: Expr
  readonly vanishes: boolean
  readonly reason: string
  /** The expression against the variation of the kinetic energy. */
  readonly verified: Check
}

/** Whether a scalar vanishes for every metric of the kind. */
const vanishesFor = (e: Expr, metric: Metric, { space, generator }: Symmetry): Check => checkVanishes(e, spaceWith(metric, space), [generator])

/** ½ ∂G[ξ](θ̇, θ̇): what the metric changes by along the generator. */
const metricChange = (metric: Metric, generator: Vector, space: Space): Expr =>
  simplifyScalar(withoutProducts(mul(HALF, deriveScalar(metricForm(metric, VELOCITY, VELOCITY, space), directional('theta', 0, generator)))))

/** ⟨Dξ θ̇, G θ̇⟩: what the velocities change by. */
const velocityChange = (metric: Metric, generator: Vector, space: Space): Expr =>
  simplifyScalar(withoutProducts(metricForm(metric, timeDerivativeOf(generator), VELOCITY, space)))

/** The linear part A of the generator along a direction. */
const linearPart = (generator: Vector): Vector => deriveVector(generator, directional('theta', 0, variable('x')))

/** Why kinetic symmetry breaking is as it is, from which of its two parts vanish and what the linear part is. */
function reasonOf(symmetry: Symmetry, metric: Metric, parts: { readonly velocity: boolean; readonly metric: boolean; readonly both: boolean }): string {
  const linear = linearPart(symmetry.generator)
  const constant = isZeroVector(linear)
  const antisymmetric = vanishesFor(dot(variable('x'), linear), metric, symmetry).passed
  if (parts.velocity && parts.metric) {
    if (constant) return 'the generator is constant and so is the metric along it'
    return antisymmetric ? 'A is antisymmetric and commutes with the metric' : 'neither velocities nor the metric change in the energy'
  }
  if (parts.both) return 'the change of the metric along the generator cancels that of the velocities'
  if (parts.metric) return antisymmetric ? 'A is antisymmetric, but does not commute with the metric' : 'A is not antisymmetric: the flow of the symmetry stretches velocities'
  return parts.velocity ? 'the metric changes along the generator' : 'velocities and the metric change along the generator, and do not cancel'
}

/**
 * ½ L_ξ G (θ̇, θ̇): kinetic symmetry breaking vanishes where the generator is a Killing field of the metric ([NLD] §4 for the Euclidean
 * one). Whether it does is decided on random exact instances of the metric, so for all metrics of the kind at once.
 */
export function ksbGeometry(symmetry: Symmetry, metric: Metric): KsbGeometry {
  const { generator, space } = symmetry
  const [velocity, change] = [velocityChange(metric, generator, space), metricChange(metric, generator, space)]
  const whole = simplifyScalar(add(velocity, change))
  const [both, ofVelocity, ofMetric] = [whole, velocity, change].map((e) => isZero(e) || vanishesFor(e, metric, symmetry).passed)
  const vanishes = both === true
  const expression = vanishes ? ZERO : whole
  const variation = variationAlong(mul(HALF, metricForm(metric, VELOCITY, VELOCITY, space)), generator)
  const reason = reasonOf(symmetry, metric, { velocity: ofVelocity === true, metric: ofMetric === true, both: vanishes })
  return { symmetry, metric, expression, vanishes, reason, verified: vanishesFor(sub(variation, expression), metric, symmetry) }
}

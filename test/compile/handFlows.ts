import { ZERO, add, div, mul, num, sub } from '../../src/algebra/build.js'
import type { Expr } from '../../src/algebra/expr.js'
import { fromNumber } from '../../src/algebra/rational.js'
import { gradient, hessianVector } from '../../src/compile/tensor/derivative.js'
import type { Flow, Hyperparameter } from '../../src/compile/tensor/flow.js'
import { type Tensor, fill, input, plus, scaled } from '../../src/compile/tensor/graph.js'

/** Flows of training written down by hand: what the derived ones are held against. */

const exact = (x: Hyperparameter): Expr => (typeof x === 'number' ? num(fromNumber(x)) : x)

/**
 * The modified flow of gradient descent with rate η to first order, dθ/dt = −g − (η/2) H g: steepest descent on
 * f + (η/4)|g|² [HLW IX; Barrett and Dherin 2021]. With decay, g is the gradient of f + (λ/2)|θ|².
 */
export function modifiedLossFlow(loss: Tensor, parameters: readonly Tensor[], rate: Hyperparameter, decay: Hyperparameter = 0): Flow {
  const pull = gradient(loss, parameters).map((g, i) => withDecay(g, parameters[i], exact(decay)))
  const bend = hessianVector(loss, parameters, pull)
  const half = div(exact(rate), num(-2))
  const field = pull.map((g, i) => plus(scaled(-1, g), scaled(half, withDecay(bend[i] ?? fill(0, g.shape), g, exact(decay)))))
  return { parameters, field }
}

/** Name of the velocity of a parameter in `momentumFlow`. */
export const velocityOf = (parameter: string): string => `velocity_${parameter}`

/**
 * The modified flow of heavy-ball momentum to first order in the rate [NM §5],
 * (η(1+β)/2) θ̈ + (1−β) θ̇ + g + λθ = 0, as a system of parameters and velocities.
 */
export function momentumFlow(
  loss: Tensor, parameters: readonly Tensor[], rate: Hyperparameter, momentum: Hyperparameter, decay: Hyperparameter = 0,
): Flow {
  const velocities = parameters.map((t) => input(velocityOf(t.kind === 'input' ? t.name : ''), t.shape))
  const pull = gradient(loss, parameters).map((g, i) => withDecay(g, parameters[i], exact(decay)))
  const beta = exact(momentum)
  const inverseMass = div(num(-2), mul(exact(rate), add(num(1), beta)))
  const acceleration = pull.map((g, i) => scaled(inverseMass, withDecay(g, velocities[i], sub(num(1), beta))))
  return { parameters: [...parameters, ...velocities], field: [...velocities, ...acceleration] }
}

const withDecay = (g: Tensor, theta: Tensor | undefined, factor: Expr): Tensor =>
  factor === ZERO || theta === undefined ? g : plus(g, scaled(factor, theta))

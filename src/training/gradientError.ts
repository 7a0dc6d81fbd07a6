import { dot } from '../network/dot.js'
import { float64Network } from '../network/float64.js'
import type { Network } from '../network/network.js'
import { type Samples, select } from './data/dataset.js'
import { targetMatrix } from './data/targets.js'
import type { Engine } from './engine.js'
import type { Real } from './vectorCode.js'

/** Samples that the two gradients are compared on, at the most. */
const MOST = 256

/**
 * How far rounding takes an engine's gradient: its distance to that of float64 loops, an implementation of its own, at some parameters and on
 * some samples. Where the gradients of samples cancel, as at the end of training on all of them, it does not shrink with their sum.
 */
export function gradientError(engine: Engine, network: Network, samples: Samples, theta: Real, rows: Int32Array): number {
  const chosen = rows.subarray(0, MOST)
  const rounded = engine.vector()
  engine.batch(chosen)
  engine.lossAndGradient(theta, rounded)
  const { inputs, targets } = select(samples, network.input, chosen)
  const gradient = new Float64Array(network.size)
  float64Network(network, chosen.length)
    .lossAndGradient(Float64Array.from(theta), Float64Array.from(inputs), targetMatrix(targets, network.output), chosen.length, gradient)
  const apart = gradient.map((g, i) => g - (rounded[i] ?? 0))
  return Math.sqrt(dot(apart, apart, 0, 0, network.size))
}

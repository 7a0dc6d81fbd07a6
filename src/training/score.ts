import { classify, float64Network } from '../network/float64.js'
import type { Network } from '../network/network.js'
import type { DataSet } from './data/dataset.js'
import { labelsOf, selectTargets, targetMatrix } from './data/targets.js'

/** Samples that are taken through the network at once, at the most: so many, and so many numbers of its widest layer. */
const LARGEST_BATCH = 10_000
const LARGEST_SIGNAL = 2 ** 23

const largestBatch = ({ input, layers }: Network): number =>
  Math.max(2, Math.min(LARGEST_BATCH, Math.floor(LARGEST_SIGNAL / layers.reduce((most, { output }) => Math.max(most, output), input))))

/** How well a network answers the test samples; NaN without any. */
export interface Score {
  /** Fraction of them classified correctly; NaN where the targets are numbers. */
  readonly accuracy: number
  /** Their loss. */
  readonly loss: number
}

/**
 * Of the test samples, in float64. Normalizations use the mean and variance over the training samples (the first 10,000 if there are more,
 * fewer in networks of large images) at these parameters: no running averages, which would depend on the path.
 */
export function score(network: Network, theta: Float64Array, { train, test }: DataSet): Score {
  const most = largestBatch(network)
  const known = Math.min(train.rows, most)
  const evaluator = float64Network(network, Math.min(most, Math.max(known, test.rows)))
  evaluator.output(theta, Float64Array.from(train.inputs.subarray(0, known * network.input)), known, 'batch')
  const isClass = test.targets.kind === 'classes'
  const derivative = new Float64Array(Math.min(most, test.rows) * network.output)
  let [correct, loss] = [0, 0]
  for (let from = 0; from < test.rows; from += most) {
    const rows = Math.min(most, test.rows - from)
    const inputs = Float64Array.from(test.inputs.subarray(from * network.input, (from + rows) * network.input))
    const output = evaluator.output(theta, inputs, rows, 'kept')
    const targets = selectTargets(test.targets, Int32Array.from({ length: rows }, (_, row) => from + row))
    if (isClass) for (const [row, found] of classify(output, rows, network.output).entries()) if (found === labelsOf(targets)[row]) correct++
    loss += rows * network.loss.float64(output, targetMatrix(targets, network.output), rows, network.output, derivative)
  }
  return { accuracy: isClass ? correct / test.rows : Number.NaN, loss: loss / test.rows }
}

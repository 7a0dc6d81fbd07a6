import { classify, float64Network } from '../network/float64.js'
import type { Network } from '../network/network.js'
import type { DataSet } from './data/dataset.js'

/** Samples that are taken through the network at once, at the most: so many, and so many numbers of its widest layer. */
const LARGEST_BATCH = 10_000
const LARGEST_SIGNAL = 2 ** 23

const largestBatch = ({ input, layers }: Network): number =>
  Math.max(2, Math.min(LARGEST_BATCH, Math.floor(LARGEST_SIGNAL / layers.reduce((most, { output }) => Math.max(most, output), input))))

/**
 * Fraction of the test samples that the network classifies correctly, in float64. Normalizations use the mean and variance over the training
 * samples (the first 10,000 if there are more, fewer in networks of large images) at these parameters: no running averages, which would depend on the path.
 * NaN without test samples.
 */
export function testAccuracy(network: Network, theta: Float64Array, { train, test }: DataSet): number {
  const most = largestBatch(network)
  const known = Math.min(train.rows, most)
  const evaluator = float64Network(network, Math.min(most, Math.max(known, test.rows)))
  evaluator.output(theta, Float64Array.from(train.inputs.subarray(0, known * network.input)), known, 'batch')
  let correct = 0
  for (let from = 0; from < test.rows; from += most) {
    const rows = Math.min(most, test.rows - from)
    const inputs = Float64Array.from(test.inputs.subarray(from * network.input, (from + rows) * network.input))
    const classes = classify(evaluator.output(theta, inputs, rows, 'kept'), rows, network.output)
    for (const [row, label] of classes.entries()) if (label === test.labels[from + row]) correct++
  }
  return correct / test.rows
}

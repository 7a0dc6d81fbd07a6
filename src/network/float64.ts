import { float64Through } from './chain.js'
import type { Statistics } from './layer.js'
import type { Network } from './network.js'

/** A network in float64 arithmetic, for at most the number of rows it was made for. Matrices are row-major, one sample a row. */
export interface Float64Network {
  /** Output of the last layer, rows × network.output, valid until the next call. */
  output(theta: Float64Array, inputs: Float64Array, rows: number, statistics?: Statistics): Float64Array
  /** Loss of these rows. */
  loss(theta: Float64Array, inputs: Float64Array, targets: Float64Array, rows: number): number
  /** Loss of these rows; its gradient by θ is written to `gradient`. */
  lossAndGradient(theta: Float64Array, inputs: Float64Array, targets: Float64Array, rows: number, gradient: Float64Array): number
}

/** Buffers and loops for `network` on batches of up to `capacity` rows; backward by the chain rule, one layer's hand-derived rule at a time. */
export function float64Network(network: Network, capacity: number): Float64Network {
  const layers = float64Through(network.layers, capacity)
  const derivative = new Float64Array(capacity * network.output)
  const output: Float64Network['output'] = (theta, inputs, rows, statistics = 'batch') => layers.forward(inputs, rows, theta, statistics)
  const loss: Float64Network['loss'] = (theta, inputs, targets, rows) =>
    network.loss.float64(output(theta, inputs, rows), targets, rows, network.output, derivative)
  return {
    output,
    loss,
    lossAndGradient(theta, inputs, targets, rows, gradient) {
      const value = loss(theta, inputs, targets, rows)
      layers.backward(derivative, rows, theta, gradient, false)
      return value
    },
  }
}

/** One row a label: 1 at the label, 0 elsewhere; rows × classes. */
export function oneHot(labels: Int32Array, classes: number): Float64Array {
  const targets = new Float64Array(labels.length * classes)
  for (const [row, label] of labels.entries()) targets[row * classes + label] = 1
  return targets
}

/** The largest component of every row. */
export function classify(output: Float64Array, rows: number, width: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0
    for (let c = 1; c < width; c++) if ((output[row * width + c] ?? 0) > (output[row * width + best] ?? 0)) best = c
    return best
  })
}

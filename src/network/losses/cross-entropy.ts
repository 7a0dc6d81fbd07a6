import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core'
import type { Loss, Tf } from '../layer.js'

/**
 * Mean over the samples of −Σ_c target_c log softmax(output)_c; a target's components sum to 1.
 * softmax(z + α 1) = softmax(z), so what is added to all outputs of a sample alike is lost.
 */
export const crossEntropy: Loss = {
  name: 'cross_entropy',
  text: 'softmax cross-entropy',
  forward(tf, output, target) {
    const [rows] = output.shape
    const shifted = tf.sub<Tensor2D>(output, tf.max(output, 1, true))
    const exponential = tf.exp(shifted)
    const sum = tf.sum(exponential, 1, true)
    const value = tf.div<Scalar>(tf.sum(tf.mul(target, tf.sub(tf.log(sum), shifted))), rows)
    // softmax_c − target_c = softmax_c (1 − target_c) − target_c Σ_{j≠c} softmax_j: without the difference of nearly equal numbers on the left,
    // so that in float32 the components of a well-learned sample, too, sum to 0 to rounding of their own size.
    const others = tf.matMul<Tensor2D>(exponential, allButDiagonal(tf, output.shape[1]))
    const difference = tf.sub<Tensor2D>(tf.mul(exponential, tf.sub(1, target)), tf.mul(target, others))
    return { value, derivative: tf.div(difference, tf.mul(sum, rows)) }
  },
  float64(output, target, rows, width, derivative) {
    let total = 0
    for (let n = 0; n < rows; n++) {
      const at = n * width
      let largest = -Infinity
      for (let c = 0; c < width; c++) largest = Math.max(largest, output[at + c] ?? 0)
      let sum = 0
      for (let c = 0; c < width; c++) sum += Math.exp((output[at + c] ?? 0) - largest)
      const normalizer = largest + Math.log(sum)
      for (let c = 0; c < width; c++) {
        const logarithm = (output[at + c] ?? 0) - normalizer
        total -= (target[at + c] ?? 0) * logarithm
        derivative[at + c] = (Math.exp(logarithm) - (target[at + c] ?? 0)) / rows
      }
    }
    return total / rows
  },
  transfer: (change) =>
    change.kind === 'common' ? { kind: 'absorbed', why: 'softmax does not see what is added to all outputs alike', by: [] } : undefined,
}

/** Ones with zeros on the diagonal. */
const allButDiagonal = (tf: Tf, size: number): Tensor2D =>
  tf.tensor2d(new Float32Array(size * size).map((_, i) => (i % (size + 1) === 0 ? 0 : 1)), [size, size])

import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core'
import type { Loss } from '../layer.js'

/** Mean over the samples of ½ |output − target|²: the loss of [GU], whose derivative by the output is output − target. It absorbs no change. */
export const meanSquare: Loss = {
  name: 'mean_square',
  text: 'mean of |output − target|²/2',
  forward(tf, output, target) {
    const [rows] = output.shape
    const difference = tf.sub<Tensor2D>(output, target)
    return { value: tf.div<Scalar>(tf.sum(tf.square(difference)), 2 * rows), derivative: tf.div(difference, rows) }
  },
  float64(output, target, rows, width, derivative) {
    let total = 0
    for (let i = 0; i < rows * width; i++) {
      const difference = (output[i] ?? 0) - (target[i] ?? 0)
      total += difference ** 2 / 2
      derivative[i] = difference / rows
    }
    return total / rows
  },
  transfer: () => undefined,
}

import type { Loss } from '../layer.js'

/** Mean over the samples of ½ |output − target|²: the loss of [GU], whose derivative by the output is output − target. It absorbs no change. */
export const meanSquare: Loss = {
  name: 'mean_square',
  text: 'mean of |output − target|²/2',
  forward: (tf, output, target) => tf.div(tf.sum(tf.squaredDifference(output, target)), 2 * output.shape[0]),
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

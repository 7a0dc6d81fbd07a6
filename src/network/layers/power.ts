import * as z from 'zod'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Layer, LayerContext, Tf } from '../layer.js'
import { activationLayer, homogeneous } from './activation.js'

export const powerSchema = z.int().min(1).max(8)

/** zᵖ for a whole p. */
export const power = (p: number, context: LayerContext): Layer =>
  activationLayer(
    {
      kind: 'power',
      text: `z^${p}`,
      tensor: (tf, x) => repeatedProduct(tf, x, p),
      tensorPullback: (tf, x, dy) => (p === 1 ? dy : tf.mul(dy, tf.mul(repeatedProduct(tf, x, p - 1), p))),
      value: (z) => z ** p,
      slope: (z) => p * z ** (p - 1),
      transfer: homogeneous(p),
    },
    context,
  )

/** xᵖ by repeated squaring: exact signs for negative x, on every backend. */
function repeatedProduct(tf: Tf, x: Tensor2D, p: number): Tensor2D {
  if (p === 1) return x
  const half = repeatedProduct(tf, x, Math.floor(p / 2))
  const square = tf.mul<Tensor2D>(half, half)
  return p % 2 === 0 ? square : tf.mul(square, x)
}

import * as z from 'zod'
import type { Layer, LayerContext } from '../layer.js'
import { activationLayer, homogeneous } from './activation.js'

export const leakyReluSchema = z.number()

/** z for z > 0, slope · z otherwise. */
export const leakyRelu = (slope: number, context: LayerContext): Layer =>
  activationLayer(
    {
      kind: 'leaky_relu',
      text: `z > 0: z, else ${slope} z`,
      tensor: (tf, x) => tf.leakyRelu(x, slope),
      tensorPullback: (tf, x, dy) => tf.mul(dy, tf.step(x, slope)),
      value: (z) => (z > 0 ? z : slope * z),
      slope: (z) => (z > 0 ? 1 : slope),
      transfer: homogeneous(1),
    },
    context,
  )

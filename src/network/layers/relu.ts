import type { Layer, LayerContext } from '../layer.js'
import { activationLayer, homogeneous } from './activation.js'

/** max(z, 0), with derivative 0 at 0. */
export const relu = (context: LayerContext): Layer =>
  activationLayer(
    {
      kind: 'relu',
      text: 'max(z, 0)',
      tensor: (tf, x) => tf.relu(x),
      tensorPullback: (tf, x, dy) => tf.mul(dy, tf.step(x)),
      value: (z) => (z > 0 ? z : 0),
      slope: (z) => (z > 0 ? 1 : 0),
      transfer: homogeneous(1),
    },
    context,
  )

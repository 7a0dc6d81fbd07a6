import type { Layer, LayerContext } from '../layer.js'
import { activationLayer, homogeneous } from './activation.js'

/** |z|, with derivative 0 at 0. */
export const absolute = (context: LayerContext): Layer =>
  activationLayer(
    {
      kind: 'abs',
      text: '|z|',
      tensor: (tf, x) => tf.abs(x),
      tensorPullback: (tf, x, dy) => tf.mul(dy, tf.sub(tf.step(x), tf.step(tf.neg(x)))),
      value: Math.abs,
      slope: Math.sign,
      transfer: homogeneous(1),
    },
    context,
  )

import type { Layer, LayerContext } from '../layer.js'
import { activationLayer } from './activation.js'

/** The identity: every change goes through as it came. */
export const linear = (context: LayerContext): Layer =>
  activationLayer(
    {
      kind: 'linear',
      text: 'z',
      tensor: (_tf, x) => x,
      tensorPullback: (_tf, _x, dy) => dy,
      value: (z) => z,
      slope: () => 1,
      transfer: (change) => ({ kind: 'passed', change }),
    },
    context,
  )

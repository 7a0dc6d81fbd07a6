import type { Layer, LayerContext } from '../layer.js'
import { linear } from './linear.js'

/** An image as one row. The dense layer behind it reads images place by place, with axes for their channels, so that nothing is left to do. */
export function flatten(context: LayerContext): Layer {
  const name = `flatten${context.number}`
  return { ...linear(context), name, text: `${name}: ${context.input} in a row` }
}

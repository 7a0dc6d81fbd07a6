import type { Rank, Tensor2D } from '@tensorflow/tfjs-core'
import type { Layer } from '../layer.js'
import type { ImageShape } from './patches.js'

/** A layer of `channels` inputs at every place of an image; as it is where there is no image. */
export function atEveryPlace(layer: Layer, image: ImageShape | undefined): Layer {
  if (image === undefined) return layer
  const places = image.height * image.width
  return {
    ...layer,
    text: `${layer.text}, at each of ${places} places`,
    input: places * layer.input,
    output: places * layer.output,
    image: { ...image, channels: layer.output },
    ...(layer.summands === undefined ? {} : { summands: (rows) => layer.summands?.(rows * places) ?? { through: 0, parameter: 0 } }),
    forward(tf, x, parameters) {
      const [rows] = x.shape
      const apart = (t: Tensor2D, width: number): Tensor2D => tf.reshape<Rank.R2>(t, [rows * places, width])
      const together = (t: Tensor2D, width: number): Tensor2D => tf.reshape<Rank.R2>(t, [rows, places * width])
      const pass = layer.forward(tf, apart(x, layer.input), parameters)
      return {
        output: together(pass.output, layer.output),
        pullback(dy, inputNeeded) {
          const { input, parameters: own } = pass.pullback(apart(dy, layer.output), inputNeeded)
          return input === undefined ? { parameters: own } : { input: together(input, layer.input), parameters: own }
        },
      }
    },
    float64(capacity) {
      const inner = layer.float64(capacity * places)
      return {
        forward: (x, rows, theta, statistics) => inner.forward(x, rows * places, theta, statistics),
        backward: (dy, rows, theta, gradient, inputNeeded) => inner.backward(dy, rows * places, theta, gradient, inputNeeded),
      }
    },
  }
}

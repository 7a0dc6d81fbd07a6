import type { Rank, Tensor2D } from '@tensorflow/tfjs-core'
import { InputError } from '../../errors.js'
import type { Float64Layer, Layer, LayerContext } from '../layer.js'

/** The mean of every channel over all places of an image: what happens to a channel at all places happens to its mean. */
export function globalAverage({ input, number, image }: LayerContext): Layer {
  const name = `global_average${number}`
  if (image === undefined) throw new InputError(`what ${name} is to read is no image`, 'put it behind conv and its activation')
  const { height, width, channels } = image
  const places = height * width
  return {
    name,
    text: `${name}: ${height}×${width}×${channels} → ${channels}`,
    input,
    output: channels,
    parameters: [],
    summands: () => ({ through: places, parameter: 0 }),
    forward: (tf, x) => {
      const [rows] = x.shape
      return {
        output: tf.mean<Tensor2D>(tf.reshape(x, [rows, places, channels]), 1),
        pullback: (dy, inputNeeded) => {
          if (!inputNeeded) return { parameters: [] }
          const share = tf.reshape<Rank.R3>(tf.div(dy, places), [rows, 1, channels])
          return { input: tf.reshape<Rank.R2>(tf.mul(tf.ones([1, places, 1]), share), [rows, input]), parameters: [] }
        },
      }
    },
    float64: (capacity) => float64(places, channels, capacity),
    produces: [],
    transfer: (change) => ({ kind: 'passed', change }),
  }
}

function float64(places: number, channels: number, capacity: number): Float64Layer {
  const output = new Float64Array(capacity * channels)
  const derivative = new Float64Array(capacity * places * channels)
  return {
    forward(x, rows) {
      output.fill(0, 0, rows * channels)
      for (let n = 0, i = 0; n < rows; n++)
        for (let p = 0; p < places; p++) for (let c = 0; c < channels; c++, i++) output[n * channels + c] = (output[n * channels + c] ?? 0) + (x[i] ?? 0) / places
      return output
    },
    backward(dy, rows, _theta, _gradient, inputNeeded) {
      if (inputNeeded) for (let n = 0, i = 0; n < rows; n++) for (let p = 0; p < places; p++) for (let c = 0; c < channels; c++, i++) derivative[i] = (dy[n * channels + c] ?? 0) / places
      return derivative
    },
  }
}

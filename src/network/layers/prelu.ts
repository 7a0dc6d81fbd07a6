import * as z from 'zod'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Float64Layer, Forward, Layer, LayerContext, Parameter, Tf } from '../layer.js'
import { homogeneous } from './activation.js'
import { atEveryPlace } from './places.js'

export const preluSchema = z.strictObject({ slope: z.number().default(0.25) })

/**
 * z for z > 0, a_i z otherwise, a_i a parameter of each neuron, of each channel of an image. He et al. 2015. Homogeneous of degree 1 in z whatever a
 * is, so that a change of scale goes through and leaves the slopes as they are.
 */
export function prelu({ slope: initial }: z.output<typeof preluSchema>, { input, number, image, place }: LayerContext): Layer {
  const width = image?.channels ?? input
  const name = `prelu${number}`
  const slope = place(`slope${number}`, [width], { mean: initial, deviation: 0 })
  return atEveryPlace({
    name,
    text: `${name}: z > 0: z, else ${slope.name} z`,
    input: width,
    output: width,
    parameters: [slope],
    summands: (rows) => ({ through: 1, parameter: rows }),
    forward: (tf, x, [a]) => forward(tf, x, a),
    float64: (capacity) => float64(slope, capacity),
    produces: [],
    transfer: homogeneous(1),
    kink: `no input of ${name} passes zero`,
  }, image)
}

function forward(tf: Tf, x: Tensor2D, slope: Tensor | undefined): Forward {
  if (slope === undefined) throw new Error('a PReLU needs its slopes')
  const positive = tf.relu(x)
  const negative = tf.sub<Tensor2D>(x, positive)
  return {
    output: tf.add(positive, tf.mul(negative, slope)),
    pullback(dy, inputNeeded) {
      const parameters = [tf.sum(tf.mul(dy, negative), 0)]
      if (!inputNeeded) return { parameters }
      const above = tf.step<Tensor2D>(x)
      return { input: tf.mul<Tensor2D>(dy, tf.add(above, tf.mul(tf.sub(1, above), slope))), parameters }
    },
  }
}

function float64({ offset, size }: Parameter, capacity: number): Float64Layer {
  const output = new Float64Array(capacity * size)
  const derivative = new Float64Array(capacity * size)
  let kept: Float64Array = new Float64Array(0)
  return {
    forward(x, rows, theta) {
      kept = x
      for (let n = 0, i = 0; n < rows; n++) for (let c = 0; c < size; c++, i++) output[i] = (x[i] ?? 0) * slopeAt(x[i] ?? 0, theta[offset + c] ?? 0)
      return output
    },
    backward(dy, rows, theta, gradient, inputNeeded) {
      gradient.fill(0, offset, offset + size)
      for (let n = 0, i = 0; n < rows; n++)
        for (let c = 0; c < size; c++, i++) {
          gradient[offset + c] = (gradient[offset + c] ?? 0) + (dy[i] ?? 0) * Math.min(kept[i] ?? 0, 0)
          if (inputNeeded) derivative[i] = (dy[i] ?? 0) * slopeAt(kept[i] ?? 0, theta[offset + c] ?? 0)
        }
      return derivative
    },
  }
}

const slopeAt = (z: number, slope: number): number => (z > 0 ? 1 : slope)

import * as z from 'zod'
import type { Rank, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Float64Layer, Forward, Layer, LayerContext, Tf } from '../layer.js'
import { affineMap, columnsOf } from './dense.js'

export const maxoutSchema = z.strictObject({ units: z.int().positive(), pieces: z.int().min(2).default(2), bias: z.boolean().default(true) })

/**
 * y_i = max_j (W_ij x + b_ij) over the pieces j of neuron i, W of shape [units, pieces, input]. Goodfellow et al. 2013. The largest of a neuron's
 * pieces takes what all of them take if that is a positive factor or an equal shift, and no mixture of neurons.
 */
export function maxout({ units, pieces, bias }: z.output<typeof maxoutSchema>, context: LayerContext): Layer {
  const { input, number, gain } = context
  const name = `maxout${number}`
  const map = affineMap({ name, input, output: units * pieces, rows: [units, pieces], columns: columnsOf(context), weight: `W${number}`, shift: bias ? `b${number}` : undefined, gain }, context)
  return {
    ...map,
    text: `${name}: ${input} → ${units}, the largest of ${pieces} pieces${bias ? ', bias' : ''}`,
    output: units,
    forward: (tf, x, parameters) => forward(tf, map.forward(tf, x, parameters), { units, pieces }),
    float64: (capacity) => float64(map.float64(capacity), { units, pieces }, capacity),
    produces: map.produces.filter(({ change }) => change.kind !== 'linear'),
    kink: `no neuron of ${name} changes its largest piece`,
  }
}

interface Sizes {
  readonly units: number
  readonly pieces: number
}

function forward(tf: Tf, map: Forward, { units, pieces }: Sizes): Forward {
  const [rows] = map.output.shape
  const apart = tf.reshape<Rank.R2>(map.output, [rows * units, pieces])
  return {
    output: tf.reshape<Rank.R2>(tf.max(apart, 1), [rows, units]),
    pullback(dy, inputNeeded) {
      const chosen: Tensor = tf.oneHot(tf.argMax(apart, 1), pieces) // whole numbers: of type float32 the WebAssembly backend makes bits of whole numbers
      const slope = tf.mul<Tensor2D>(tf.cast(chosen, 'float32'), tf.reshape(dy, [rows * units, 1]))
      return map.pullback(tf.reshape<Rank.R2>(slope, [rows, units * pieces]), inputNeeded)
    },
  }
}

function float64(map: Float64Layer, { units, pieces }: Sizes, capacity: number): Float64Layer {
  const output = new Float64Array(capacity * units)
  const chosen = new Int32Array(capacity * units)
  const slope = new Float64Array(capacity * units * pieces)
  return {
    forward(x, rows, theta, statistics) {
      const values = map.forward(x, rows, theta, statistics)
      for (let i = 0; i < rows * units; i++) {
        let best = i * pieces
        for (let j = best + 1; j < (i + 1) * pieces; j++) if ((values[j] ?? 0) > (values[best] ?? 0)) best = j
        chosen[i] = best
        output[i] = values[best] ?? 0
      }
      return output
    },
    backward(dy, rows, theta, gradient, inputNeeded) {
      slope.fill(0, 0, rows * units * pieces)
      for (let i = 0; i < rows * units; i++) slope[chosen[i] ?? 0] = dy[i] ?? 0
      return map.backward(slope, rows, theta, gradient, inputNeeded)
    },
  }
}

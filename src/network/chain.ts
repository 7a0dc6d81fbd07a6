import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Float64Layer, Forward, Layer, Tf } from './layer.js'

/** The first layer with parameters: what comes before it needs no derivative by its input for those of the parameters. */
const firstOf = (layers: readonly Layer[]): number => layers.findIndex(({ parameters }) => parameters.length > 0)

/**
 * Layers one after the other in TensorFlow.js. Derivatives are pulled back layer by layer with each layer's own rule rather than from a tape:
 * fewer kernel calls, and none that the WASM backend lacks.
 * @param parameters of all layers, in order.
 */
export function forwardThrough(tf: Tf, layers: readonly Layer[], input: Tensor2D, parameters: readonly Tensor[]): Forward {
  const passes: Forward[] = []
  let signal = input
  let next = 0
  for (const layer of layers) {
    const pass = layer.forward(tf, signal, parameters.slice(next, next + layer.parameters.length))
    next += layer.parameters.length
    passes.push(pass)
    signal = pass.output
  }
  return {
    output: signal,
    pullback(derivative, inputNeeded) {
      const first = firstOf(layers)
      const gradient: Tensor[] = []
      let arriving = derivative
      for (const [index, pass] of [...passes.entries()].reverse()) {
        if (!inputNeeded && index < first) break
        const back = pass.pullback(arriving, inputNeeded || index > first)
        gradient.unshift(...back.parameters)
        arriving = back.input ?? arriving
      }
      return inputNeeded ? { input: arriving, parameters: gradient } : { parameters: gradient }
    },
  }
}

/** Layers one after the other in float64, for at most `capacity` rows. */
export function float64Through(layers: readonly Layer[], capacity: number): Float64Layer {
  const parts = layers.map((layer) => layer.float64(capacity))
  const first = firstOf(layers)
  return {
    forward: (input, rows, theta, statistics) => parts.reduce<Float64Array>((signal, part) => part.forward(signal, rows, theta, statistics), input),
    backward: (derivative, rows, theta, gradient, inputNeeded) =>
      parts.reduceRight<Float64Array>((arriving, part, index) => part.backward(arriving, rows, theta, gradient, inputNeeded || index > first), derivative),
  }
}

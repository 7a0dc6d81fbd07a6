import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Forward, Tf } from './layer.js'
import type { Network } from './network.js'

/**
 * Loss and gradient of a batch in TensorFlow.js. Derivatives are pulled back layer by layer with each layer's own rule rather than from a tape:
 * fewer kernel calls, and none that the WASM backend lacks. Call inside `tidy`.
 *
 * @param parameters tensors in the order of `network.parameters`, of their shapes
 * @param inputs rows × network.input
 * @param targets rows × network.output
 * @returns the loss, and its derivatives by the parameters in the same order
 */
export function tensorLossAndGradient(
  tf: Tf,
  network: Network,
  parameters: readonly Tensor[],
  inputs: Tensor2D,
  targets: Tensor2D,
): { readonly loss: Scalar; readonly gradient: readonly Tensor[] } {
  const passes: Forward[] = []
  let signal = inputs
  let next = 0
  for (const layer of network.layers) {
    const pass = layer.forward(tf, signal, parameters.slice(next, next + layer.parameters.length))
    next += layer.parameters.length
    passes.push(pass)
    signal = pass.output
  }
  const { value, derivative } = network.loss.forward(tf, signal, targets)
  const first = network.layers.findIndex((layer) => layer.parameters.length > 0)
  const gradient: Tensor[] = []
  let arriving = derivative
  for (const [index, pass] of [...passes.entries()].reverse()) {
    if (index < first) break
    const back = pass.pullback(arriving, index > first)
    gradient.unshift(...back.parameters)
    arriving = back.input ?? arriving
  }
  return { loss: value, gradient }
}

/** Bytes that a sample of a batch takes while its gradient is computed: what TensorFlow.js holds for two samples and not for one. */
export function bytesOfSample(tf: Tf, network: Network): number {
  const held = (rows: number): number =>
    tf.tidy(() => {
      const before = tf.memory().numBytes
      const parameters = network.parameters.map(({ shape }) => tf.ones([...shape]))
      tensorLossAndGradient(tf, network, parameters, tf.ones([rows, network.input]), tf.ones([rows, network.output]))
      return tf.memory().numBytes - before
    })
  return held(2) - held(1)
}

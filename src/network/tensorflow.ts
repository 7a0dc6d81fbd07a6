import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { forwardThrough } from './chain.js'
import type { Tf } from './layer.js'
import type { Network } from './network.js'

/**
 * Loss and gradient of a batch in TensorFlow.js. Call inside `tidy`.
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
  const pass = forwardThrough(tf, network.layers, inputs, parameters)
  const { value, derivative } = network.loss.forward(tf, pass.output, targets)
  return { loss: value, gradient: pass.pullback(derivative, false).parameters }
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

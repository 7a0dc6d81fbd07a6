import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Tf } from './layer.js'
import type { Network } from './network.js'

/**
 * The loss of a batch as a differentiable TensorFlow.js computation.
 *
 * @param parameters tensors in the order of `network.parameters`, of their shapes
 * @param inputs rows × network.input
 * @param targets rows × network.output
 */
export function lossTensor(tf: Tf, network: Network, parameters: readonly Tensor[], inputs: Tensor2D, targets: Tensor2D): Scalar {
  const byName = new Map(network.parameters.map(({ name }, index) => [name, parameters[index]]))
  const parameter = (name: string): Tensor => {
    const found = byName.get(name)
    if (found === undefined) throw new Error(`no tensor for parameter ${name}`)
    return found
  }
  const output = network.layers.reduce((signal, layer) => layer.forward(tf, signal, parameter), inputs)
  return network.loss.forward(tf, output, targets)
}

import { num } from '../algebra/build.js'
import { fromNumber } from '../algebra/rational.js'
import * as t from '../compile/tensor/graph.js'
import * as operations from '../compile/tensor/layers.js'
import { unreachable } from '../errors.js'
import type { Layer } from './layer.js'
import { type Network, imageOf } from './network.js'
import { type LayerSpec, spelledOut } from './schema.js'

/** The loss of a network as a tensor, ready to be differentiated and compiled. */
export interface NetworkTensors {
  /** Mean over the rows. Its inputs are the parameters by their names, `inputs` [rows, input] and `targets` [rows, output]. */
  readonly loss: t.Tensor
  /** In the order of θ. */
  readonly parameters: readonly t.Tensor[]
}

const { relu, tanh, sigmoid, softplus, silu } = operations
const POINTWISE = { relu, tanh, sigmoid, softplus, silu } as const

const constant = (value: number) => num(fromNumber(value))

/**
 * The loss of a network on so many rows as a tensor expression. Normalizations use the statistics of these rows.
 * @param rows number of samples.
 */
export function networkTensors(network: Network, rows: number): NetworkTensors {
  const parameters = new Map(network.parameters.map(({ name, shape }) => [name, t.input(name, shape)]))
  let signal = t.input('inputs', [rows, network.input])
  let image = imageOf(network.spec.input)
  for (const [k, layer] of network.layers.entries()) {
    const spec = network.spec.layers[k]
    if (spec === undefined) throw new TypeError(`layer ${layer.name} has no description`)
    signal = applied(spec, layer, image === undefined ? signal : operations.asImage(signal, image), (name) => parameters.get(name))
    image = layer.image
  }
  signal = operations.flattened(signal)
  const targets = t.input('targets', [rows, network.output])
  const loss = network.loss.name === 'cross_entropy'
    ? operations.crossEntropy(signal, targets)
    : t.scaled(num(fromNumber(network.output / 2)), operations.meanSquare(signal, targets))
  return { loss, parameters: [...parameters.values()] }
}

function applied(given: LayerSpec, layer: Layer, x: t.Tensor, named: (name: string) => t.Tensor | undefined): t.Tensor {
  const spec = spelledOut(given)
  if (spec === 'linear') return x
  if (spec === 'global_average') return operations.globalAverage(x)
  if (typeof spec === 'string') return POINTWISE[spec](x)
  const own = (letter: string): t.Tensor | undefined =>
    layer.parameters.flatMap(({ name }) => (name.replace(/(?:_[a-z]+)?\d+$/, '') === letter ? named(name) ?? [] : []))[0]
  const normalized = (by: typeof operations.batchNorm, epsilon: number): t.Tensor =>
    by(x, own('gamma') ?? t.fill(1, [layer.output]), own('beta') ?? t.fill(0, [layer.output]), constant(epsilon))
  if ('batchnorm' in spec) return normalized(operations.batchNorm, spec.batchnorm.epsilon)
  if ('layernorm' in spec) return normalized(operations.layerNorm, spec.layernorm.epsilon)
  if ('rmsnorm' in spec) return normalized(operations.rmsNorm, spec.rmsnorm.epsilon)
  if ('dense' in spec) {
    const [weight, bias] = [own('W'), own('b')]
    if (weight === undefined) throw new TypeError(`${layer.name} has no weights`)
    const product = weight.shape.length === 2 ? t.einsum('ni,oi->no', operations.flattened(x), weight) : operations.denseOfImage(x, weight)
    return bias === undefined ? product : t.plus(product, t.broadcast(bias, product.shape, [1]))
  }
  if ('conv' in spec) {
    const [kernel, bias] = [own('K'), own('c')]
    if (kernel === undefined) throw new TypeError(`${layer.name} has no kernel`)
    const product = operations.convolution(x, kernel, { stride: spec.conv.stride, padding: spec.conv.padding === 'same' ? (spec.conv.kernel - 1) / 2 : 0 })
    return bias === undefined ? product : t.plus(product, t.broadcast(bias, product.shape, [3]))
  }
  if ('leaky_relu' in spec) return operations.leakyRelu(x, constant(spec.leaky_relu))
  if ('power' in spec) return operations.power(x, spec.power)
  return unreachable(spec)
}

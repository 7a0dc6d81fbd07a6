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

const { relu, abs, tanh, sigmoid, softplus, silu, gelu, sin } = operations
const POINTWISE = { relu, abs, tanh, sigmoid, softplus, silu, gelu, sin } as const

const constant = (value: number) => num(fromNumber(value))

/**
 * The loss of a network on so many rows as a tensor expression. Normalizations use the statistics of these rows.
 * @param rows number of samples.
 */
export function networkTensors(network: Network, rows: number): NetworkTensors {
  const parameters = new Map(network.parameters.map(({ name, shape }) => [name, t.input(name, shape)]))
  const start = { value: t.input('inputs', [rows, network.input]), image: imageOf(network.spec.input) }
  const signal = operations.flattened(through(network.spec.layers, network.layers, start, (name) => parameters.get(name)).value)
  const targets = t.input('targets', [rows, network.output])
  const loss = network.loss.name === 'cross_entropy'
    ? operations.crossEntropy(signal, targets)
    : t.scaled(num(fromNumber(network.output / 2)), operations.meanSquare(signal, targets))
  return { loss, parameters: [...parameters.values()] }
}

type Named = (name: string) => t.Tensor | undefined

/** What is passed from layer to layer, and its shape where it is an image. */
interface Signal {
  readonly value: t.Tensor
  readonly image: ReturnType<typeof imageOf>
}

const through = (specs: readonly LayerSpec[], layers: readonly Layer[], start: Signal, named: Named): Signal =>
  layers.reduce<Signal>(({ value, image }, layer, k) => {
    const spec = specs[k]
    if (spec === undefined) throw new TypeError(`layer ${layer.name} has no description`)
    return { value: applied(spec, layer, { value: image === undefined ? value : operations.asImage(value, image), image }, named), image: layer.image }
  }, start)

function applied(given: LayerSpec, layer: Layer, signal: Signal, named: Named): t.Tensor {
  const spec = spelledOut(given)
  const x = signal.value
  if (spec === 'linear' || spec === 'flatten') return x
  if (spec === 'global_average') return operations.globalAverage(x)
  if (typeof spec === 'string') return POINTWISE[spec](x)
  const own = (letter: string): t.Tensor | undefined =>
    layer.parameters.flatMap(({ name }) => (name.replace(/(?:_[a-z]+)?\d+$/, '') === letter ? named(name) ?? [] : []))[0]
  const normalized = (by: typeof operations.batchNorm, epsilon: number): t.Tensor =>
    by(x, own('gamma') ?? t.fill(1, [x.shape.at(-1) ?? 1]), own('beta') ?? t.fill(0, [x.shape.at(-1) ?? 1]), constant(epsilon))
  if ('batchnorm' in spec) return normalized(operations.batchNorm, spec.batchnorm.epsilon)
  if ('layernorm' in spec) return normalized(operations.layerNorm, spec.layernorm.epsilon)
  if ('rmsnorm' in spec) return normalized(operations.rmsNorm, spec.rmsnorm.epsilon)
  if ('weight_norm' in spec) {
    const [plain] = layer.inner ?? []
    const [direction, gain] = layer.parameters.map(({ name }) => named(name))
    const weight = plain?.parameters[0]?.name
    if (plain === undefined || direction === undefined || gain === undefined) throw new TypeError(`${layer.name} has no weights`)
    const scaled = operations.weightNorm(direction, gain, 'dense' in spec.weight_norm ? 0 : 3)
    return applied(spec.weight_norm, plain, signal, (name) => (name === weight ? scaled : named(name)))
  }
  if ('groupnorm' in spec) {
    const { groups, epsilon } = spec.groupnorm
    return normalized((...of) => operations.groupNorm(groups, ...of), epsilon)
  }
  if ('dense' in spec) {
    const [weight, bias] = [own('W'), own('b')]
    if (weight === undefined) throw new TypeError(`${layer.name} has no weights`)
    return affine(x, weight, bias)
  }
  if ('maxout' in spec) {
    const [weight, bias] = [own('W'), own('b')]
    if (weight === undefined) throw new TypeError(`${layer.name} has no weights`)
    return Array.from({ length: spec.maxout.pieces }, (_, j) => affine(x, t.at(weight, 1, j), bias === undefined ? undefined : t.at(bias, 1, j))).reduce(operations.larger)
  }
  if ('conv' in spec) {
    const [kernel, bias] = [own('K'), own('c')]
    if (kernel === undefined) throw new TypeError(`${layer.name} has no kernel`)
    const product = operations.convolution(x, kernel, { stride: spec.conv.stride, padding: spec.conv.padding === 'same' ? (spec.conv.kernel - 1) / 2 : 0 })
    return bias === undefined ? product : t.plus(product, t.broadcast(bias, product.shape, [3]))
  }
  if ('residual' in spec) return t.plus(x, through(spec.residual, layer.inner ?? [], signal, named).value)
  if ('gated' in spec) {
    const [gate, up, down] = affineMaps(layer, named)
    if (gate === undefined || up === undefined || down === undefined) throw new TypeError(`${layer.name} has no weights`)
    const opening = operations.affineOfChannels(x, gate)
    const { activation } = spec.gated
    return operations.affineOfChannels(t.times(activation === 'linear' ? opening : POINTWISE[activation](opening), operations.affineOfChannels(x, up)), down)
  }
  if ('attention' in spec) {
    const maps = affineMaps(layer, named)
    const heads = Array.from({ length: spec.attention.heads }, (_, h) => maps.slice(4 * h, 4 * h + 4))
    const sum = operations.attention(x, heads)
    const shift = named(`bO${layer.name.replace(/^\D+/, '')}`)
    return shift === undefined ? sum : t.plus(sum, t.broadcast(shift, sum.shape, [sum.shape.length - 1]))
  }
  if ('leaky_relu' in spec) return operations.leakyRelu(x, constant(spec.leaky_relu))
  if ('prelu' in spec) {
    const slope = own('slope')
    if (slope === undefined) throw new TypeError(`${layer.name} has no slopes`)
    return operations.prelu(x, slope)
  }
  if ('power' in spec) return operations.power(x, spec.power)
  return unreachable(spec)
}

/** W x + b of vectors or images x, W of shape [out, in] or [out, places, channels]. */
function affine(x: t.Tensor, weight: t.Tensor, bias: t.Tensor | undefined): t.Tensor {
  const product = weight.shape.length === 2 ? t.einsum('ni,oi->no', operations.flattened(x), weight) : operations.denseOfImage(x, weight)
  return bias === undefined ? product : t.plus(product, t.broadcast(bias, product.shape, [1]))
}

/** The weights of a layer made of affine maps, in order, each with its bias if it has one. */
const affineMaps = ({ parameters }: Layer, named: Named): readonly operations.AffineMap[] =>
  parameters.flatMap(({ name, shape }, k) => {
    const [weight, next] = [named(name), parameters[k + 1]]
    if (weight === undefined || shape.length !== 2) return []
    const shift = next?.name === `b${name}` ? named(next.name) : undefined
    return [{ weight, ...(shift === undefined ? {} : { shift }) }]
  })

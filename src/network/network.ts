import { InputError, unreachable } from '../errors.js'
import type { Layer, LayerContext, Loss, Parameter } from './layer.js'
import { absolute } from './layers/absolute.js'
import { attention } from './layers/attention.js'
import { batchnorm } from './layers/batchnorm.js'
import { conv } from './layers/conv.js'
import { dense } from './layers/dense.js'
import { flatten } from './layers/flatten.js'
import { gated } from './layers/gated.js'
import { globalAverage } from './layers/global-average.js'
import { groupnorm } from './layers/groupnorm.js'
import { layernorm, rmsnorm } from './layers/layernorm.js'
import { leakyRelu } from './layers/leaky-relu.js'
import { linear } from './layers/linear.js'
import { maxout } from './layers/maxout.js'
import type { ImageShape } from './layers/patches.js'
import { power } from './layers/power.js'
import { prelu } from './layers/prelu.js'
import { relu } from './layers/relu.js'
import { residual } from './layers/residual.js'
import { smooth } from './layers/smooth.js'
import { weightNorm } from './layers/weight-norm.js'
import { crossEntropy } from './losses/cross-entropy.js'
import { meanSquare } from './losses/mean-square.js'
import { random } from './random.js'
import { type FullNetworkSpec, type LayerSpec, type NetworkSpec, networkSchema, spelledOut } from './schema.js'

/** An architecture with its parameters laid out in one flat vector θ of `size` components. */
export interface Network {
  /** The description it was made from, defaults filled in. */
  readonly spec: FullNetworkSpec
  readonly input: number
  readonly output: number
  readonly layers: readonly Layer[]
  readonly loss: Loss
  readonly parameters: readonly Parameter[]
  readonly size: number
  readonly seed: number
}

/** What the layers of a network share while it is put together. */
interface Site extends Pick<LayerContext, 'place' | 'gain'> {
  /** The number of a new layer among those of its kind. */
  number(kind: string): number
}

/** What a layer reads. */
type Reads = Pick<LayerContext, 'input' | 'image' | 'first'>

function build(given: LayerSpec, reads: Reads, site: Site): Layer {
  const spec = spelledOut(given)
  const context = (kind: string): LayerContext => ({ ...reads, number: site.number(kind), gain: site.gain, place: site.place })
  if (spec === 'relu') return relu(context(spec))
  if (spec === 'abs') return absolute(context(spec))
  if (spec === 'linear') return linear(context(spec))
  if (spec === 'global_average') return globalAverage(context(spec))
  if (spec === 'flatten') return flatten(context(spec))
  if (typeof spec === 'string') return smooth(spec, context(spec))
  if ('dense' in spec) return dense(spec.dense, context('dense'))
  if ('maxout' in spec) return maxout(spec.maxout, context('dense')) // W and b are those of dense layers too: numbered as one
  if ('conv' in spec) return conv(spec.conv, context('conv'))
  if ('attention' in spec) return attention(spec.attention, context('conv')) // K is the kernel of a convolution and the keys of attention: numbered as one
  if ('gated' in spec) return gated(spec.gated, (width) => build(spec.gated.activation, { input: width, image: undefined, first: false }, site), context('gated'))
  if ('residual' in spec) {
    const own = context('residual')
    return residual(buildInTurn(spec.residual, { ...reads, first: false }, site), own)
  }
  if ('weight_norm' in spec) return weightNorm(spec.weight_norm, context('dense' in spec.weight_norm ? 'dense' : 'conv'))
  if ('batchnorm' in spec) return batchnorm(spec.batchnorm, context('batchnorm'))
  if ('layernorm' in spec) return layernorm(spec.layernorm, context('layernorm'))
  if ('rmsnorm' in spec) return rmsnorm(spec.rmsnorm, context('rmsnorm'))
  if ('groupnorm' in spec) return groupnorm(spec.groupnorm, context('groupnorm'))
  if ('leaky_relu' in spec) return leakyRelu(spec.leaky_relu, context('leaky_relu'))
  if ('prelu' in spec) return prelu(spec.prelu, context('prelu'))
  if ('power' in spec) return power(spec.power, context('power'))
  return unreachable(spec)
}

/** Layers each of which reads the one before. @throws InputError with the number in its list of the layer whose shapes are wrong. */
function buildInTurn(specs: readonly LayerSpec[], reads: Reads, site: Site): readonly Layer[] {
  const layers: Layer[] = []
  for (const [index, spec] of specs.entries()) {
    const before = layers.at(-1)
    const after = specs[index + 1]
    try {
      if (spec === 'flatten' && (typeof after !== 'object' || !('dense' in after || 'maxout' in after)))
        throw new InputError('flatten stands before a dense layer', 'leave it out, or put a dense layer behind it')
      layers.push(build(spec, before === undefined ? reads : { input: before.output, image: before.image, first: false }, site))
    } catch (fault) {
      if (!(fault instanceof InputError)) throw fault
      throw new InputError(`layer ${index + 1}: ${fault.what}`, fault.remedy, fault.place)
    }
  }
  return layers
}

/** One input as an image, where its shape is that of one. */
export function imageOf(shape: FullNetworkSpec['input']): ImageShape | undefined {
  const [height, width, channels = 1, ...more] = typeof shape === 'number' ? [] : shape
  return height === undefined || width === undefined || more.length > 0 ? undefined : { height, width, channels }
}

/**
 * Puts a network together.
 * @throws InputError if the description is not one of a network; its place in the description is in the message.
 */
export function buildNetwork(spec: NetworkSpec): Network {
  const parsed = networkSchema.safeParse(spec)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new InputError(`network${issue === undefined ? '' : `.${issue.path.join('.')}: ${issue.message}`}`, 'see `noether schema`')
  }
  const { layers: specs, loss, seed, gain, input: shape } = parsed.data
  const input = typeof shape === 'number' ? shape : shape.reduce((product, n) => product * n, 1)
  const parameters: Parameter[] = []
  const met = new Map<string, number>()
  let size = 0
  const site: Site = {
    gain,
    number(kind) {
      const number = (met.get(kind) ?? 0) + 1
      met.set(kind, number)
      return number
    },
    place(name, axes, initial, rowAxes) {
      const parameter = { name, shape: axes, offset: size, size: axes.reduce((product, n) => product * n, 1), initial, ...(rowAxes === undefined ? {} : { rowAxes }) }
      size += parameter.size
      parameters.push(parameter)
      return parameter
    },
  }
  const layers = buildInTurn(specs, { input, image: imageOf(shape), first: true }, site)
  return {
    spec: parsed.data,
    input,
    output: layers.at(-1)?.output ?? input,
    layers,
    loss: loss === 'cross_entropy' ? crossEntropy : meanSquare,
    parameters,
    size,
    seed,
  }
}

/** The initial θ: each parameter has its own stream of numbers, so that one layer's size does not change another's values. */
export function initialParameters(network: Network, seed = network.seed): Float64Array {
  const theta = new Float64Array(network.size)
  const signed = network.spec.initial === 'positive' ? Math.abs : (x: number) => x
  for (const [index, { offset, size, initial }] of network.parameters.entries()) {
    const stream = random(seed, index)
    for (let i = 0; i < size; i++) theta[offset + i] = signed(initial.mean + initial.deviation * stream.normal())
  }
  return theta
}

/** The parameter of this name. @throws InputError if there is none. */
export function parameterNamed(network: Network, name: string): Parameter {
  const found = network.parameters.find((parameter) => parameter.name === name)
  if (found !== undefined) return found
  throw new InputError(`the network has no parameter '${name}'`, `it has ${network.parameters.map((parameter) => parameter.name).join(', ')}`)
}

/** All layers of a network, those that others are made of behind them. */
export const layersOf = ({ layers }: Pick<Network, 'layers'>): readonly Layer[] => layers.flatMap((layer) => [layer, ...layersOf({ layers: layer.inner ?? [] })])

/** The first layer that computes with the statistics of the batch: behind it a sample has no loss of its own. */
export const mixingLayer = (network: Pick<Network, 'layers'>): Layer | undefined => layersOf(network).find(({ name }) => name.startsWith('batchnorm'))

/** A layer, and further in those that it is made of. */
const described = ({ text, inner = [] }: Layer): readonly string[] => [text, ...inner.flatMap(described).map((line) => `  ${line}`)]

/** One line a layer, the loss last, for a reader. */
export const describeNetwork = (network: Network): readonly string[] => [...network.layers.flatMap(described), network.loss.text]

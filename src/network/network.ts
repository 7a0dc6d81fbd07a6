import { InputError, unreachable } from '../errors.js'
import type { Layer, LayerContext, Loss, Parameter } from './layer.js'
import { batchnorm } from './layers/batchnorm.js'
import { conv } from './layers/conv.js'
import { dense } from './layers/dense.js'
import { globalAverage } from './layers/global-average.js'
import { layernorm, rmsnorm } from './layers/layernorm.js'
import { leakyRelu } from './layers/leaky-relu.js'
import { linear } from './layers/linear.js'
import type { ImageShape } from './layers/patches.js'
import { power } from './layers/power.js'
import { relu } from './layers/relu.js'
import { smooth } from './layers/smooth.js'
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

type Build = (context: LayerContext) => Layer

/** The kind under which layers are numbered, and how to make one. */
function recipe(given: LayerSpec): readonly [kind: string, build: Build] {
  const spec = spelledOut(given)
  if (spec === 'relu') return ['relu', relu]
  if (spec === 'linear') return ['linear', linear]
  if (spec === 'global_average') return ['global_average', globalAverage]
  if (typeof spec === 'string') return [spec, (context) => smooth(spec, context)]
  if ('dense' in spec) return ['dense', (context) => dense(spec.dense, context)]
  if ('conv' in spec) return ['conv', (context) => conv(spec.conv, context)]
  if ('batchnorm' in spec) return ['batchnorm', (context) => batchnorm(spec.batchnorm, context)]
  if ('layernorm' in spec) return ['layernorm', (context) => layernorm(spec.layernorm, context)]
  if ('rmsnorm' in spec) return ['rmsnorm', (context) => rmsnorm(spec.rmsnorm, context)]
  if ('leaky_relu' in spec) return ['leaky_relu', (context) => leakyRelu(spec.leaky_relu, context)]
  if ('power' in spec) return ['power', (context) => power(spec.power, context)]
  return unreachable(spec)
}

/** What is wrong with the shapes of a layer, with its number in the file. */
function inLayer(number: number, build: () => Layer): Layer {
  try {
    return build()
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault
    throw new InputError(`layer ${number}: ${fault.what}`, fault.remedy, fault.place)
  }
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
  const layers: Layer[] = []
  const met = new Map<string, number>()
  let size = 0
  const place: LayerContext['place'] = (name, shape, initial, rowAxes) => {
    const parameter = { name, shape, offset: size, size: shape.reduce((product, n) => product * n, 1), initial, ...(rowAxes === undefined ? {} : { rowAxes }) }
    size += parameter.size
    parameters.push(parameter)
    return parameter
  }
  for (const [index, layer] of specs.entries()) {
    const [kind, build] = recipe(layer)
    const number = (met.get(kind) ?? 0) + 1
    met.set(kind, number)
    const before = layers.at(-1)
    const context = { input: before?.output ?? input, image: before === undefined ? imageOf(shape) : before.image, first: before === undefined, number, gain, place }
    layers.push(inLayer(index + 1, () => build(context)))
  }
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
  for (const [index, { offset, size, initial }] of network.parameters.entries()) {
    const stream = random(seed, index)
    for (let i = 0; i < size; i++) theta[offset + i] = initial.mean + initial.deviation * stream.normal()
  }
  return theta
}

/** The parameter of this name. @throws InputError if there is none. */
export function parameterNamed(network: Network, name: string): Parameter {
  const found = network.parameters.find((parameter) => parameter.name === name)
  if (found !== undefined) return found
  throw new InputError(`the network has no parameter '${name}'`, `it has ${network.parameters.map((parameter) => parameter.name).join(', ')}`)
}

/** One line a layer, the loss last, for a reader. */
export const describeNetwork = (network: Network): readonly string[] => [...network.layers.map((layer) => layer.text), network.loss.text]

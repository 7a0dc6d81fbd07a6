import { InputError } from '../errors.js'
import { GATES, type Network, type NetworkSpec, type Parameter, SMOOTH_NAMES, buildNetwork } from '../network/index.js'
import { isLayeredInput, readLayeredInput } from './layered-input.js'
import { type DiscoveryLayer, type DiscoveryNetwork, discoveryNetworkSchema } from './network/schema.js'
import { assemble } from './network/walk.js'

/** A network that can be trained, and how its parameters lie compared with those that a discovery names. */
export interface Trainable {
  readonly network: Network
  /** The trained parameter behind every block of the discovery, by the name of the block. */
  readonly blocks: ReadonlyMap<string, Parameter>
  /** Whether the discovery's weights are [inputs, outputs], where the trained ones are [outputs, inputs]. */
  readonly transposed: boolean
}

export interface NotTrainable {
  /** Why, as a sentence. */
  readonly reason: string
}

type LayerSpec = NetworkSpec['layers'][number]

/** A layer as the training layer knows it; undefined for one that it does not. */
function layerOf(layer: DiscoveryLayer): LayerSpec | undefined {
  if (layer === 'relu' || layer === 'abs' || layer === 'linear' || layer === 'global_average') return layer
  if (layer === 'batchnorm') return { batchnorm: { epsilon: 0 } }
  if (layer === 'layernorm') return { layernorm: { epsilon: 0 } }
  if (layer === 'rmsnorm') return { rmsnorm: { epsilon: 0 } }
  if (typeof layer === 'string') return SMOOTH_NAMES.find((name) => name === layer)
  if ('dense' in layer) {
    if (typeof layer.dense === 'number') return { dense: layer.dense }
    const { units, bias, shares } = layer.dense
    return shares === undefined ? { dense: { units, bias } } : undefined
  }
  if ('conv' in layer) return layer.conv.padding === 'same' && layer.conv.kernel % 2 === 0 ? undefined : { conv: layer.conv }
  if ('attention' in layer) return { attention: layer.attention }
  if ('gated' in layer) {
    const { hidden, bias } = layer.gated
    const activation = GATES.find((name) => name === layer.gated.activation)
    return activation === undefined ? undefined : { gated: { hidden, bias, activation } }
  }
  if ('residual' in layer) {
    const branch = layersOf(layer.residual)
    return branch === undefined ? undefined : { residual: branch }
  }
  if ('batchnorm' in layer) return { batchnorm: layer.batchnorm }
  if ('layernorm' in layer) return { layernorm: layer.layernorm }
  if ('rmsnorm' in layer) return { rmsnorm: { epsilon: layer.rmsnorm.epsilon, gamma: layer.rmsnorm.gamma } }
  if ('leaky_relu' in layer) return { leaky_relu: layer.leaky_relu }
  if ('power' in layer) return { power: layer.power }
  return undefined
}

function layersOf(given: readonly DiscoveryLayer[]): LayerSpec[] | undefined {
  const known = given.map(layerOf).filter((layer) => layer !== undefined)
  return known.length < given.length ? undefined : known
}

const POWERS: Readonly<Record<string, number>> = { square: 2, quadratic: 2, cube: 3, cubic: 3 }

/** The activation of the compact form; undefined for one that the training layer does not have. */
function activationOf(name: string): LayerSpec | undefined {
  const plain = name.toLowerCase().replaceAll(/[\s_-]/g, '')
  if (plain === 'relu') return 'relu'
  if (plain === 'leakyrelu') return { leaky_relu: 0.01 }
  if (plain === 'linear' || plain === 'identity' || plain === 'none') return 'linear'
  const power = POWERS[plain] ?? Number(/^(?:power|z\^|pow)(\d+)$/.exec(plain)?.[1] ?? Number.NaN)
  return Number.isNaN(power) ? undefined : { power }
}

function fromWidths(document: unknown): NetworkSpec | undefined {
  const { layers, activation, bias } = readLayeredInput(document)
  const nonlinearity = activationOf(activation)
  const [input = 1, ...widths] = layers
  if (nonlinearity === undefined) return undefined
  return { input, layers: widths.flatMap((units, l): LayerSpec[] => (l < widths.length - 1 ? [{ dense: { units, bias } }, nonlinearity] : [{ dense: { units, bias: false } }])) }
}

/** Dense layers of runs read an image row by row themselves. */
const readsImages = (layer: DiscoveryLayer | undefined): boolean => typeof layer === 'object' && 'dense' in layer

function fromNetwork({ input, layers: given, loss, seed, gain }: DiscoveryNetwork): NetworkSpec | undefined {
  const layers = given.filter((layer, k) => layer !== 'flatten' || !readsImages(given[k + 1]))
  const known = layersOf(layers)
  if (known === undefined) return undefined
  return { input, layers: known, ...(loss === 'any' ? {} : { loss }), ...(seed === undefined ? {} : { seed }), ...(gain === undefined ? {} : { gain }) }
}

/** The network of a document of discovery, ready to be trained on real data, or why it cannot be. */
export function trainable(document: unknown): Trainable | NotTrainable {
  const transposed = isLayeredInput(document)
  const parsed = transposed ? undefined : discoveryNetworkSchema.safeParse(document)
  if (parsed?.success === false) return { reason: 'Only networks are trained; a parametrization or a loss has no data of its own.' }
  const spec = parsed === undefined ? fromWidths(document) : fromNetwork(parsed.data)
  if (spec === undefined) return { reason: 'The network has a layer that the training layer does not have.' }
  const network = built(spec)
  if ('reason' in network) return network
  if (network.output < 2 && spec.loss === 'cross_entropy') return { reason: 'The network has one output, which under cross-entropy cannot be wrong.' }
  return { network, transposed, blocks: blocksOf(network, parsed?.data) }
}

/**
 * A discovery takes a vector for one of many tokens, a run needs to know how many there are. A loss that is not named is cross-entropy, if there
 * are classes to tell apart.
 */
function built(spec: NetworkSpec): Network | NotTrainable {
  try {
    const network = buildNetwork(spec)
    return spec.loss === undefined && network.output < 2 ? buildNetwork({ ...spec, loss: 'mean_square' }) : network
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault
    return { reason: `The network cannot be trained as it is: ${fault.what}; ${fault.remedy}.` }
  }
}

/** Networks of layers lay out their parameters in the order in which a discovery meets them; those of widths by name. */
function blocksOf({ parameters }: Network, document: DiscoveryNetwork | undefined): ReadonlyMap<string, Parameter> {
  const names = document === undefined ? parameters.map(({ name }) => name) : [...assemble(document).blocks.keys()]
  return new Map(names.flatMap((name, k) => (parameters[k] === undefined ? [] : [[name, parameters[k]]])))
}

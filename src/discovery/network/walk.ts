import { InputError } from '../../errors.js'
import { Assembly, type Signal, memoized } from './assembly.js'
import { attention, gatedUnits } from './blocks.js'
import { affine, convolution, flatten } from './linear.js'
import type { DiscoveryLayer, DiscoveryNetwork } from './schema.js'
import { average, gate, normalize, pick, pooled, power } from './units.js'

const PLAIN = { epsilon: 0, gamma: true, beta: true } as const

function named(assembly: Assembly, signal: Signal, layer: Extract<DiscoveryLayer, string>): Signal {
  switch (layer) {
    case 'linear':
      return signal
    case 'relu':
    case 'abs':
      return gate(assembly, signal)
    case 'flatten':
      return flatten(signal)
    case 'global_max':
    case 'global_average':
      return pick(assembly, signal, undefined)
    case 'batchnorm':
    case 'layernorm':
    case 'rmsnorm':
      return normalize(assembly, signal, { kind: layer, ...PLAIN })
    case 'softmax':
      assembly.cutUpToShift(signal)
      assembly.arbitrary.add(layer)
      return assembly.fixed(signal.width, signal.extent)
    default:
      assembly.arbitrary.add(layer)
      return assembly.cut(signal)
  }
}

/** Whether the sums of skip connections are followed through the network, or each branch is taken by itself between arbitrary streams. */
type Streams = 'followed' | 'cut'

/**
 * x + branch(x), one datum read by both. What reads the stream and what adds to it are the blocks of one interface, as long as the network: a change
 * of the stream's basis takes all of them.
 */
function residual(assembly: Assembly, signal: Signal, branch: readonly DiscoveryLayer[], streams: Streams): Signal {
  const { build } = assembly
  if (streams === 'cut') assembly.arbitrary.add('skip connections, each branch by itself')
  const stream = streams === 'cut' ? assembly.cut(signal) : signal
  const read = assembly.together(stream)
  const added = branch.reduce((s, layer) => apply(assembly, s, layer, streams), read.signal)
  if (added.width !== stream.width || added.extent?.join() !== stream.extent?.join())
    throw new InputError(`a residual branch turns a width of ${stream.width} into ${added.width}`, 'its output must have the shape of its input')
  if (streams === 'cut') return assembly.cut(added)
  const shared = stream.parametric ? stream.interface : assembly.newInterface()
  for (const name of added.interface) shared.add(name)
  return {
    ...stream,
    parametric: stream.parametric || added.parametric,
    interface: shared,
    draw: () => read.draw((own) => {
      const more = added.draw()
      return memoized((r, c) => {
        const values = more(r, c)
        return own(r, c).map((x, i) => build.add(x, values[i] ?? build.zero))
      })
    }),
  }
}

/** Applies a layer and writes it into the outline, with the layers within it and the blocks it brought. */
function apply(assembly: Assembly, signal: Signal, layer: DiscoveryLayer, streams: Streams): Signal {
  const [known, first] = [assembly.blocks.size, assembly.outline.length]
  const result = applied(assembly, signal, layer, streams)
  const inner = assembly.outline.splice(first)
  const within = new Set(inner.flatMap((each) => each.blocks))
  assembly.outline.push({ layer, width: result.width, blocks: [...assembly.blocks.keys()].slice(known).filter((name) => !within.has(name)), inner })
  return result
}

function applied(assembly: Assembly, signal: Signal, layer: DiscoveryLayer, streams: Streams): Signal {
  if (typeof layer === 'string') return named(assembly, signal, layer)
  if ('dense' in layer) {
    const spec = typeof layer.dense === 'number' ? { units: layer.dense, bias: true, transpose: false, shares: undefined } : layer.dense
    const number = assembly.number('dense')
    const { shares } = spec
    const input = signal.extent === undefined ? signal : flatten(signal)
    return affine(assembly, input, {
      units: spec.units, weight: `W${number}`, transpose: spec.transpose,
      ...(spec.bias ? { bias: `b${number}` } : {}), ...(shares === undefined ? {} : { shares }),
    })
  }
  if ('conv' in layer) return convolution(assembly, signal, layer.conv)
  if ('batchnorm' in layer) return normalize(assembly, signal, { kind: 'batchnorm', ...layer.batchnorm })
  if ('layernorm' in layer) return normalize(assembly, signal, { kind: 'layernorm', ...layer.layernorm })
  if ('rmsnorm' in layer) return normalize(assembly, signal, { kind: 'rmsnorm', ...layer.rmsnorm })
  if ('leaky_relu' in layer) return layer.leaky_relu === 1 ? signal : gate(assembly, signal)
  if ('power' in layer) return layer.power === 1 ? signal : power(assembly, signal, layer.power)
  if ('max_pool' in layer) return pick(assembly, signal, pooled(signal, layer.max_pool))
  if ('average_pool' in layer) return average(assembly, signal, layer.average_pool, pooled(signal, layer.average_pool))
  if ('embedding' in layer) {
    const { vocabulary, width } = layer.embedding
    return affine(assembly, assembly.fixed(vocabulary), { units: width, weight: `E${assembly.number('embedding')}` })
  }
  if ('attention' in layer) return attention(assembly, signal, layer.attention)
  if ('gated' in layer) return gatedUnits(assembly, signal, layer.gated)
  return residual(assembly, signal, layer.residual, streams)
}

/** Follows a network from input to output and records all that the loss can see of its parameters. @throws InputError where shapes do not fit. */
export function assemble(network: DiscoveryNetwork, streams: Streams = 'followed'): Assembly {
  const assembly = new Assembly()
  const [width = 1, columns, channels = 1] = typeof network.input === 'number' ? [network.input] : network.input
  const input = columns === undefined ? assembly.fixed(width) : assembly.fixed(channels, [width, columns])
  const output = network.layers.reduce((signal, layer, index) => {
    try {
      return apply(assembly, signal, layer, streams)
    } catch (fault) {
      if (!(fault instanceof InputError)) throw fault
      throw new InputError(`layer ${index + 1}: ${fault.what}`, fault.remedy, fault.place)
    }
  }, input)
  if (network.loss === 'cross_entropy') assembly.cutUpToShift(output)
  else assembly.cut(output)
  if (assembly.arbitrary.size > 0) assembly.notes.push(`complete among the laws that hold whatever passes through: ${[...assembly.arbitrary].join(', ')}`)
  return assembly
}

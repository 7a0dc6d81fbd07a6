import { isLayeredInput, readLayeredInput } from './layered-input.js'
import type { LayerOutline } from './network/assembly.js'
import { type DiscoveryLayer, discoveryNetworkSchema } from './network/schema.js'
import { assemble } from './network/walk.js'

/** A layer for a reader: what it is, how many channels it gives, its blocks of parameters, and the layers within it. */
export interface OutlineBox {
  readonly text: string
  readonly width: number
  readonly blocks: readonly string[]
  readonly inner: readonly OutlineBox[]
}

const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

function layerText(layer: DiscoveryLayer): string {
  if (typeof layer === 'string') return layer.replaceAll('_', ' ')
  if ('dense' in layer) return denseText(layer.dense)
  if ('conv' in layer) {
    const { filters, kernel, stride, padding } = layer.conv
    return `convolution ${kernel}×${kernel}, ${plural(filters, 'filter')}${stride === 1 ? '' : `, stride ${stride}`}${padding === 'same' ? ', padded' : ''}`
  }
  if ('batchnorm' in layer) return normText('batchnorm', layer.batchnorm)
  if ('layernorm' in layer) return normText('layernorm', layer.layernorm)
  if ('rmsnorm' in layer) return normText('rmsnorm', layer.rmsnorm)
  if ('leaky_relu' in layer) return `leaky relu, slope ${layer.leaky_relu}`
  if ('power' in layer) return `power ${layer.power}`
  if ('max_pool' in layer) return `maximum of ${layer.max_pool}×${layer.max_pool}`
  if ('average_pool' in layer) return `average of ${layer.average_pool}×${layer.average_pool}`
  if ('embedding' in layer) return `embedding of ${layer.embedding.vocabulary}`
  if ('attention' in layer) return `attention, ${plural(layer.attention.heads, 'head')}`
  if ('gated' in layer) return `gated by ${layer.gated.activation}, ${layer.gated.hidden} hidden`
  return 'residual: input plus'
}

const normText = (kind: string, { epsilon }: { readonly epsilon: number }): string => (epsilon > 0 ? `${kind}, epsilon ${epsilon}` : kind)

function denseText(dense: Extract<DiscoveryLayer, { dense: unknown }>['dense']): string {
  if (typeof dense === 'number') return `dense ${dense}`
  return `dense ${dense.units}${dense.shares === undefined ? '' : `, shares ${dense.shares}${dense.transpose ? ' transposed' : ''}`}`
}

const boxOf = ({ layer, width, blocks, inner }: LayerOutline): OutlineBox => ({ text: layerText(layer), width, blocks, inner: inner.map(boxOf) })

function fromWidths(document: unknown): readonly OutlineBox[] {
  const { layers, activation, bias } = readLayeredInput(document)
  return layers.slice(1).flatMap((width, l): OutlineBox[] => {
    const hidden = l < layers.length - 2
    const dense = { text: `dense ${width}`, width, blocks: [`W${l + 1}`, ...(bias && hidden ? [`b${l + 1}`] : [])], inner: [] }
    return hidden ? [dense, { text: activation, width, blocks: [], inner: [] }] : [dense]
  })
}

/** The layers of a network from input to output, the input first; undefined for a document that is no network. */
export function outlineOf(document: unknown): readonly OutlineBox[] | undefined {
  const input = (width: number, text = `input ${width}`): OutlineBox => ({ text, width, blocks: [], inner: [] })
  if (isLayeredInput(document)) return [input(readLayeredInput(document).layers[0] ?? 0), ...fromWidths(document)]
  const parsed = discoveryNetworkSchema.safeParse(document)
  if (!parsed.success) return undefined
  const { input: shape } = parsed.data
  const sizes = typeof shape === 'number' ? [shape] : shape
  return [input(sizes.reduce((a, b) => a * b, 1), `input ${sizes.join('×')}`), ...assemble(parsed.data).outline.map(boxOf)]
}

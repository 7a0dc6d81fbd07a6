import type { Circuit } from './circuit.js'
import { ExactSystem } from './exact.js'
import { gradientFields } from './fields.js'
import type { Support } from './laws.js'
import { type LayeredNetwork, LayeredParameters, layeredCircuit } from './layered.js'
import type { Model, ParameterBlock } from './model.js'
import { parityLabels } from './parity.js'
import { type Polynomial, expandCircuit } from './polynomial.js'
import { CircuitProof } from './proof.js'

const EXPANSION_LIMIT = 150_000

const range = (from: number, to: number): readonly number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)

export function layeredBlocks(network: LayeredNetwork): readonly ParameterBlock[] {
  const { layers, bias } = network
  const place = new LayeredParameters(network)
  return range(1, layers.length).flatMap((l) => {
    const [rows, columns] = [layers[l - 1] ?? 0, layers[l] ?? 0]
    const weight = { name: `W${l}`, shape: [rows, columns], offset: place.weight(l, 0, 0), outputAxis: 1 }
    return bias && l < layers.length - 1 ? [weight, { name: `b${l}`, shape: [columns], offset: place.bias(l, 0), outputAxis: 0 }] : [weight]
  })
}

/**
 * The part of a network from below hidden layer `first` to above hidden layer `last`, expanded exactly, in the numbering of the whole.
 * Whatever leaves this part unchanged as a function of its own input leaves the network unchanged.
 */
function part(network: LayeredNetwork, circuit: Circuit, first: number, last: number): Support {
  const inner: LayeredNetwork = { ...network, layers: network.layers.slice(first - 1, last + 2) }
  const [here, there] = [new LayeredParameters(inner), new LayeredParameters(network)]
  const renamed = new Map<number, number>()
  for (let l = 1; l < inner.layers.length; l++) {
    for (const j of range(0, inner.layers[l] ?? 0)) {
      for (const i of range(0, inner.layers[l - 1] ?? 0)) renamed.set(here.weight(l, i, j), there.weight(l + first - 1, i, j))
      if (network.bias && l < inner.layers.length - 1) renamed.set(here.bias(l, j), there.bias(l + first - 1, j))
    }
  }
  const rename = (h: Polynomial): Polynomial =>
    h.map(({ coefficient, monomial }) => ({ coefficient, monomial: monomial.map((v) => renamed.get(v) ?? v).sort((a, b) => a - b) }))
  const expand = (): ExactSystem => new ExactSystem(expandCircuit(layeredCircuit(inner), EXPANSION_LIMIT).map(rename))
  const used = new Set(renamed.values())
  return { blocks: layeredBlocks(network).filter((b) => used.has(b.offset)), system: new CircuitProof(circuit, expand) }
}

/** Number of monomials of the whole network's parametrization, an upper bound without expanding it. */
function paths({ layers, activation }: LayeredNetwork): number {
  const degree = activation.kind === 'power' ? activation.degree : 1
  return layers.reduce((product, width, l) => product * (l === 0 || l === layers.length - 1 ? width : (width + 1) ** degree), 1)
}

/** The model of a fully connected network under Euclidean gradient flow: one support for each hidden layer with its weights in, bias and weights out. */
export function layeredModel(network: LayeredNetwork): Model {
  const circuit = layeredCircuit(network)
  const hidden = network.layers.length - 2
  return {
    blocks: layeredBlocks(network),
    family: gradientFields(circuit),
    labels: () => parityLabels(circuit),
    supports: range(1, hidden + 1).map((l) => part(network, circuit, l, l)),
    whole: () => (hidden > 1 && paths(network) <= EXPANSION_LIMIT ? part(network, circuit, 1, hidden) : undefined),
  }
}

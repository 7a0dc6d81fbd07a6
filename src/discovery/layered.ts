import { type Circuit, CircuitBuilder, type Node } from './circuit.js'

/** How a hidden unit responds, as far as the conservation laws see it. */
export type Activation =
  | { readonly kind: 'linear' }
  /** Piecewise linear with a kink at 0 (ReLU, leaky ReLU, absolute value): paths through different units are told apart. */
  | { readonly kind: 'gated' }
  /** z ↦ z^degree, degree ≥ 2. */
  | { readonly kind: 'power'; readonly degree: number }

/** A fully connected network: widths from input to output; biases, if any, on the hidden layers. */
export interface LayeredNetwork {
  readonly layers: readonly number[]
  readonly activation: Activation
  readonly bias: boolean
}

/** Where the parameters lie: W_l is [layers[l−1], layers[l]] (a row of inputs times W_l), row by row, then b_l; layer after layer. */
export class LayeredParameters {
  readonly count: number
  private readonly weightOffsets: number[] = []
  private readonly biasOffsets: number[] = []

  constructor(readonly network: LayeredNetwork) {
    const { layers, bias } = network
    let next = 0
    for (let l = 1; l < layers.length; l++) {
      this.weightOffsets[l] = next
      next += (layers[l - 1] ?? 0) * (layers[l] ?? 0)
      this.biasOffsets[l] = next
      if (bias && l < layers.length - 1) next += layers[l] ?? 0
    }
    this.count = next
  }

  /** Weight of layer l (from 1) from unit i to unit j (from 0). */
  weight(l: number, i: number, j: number): number {
    return (this.weightOffsets[l] ?? 0) + i * (this.network.layers[l] ?? 0) + j
  }

  /** Bias of unit j of hidden layer l. */
  bias(l: number, j: number): number {
    return (this.biasOffsets[l] ?? 0) + j
  }
}

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/**
 * a(θ, c) with { a(·, c) } spanning the parametrization. Linear and power activations: a = f(x)·y with the input x and the output
 * weights y as slots, so that ∇a is what one datum contributes to the flow. Gated activations: the path lifting of [CL 2023], every path
 * from an input or a bias to an output being one φᵢ; a slot on every edge weighs a path by the product of its slots,
 * and such products span all functions of the paths.
 */
export function layeredCircuit(network: LayeredNetwork): Circuit {
  const { layers, activation, bias } = network
  const place = new LayeredParameters(network)
  const last = layers.length - 1
  const [inputs, outputs] = [layers[0] ?? 0, layers[last] ?? 0]
  const gated = activation.kind === 'gated'
  const build = new CircuitBuilder()
  const parameters = range(place.count).map(() => build.parameter())
  const edge = (p: number): Node => (gated ? build.multiply(build.slot(), parameters[p] ?? build.zero) : (parameters[p] ?? build.zero))
  let units: readonly Node[] = range(inputs).map(() => (gated ? build.one : build.slot()))
  for (let l = 1; l <= last; l++) {
    const below = units
    units = range(layers[l] ?? 0).map((j) => {
      const sum = build.sum(below.map((h, i) => build.multiply(edge(place.weight(l, i, j)), h)))
      const z = bias && l < last ? build.add(sum, edge(place.bias(l, j))) : sum
      return activation.kind === 'power' && l < last ? build.power(z, activation.degree) : z
    })
  }
  return build.finish(gated ? build.sum(units) : build.dot(units, build.slots(outputs)))
}

import * as fc from 'fast-check'
import { type Network, type NetworkSpec, buildNetwork, initialParameters, random } from '../../src/network/index.js'

type LayerSpec = NetworkSpec['layers'][number]

/** A small network with layers of every kind in any order, a dense layer last. */
export const networkSpecs: fc.Arbitrary<NetworkSpec> = fc
  .record({
    input: fc.integer({ min: 1, max: 4 }),
    hidden: fc.array(
      fc.oneof<fc.Arbitrary<LayerSpec>[]>(
        fc.record({ dense: fc.record({ units: fc.integer({ min: 1, max: 4 }), bias: fc.boolean() }) }),
        fc.record({ batchnorm: fc.record({ epsilon: fc.constantFrom(1e-3, 0.1), gamma: fc.boolean(), beta: fc.boolean() }) }),
        fc.record({ layernorm: fc.record({ epsilon: fc.constantFrom(1e-3, 0.1), gamma: fc.boolean(), beta: fc.boolean() }) }),
        fc.record({ rmsnorm: fc.record({ epsilon: fc.constantFrom(1e-3, 0.1), gamma: fc.boolean() }) }),
        fc.constantFrom<LayerSpec>('relu', 'linear', 'tanh', 'sigmoid', 'softplus', 'silu', { leaky_relu: 0.1 }, { power: 2 }, { power: 3 }),
      ),
      { maxLength: 4 },
    ),
    units: fc.integer({ min: 2, max: 3 }),
    loss: fc.constantFrom('cross_entropy' as const, 'mean_square' as const),
    seed: fc.nat(1000),
  })
  .map(({ input, hidden, units, loss, seed }) => ({ input, layers: [...hidden, { dense: units }], loss, seed }))

/** A network with generic parameters and a batch of generic samples with soft targets. */
export interface Instance {
  readonly network: Network
  readonly theta: Float64Array
  readonly inputs: Float64Array
  readonly targets: Float64Array
  readonly rows: number
}

export function instance(spec: NetworkSpec, rows = 5): Instance {
  const network = buildNetwork(spec)
  const { normal, uniform } = random(network.seed, 99)
  const theta = initialParameters(network).map((x) => x + 0.3 * normal())
  const inputs = Float64Array.from({ length: rows * network.input }, normal)
  const targets = Float64Array.from({ length: rows * network.output }, () => uniform() + 0.1)
  for (let n = 0; n < rows; n++) {
    const row = targets.subarray(n * network.output, (n + 1) * network.output)
    const sum = row.reduce((a, b) => a + b, 0)
    for (const [c, x] of row.entries()) row[c] = x / sum
  }
  return { network, theta, inputs, targets, rows }
}

/** The network of the digits runs, small in number of neurons. */
export const normalized: NetworkSpec = {
  input: 4,
  layers: [{ dense: 5 }, { batchnorm: { epsilon: 0 } }, 'relu', { dense: 4 }, { leaky_relu: 0.2 }, { dense: 3 }],
}

import * as fc from 'fast-check'
import { type Network, type NetworkSpec, buildNetwork, initialParameters, random } from '../../src/network/index.js'

type LayerSpec = NetworkSpec['layers'][number]

const normalizationsOfImages: fc.Arbitrary<LayerSpec> = fc.record({ batchnorm: fc.record({ epsilon: fc.constantFrom(1e-3, 0.1), gamma: fc.boolean(), beta: fc.boolean() }) })

/** A small convolutional network: one or two convolutions with what may stand between them, pooled or not. */
const imageSpecs: fc.Arbitrary<NetworkSpec> = fc
  .record({
    size: fc.tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 4 }), fc.integer({ min: 1, max: 2 })),
    first: fc.record({ filters: fc.integer({ min: 1, max: 3 }), kernel: fc.constantFrom(1, 3), stride: fc.integer({ min: 1, max: 2 }), padding: fc.constantFrom('valid' as const, 'same' as const), bias: fc.boolean() }),
    between: fc.array(fc.oneof(normalizationsOfImages, fc.constantFrom<LayerSpec>('relu', 'tanh', 'linear', { power: 2 })), { maxLength: 2 }),
    second: fc.option(fc.record({ filters: fc.integer({ min: 1, max: 3 }), kernel: fc.constantFrom(1, 3), padding: fc.constant('same' as const), bias: fc.boolean() }), { nil: undefined }),
    end: fc.constantFrom<LayerSpec[]>([], ['global_average'], ['relu', 'global_average']),
    units: fc.integer({ min: 2, max: 3 }),
    seed: fc.nat(1000),
  })
  .map(({ size, first, between, second, end, units, seed }) => ({
    input: size, layers: [{ conv: first }, ...between, ...(second === undefined ? [] : [{ conv: second }]), ...end, { dense: units }], loss: 'cross_entropy' as const, seed,
  }))

/** A small network with layers of every kind in any order, a dense layer last; some take images. */
export const networkSpecs: fc.Arbitrary<NetworkSpec> = fc.oneof({ arbitrary: fc.constant(undefined), weight: 2 }, { arbitrary: fc.constant('image'), weight: 1 }).chain((kind) => (kind === 'image' ? imageSpecs : flatSpecs()))

const flatSpecs = (): fc.Arbitrary<NetworkSpec> => fc
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

import * as fc from 'fast-check'
import { type Network, type NetworkSpec, buildNetwork, initialParameters, random } from '../../src/network/index.js'

type LayerSpec = NetworkSpec['layers'][number]

const normalizationsOfImages: fc.Arbitrary<LayerSpec> = fc.record({ batchnorm: fc.record({ epsilon: fc.constantFrom(1e-3, 0.1), gamma: fc.boolean(), beta: fc.boolean() }) })

/** Normalization of groups, behind the layer that makes them. */
const grouped = (before: LayerSpec): fc.Arbitrary<LayerSpec[]> =>
  fc.record({ groups: fc.constantFrom(1, 2), epsilon: fc.constantFrom(1e-3, 0.1), gamma: fc.boolean(), beta: fc.boolean() }).map((groupnorm) => [before, { groupnorm }])

/** A small convolutional network: one or two convolutions with what may stand between them, pooled or not. */
const imageSpecs: fc.Arbitrary<NetworkSpec> = fc
  .record({
    size: fc.tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 3, max: 4 }), fc.integer({ min: 1, max: 2 })),
    first: fc.record({ filters: fc.integer({ min: 1, max: 3 }), kernel: fc.constantFrom(1, 3), stride: fc.integer({ min: 1, max: 2 }), padding: fc.constantFrom('valid' as const, 'same' as const), bias: fc.boolean() }),
    between: fc.array(fc.oneof({ arbitrary: fc.oneof(normalizationsOfImages, fc.constantFrom<LayerSpec>('relu', 'tanh', 'linear', 'prelu', { power: 2 })).map((layer) => [layer]), weight: 4 }, { arbitrary: grouped({ conv: { filters: 6, kernel: 1 } }), weight: 1 }), { maxLength: 2 }),
    second: fc.option(fc.record({ filters: fc.integer({ min: 1, max: 3 }), kernel: fc.constantFrom(1, 3), padding: fc.constant('same' as const), bias: fc.boolean() }), { nil: undefined }),
    end: fc.constantFrom<LayerSpec[]>([], ['global_average'], ['relu', 'global_average'], [{ maxout: { units: 2 } }]),
    normed: fc.boolean(),
    units: fc.integer({ min: 2, max: 3 }),
    seed: fc.nat(1000),
  })
  .map(({ size, first, between, second, normed, end, units, seed }) => ({
    input: size, layers: [{ conv: first }, ...between.flat(), ...(second === undefined ? [] : [normed ? { weight_norm: { conv: second } } : { conv: second }]), ...end, { dense: units }], loss: 'cross_entropy' as const, seed,
  }))

const branches: fc.Arbitrary<LayerSpec[]> = fc.oneof(
  fc.record({ gated: fc.record({ hidden: fc.integer({ min: 1, max: 3 }), activation: fc.constantFrom('silu' as const, 'relu' as const, 'linear' as const), bias: fc.boolean() }) }).map((layer): LayerSpec[] => [layer]),
  fc.constantFrom<LayerSpec[]>(['relu'], [{ conv: { filters: 2, kernel: 1, bias: false } }], [{ conv: { filters: 3, kernel: 1 } }, 'relu', { conv: { filters: 2, kernel: 1 } }], [{ residual: [{ conv: { filters: 2, kernel: 1 } }, 'relu'] }, 'tanh']),
  fc.record({ attention: fc.record({ heads: fc.integer({ min: 1, max: 2 }), bias: fc.boolean() }) }).map((layer): LayerSpec[] => [layer]),
)

/** A small transformer: two channels at a few places, residual branches with and without normalization. */
const streamSpecs: fc.Arbitrary<NetworkSpec> = fc
  .record({
    size: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
    embedding: fc.constantFrom<LayerSpec[]>([{ conv: { filters: 2, kernel: 1 } }], [{ conv: { filters: 2, kernel: 1, bias: false } }, 'relu'], [{ conv: { filters: 2, kernel: 1 } }, 'linear']),
    branches: fc.array(fc.tuple(fc.constantFrom<LayerSpec[]>([], [{ layernorm: { epsilon: 0.01 } }], [{ rmsnorm: { epsilon: 0.1 } }], [{ rmsnorm: { epsilon: 0.1, gamma: false } }]), branches, fc.boolean()), { minLength: 1, maxLength: 2 }),
    end: fc.constantFrom<LayerSpec[]>([], ['global_average'], [{ rmsnorm: { epsilon: 0.1 } }, 'global_average'], ['relu', { layernorm: { epsilon: 0.1, gamma: false } }]),
    loss: fc.constantFrom('cross_entropy' as const, 'mean_square' as const),
    seed: fc.nat(1000),
  })
  .map(({ size, embedding, branches: inner, end, loss, seed }) => ({
    input: size,
    layers: [...embedding, ...inner.flatMap(([norm, branch, skip]) => (skip ? [{ residual: [...norm, ...branch] }] : [...norm, ...branch])), ...end, { dense: 2 }],
    loss, seed,
  }))

/** A small network with layers of every kind in any order, a dense layer last; some take images. */
export const networkSpecs: fc.Arbitrary<NetworkSpec> = fc.oneof({ arbitrary: fc.constant(undefined), weight: 2 }, { arbitrary: fc.constant('image'), weight: 1 }, { arbitrary: fc.constant('stream'), weight: 1 }).chain((kind) => (kind === 'stream' ? streamSpecs : kind === 'image' ? imageSpecs : flatSpecs()))

const flatSpecs = (): fc.Arbitrary<NetworkSpec> => fc
  .record({
    input: fc.integer({ min: 1, max: 4 }),
    hidden: fc.array(
      fc.oneof(
        grouped({ dense: 6 }),
        fc.oneof<fc.Arbitrary<LayerSpec>[]>(
        fc.record({ dense: fc.record({ units: fc.integer({ min: 1, max: 4 }), bias: fc.boolean() }) }),
        fc.record({ weight_norm: fc.record({ dense: fc.record({ units: fc.integer({ min: 1, max: 4 }), bias: fc.boolean() }) }) }),
        fc.record({ batchnorm: fc.record({ epsilon: fc.constantFrom(1e-3, 0.1), gamma: fc.boolean(), beta: fc.boolean() }) }),
        fc.record({ layernorm: fc.record({ epsilon: fc.constantFrom(1e-3, 0.1), gamma: fc.boolean(), beta: fc.boolean() }) }),
        fc.record({ rmsnorm: fc.record({ epsilon: fc.constantFrom(1e-3, 0.1), gamma: fc.boolean() }) }),
        fc.constantFrom<LayerSpec>('relu', 'linear', 'tanh', 'sigmoid', 'softplus', 'silu', 'gelu', 'sin', 'abs', 'prelu', { leaky_relu: 0.1 }, { power: 2 }, { power: 3 }),
        fc.record({ maxout: fc.record({ units: fc.integer({ min: 1, max: 3 }), pieces: fc.integer({ min: 2, max: 3 }), bias: fc.boolean() }) }),
        ).map((layer) => [layer]),
      ),
      { maxLength: 4 },
    ),
    units: fc.integer({ min: 2, max: 3 }),
    loss: fc.constantFrom('cross_entropy' as const, 'mean_square' as const),
    seed: fc.nat(1000),
  })
  .map(({ input, hidden, units, loss, seed }) => ({ input, layers: [...hidden.flat(), { dense: units }], loss, seed }))

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

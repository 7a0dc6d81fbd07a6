import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.js'
import { type NetworkSpec, buildNetwork, describeNetwork, initialParameters, layersOf, networkSchema, random } from '../../src/network/index.js'
import { networkSpecs, normalized } from './networks.js'

describe('a network', () => {
  it('lays its parameters out in θ one after the other, named and numbered by kind', () => {
    const network = buildNetwork(normalized)
    expect(network.parameters.map(({ name, shape, offset }) => [name, shape, offset])).toEqual([
      ['W1', [5, 4], 0],
      ['b1', [5], 20],
      ['gamma1', [5], 25],
      ['beta1', [5], 30],
      ['W2', [4, 5], 35],
      ['b2', [4], 55],
      ['W3', [3, 4], 59],
      ['b3', [3], 71],
    ])
    expect(network.size).toBe(74)
    expect(describeNetwork(network)).toEqual([
      'dense1: 4 → 5, bias',
      'batchnorm1: 5, epsilon 0, gamma, beta',
      'relu1: max(z, 0)',
      'dense2: 5 → 4, bias',
      'leaky_relu1: z > 0: z, else 0.2 z',
      'dense3: 4 → 3, bias',
      'softmax cross-entropy',
    ])
  })

  it('has a description that is data: it survives JSON and gives the same network', () => {
    fc.assert(
      fc.property(networkSpecs, (spec) => {
        const network = buildNetwork(spec)
        const again = buildNetwork(networkSchema.parse(JSON.parse(JSON.stringify(network.spec))))
        expect(again.parameters).toEqual(network.parameters)
        expect(initialParameters(again)).toEqual(initialParameters(network))
      }),
    )
  })

  it('says where its loss is not smooth', () => {
    const { layers } = buildNetwork({ input: 3, layers: [{ dense: 4 }, 'relu', { power: 1 }, { power: 2 }, { power: 3 }, 'linear', { leaky_relu: 0.1 }, { leaky_relu: 1 }, 'batchnorm', 'relu', { dense: 2 }] })
    expect(layers.flatMap((layer) => layer.kink ?? [])).toEqual(['relu1', 'leaky_relu1', 'relu2'].map((name) => `no input of ${name} passes zero`))
  })

  it('has the layers of its branches among its layers, with all their kinks and what their statistics need', () => {
    const network = buildNetwork({ input: 3, layers: [{ residual: ['relu', { residual: [{ batchnorm: { epsilon: 0 } }, { leaky_relu: 0.1 }] }, { dense: 3 }] }, { gated: { hidden: 2, activation: 'relu' } }] })
    expect(layersOf(network).map(({ name }) => name)).toEqual(['residual1', 'relu1', 'residual2', 'batchnorm1', 'leaky_relu1', 'dense1', 'gated1'])
    expect(layersOf(network).flatMap((layer) => layer.kink ?? [])).toEqual(['relu1', 'leaky_relu1', 'relu2'].map((name) => `no input of ${name} passes zero`))
    expect(layersOf(network).flatMap((layer) => layer.fewestSamples ?? [])).toEqual([2])
  })

  it('has kernels by row, column, channel and filter, and the weights that read an image by place and channel', () => {
    const network = buildNetwork({ input: [8, 7], layers: [{ conv: { filters: 3, kernel: 3 } }, 'batchnorm', 'relu', { conv: { filters: 2, kernel: 3, stride: 2, padding: 'same', bias: false } }, { dense: 4 }] })
    expect(network.parameters.map(({ name, shape, rowAxes }) => [name, shape, rowAxes])).toEqual([
      ['K1', [3, 3, 1, 3], 3], ['c1', [3], undefined], ['gamma1', [3], undefined], ['beta1', [3], undefined], ['K2', [3, 3, 3, 2], 3], ['W1', [4, 9, 2], undefined], ['b1', [4], undefined],
    ])
    expect(describeNetwork(network)[0]).toBe('conv1: 8×7×1 → 6×5×3, kernel 3×3, bias')
  })

  it('flattens inputs that have a shape', () => {
    expect(buildNetwork({ input: [8, 8, 1], layers: [{ dense: 2 }] }).input).toBe(64)
  })

  it('starts from parameters that its seed decides', () => {
    const [a, b] = [buildNetwork({ ...normalized, seed: 1 }), buildNetwork({ ...normalized, seed: 2 })]
    expect(initialParameters(a)).toEqual(initialParameters(b, 1))
    expect(initialParameters(a)).not.toEqual(initialParameters(b))
  })

  it.each([
    [{ input: 0, layers: [{ dense: 2 }] }, /input/],
    [{ input: 2, layers: [] }, /layers/],
    [{ input: 2, layers: [{ dense: -1 }] }, /layers\.0.*dense/],
    [{ input: 2, layers: ['relu', { conv: 3 }] }, /layers\.1.*not a layer.*dense: N/],
    [{ input: 2, layers: [{ batchnorm: { epsilon: -1 } }] }, /layers\.0/],
    [{ input: 2, layers: [{ power: 0.5 }] }, /layers\.0/],
    [{ input: 2, layers: [{ dense: 2 }], loss: 'hinge' }, /loss/],
    [{ input: 2, layers: [{ dense: 2 }], depth: 3 }, /depth/],
    [{ input: 64, layers: [{ conv: { filters: 2, kernel: 3 } }] }, /layer 1: .*conv1.*no image/],
    [{ input: [4, 4, 2, 1], layers: [{ conv: { filters: 2, kernel: 3 } }] }, /no image/],
    [{ input: [8, 8], layers: [{ dense: 64 }, { conv: { filters: 2, kernel: 3 } }] }, /layer 2: .*conv1.*no image/],
    [{ input: [8, 8], layers: [{ conv: { filters: 2, kernel: 5 } }, 'relu', { conv: { filters: 2, kernel: 5 } }] }, /layer 3: conv2: a 5×5 kernel does not fit into 4×4/],
    [{ input: [8, 8], layers: [{ conv: { filters: 2, kernel: 4, padding: 'same' } }] }, /layer 1: .*4×4 has no middle/],
    [{ input: [8, 8], layers: [{ conv: { filters: 2 } }] }, /layers\.0/],
    [{ input: [8, 8], layers: ['flatten', 'relu', { dense: 2 }] }, /layer 1: flatten stands before a dense layer/],
    [{ input: [8, 8], layers: [{ dense: 2 }, 'flatten'] }, /layer 2: flatten stands before a dense layer/],
    [{ input: 3, layers: ['global_average'] }, /layer 1: .*global_average1.*no image/],
    [{ input: 8, layers: [{ attention: { heads: 2 } }] }, /layer 1: .*attention1.*no places/],
    [{ input: [8, 1, 3], layers: [{ attention: { heads: 2 } }] }, /layer 1: attention1: 2 heads do not divide 3 channels/],
    [{ input: 3, layers: [{ residual: ['relu', { dense: 4 }] }] }, /layer 1: residual1: the branch turns 3 numbers .* into 4/],
    [{ input: [2, 2], layers: [{ residual: [{ dense: 4 }] }] }, /layer 1: residual1: .*no image.*/],
    [{ input: 3, layers: [{ residual: [{ dense: 3 }, { conv: { filters: 1, kernel: 1 } }] }] }, /layer 1: layer 2: .*conv1/],
    [{ input: 3, layers: [{ residual: [] }] }, /layers\.0/],
    [{ input: 3, layers: [{ dense: 4 }, { groupnorm: { groups: 3 } }] }, /layer 2: groupnorm1: 4 neurons are not 3 groups of the same size/],
    [{ input: 3, layers: [{ dense: 4 }, { groupnorm: { groups: 4 } }] }, /layer 2: groupnorm1: a group of one neuron is its own mean/],
    [{ input: 3, layers: [{ dense: 4 }, { groupnorm: { groups: 2, epsilon: 0 } }] }, /layer 2: groupnorm1: two numbers .* are 1 and −1/],
    [{ input: 3, layers: [{ weight_norm: 'relu' }] }, /layers\.0/],
    [{ input: 3, layers: [{ gated: { hidden: 3, activation: 'swish' } }] }, /layers\.0/],
  ])('that cannot be is refused with its place: %#', (spec, message) => {
    const build = (): unknown => buildNetwork(spec as NetworkSpec)
    expect(build).toThrow(InputError)
    expect(build).toThrow(message)
  })
})

describe('random numbers', () => {
  it('have the moments of their distributions', () => {
    const { uniform, normal, below } = random(5)
    const n = 20_000
    const mean = (draw: () => number): number => Array.from({ length: n }, draw).reduce((sum, x) => sum + x, 0) / n
    // Five standard errors of each mean.
    const close = (actual: number, expected: number, variance: number): void => expect(Math.abs(actual - expected)).toBeLessThan(5 * Math.sqrt(variance / n))
    close(mean(uniform), 1 / 2, 1 / 12)
    close(mean(() => uniform() ** 2), 1 / 3, 4 / 45)
    close(mean(normal), 0, 1)
    close(mean(() => normal() ** 2), 1, 2)
    close(mean(() => normal() ** 4), 3, 96)
    close(mean(() => below(7)), 3, 4)
  })

  it('come in unrelated streams for different seeds', () => {
    const drawn = [[0], [1], [0, 0], [0, 1], [1, 0], [2 ** 40], [2 ** 41]].map((seeds) => random(...seeds).bits())
    expect(new Set(drawn).size).toBe(drawn.length)
  })
})

import { describe, expect, it } from 'vitest'
import { tensor } from '../../src/compile/index.js'
import { type NetworkSpec, buildNetwork, float64Network, initialParameters, lossDerivatives, networkTensors, oneHot } from '../../src/network/index.js'

const ROWS = 7
const networks: Readonly<Record<string, NetworkSpec>> = {
  'ReLU, batch normalization, cross-entropy': { input: 6, layers: [{ dense: 9 }, { batchnorm: { epsilon: 0.01 } }, 'relu', { dense: { units: 4, bias: false } }, 'batchnorm', { dense: 3 }] },
  'leaky ReLU and cube, mean square': { input: 5, layers: [{ dense: 8 }, { leaky_relu: 0.2 }, { dense: 6 }, { power: 3 }, 'linear', { dense: 2 }], loss: 'mean_square' },
  'layer normalization, tanh, root mean square normalization, SiLU': { input: 5, layers: [{ dense: 6 }, 'layernorm', 'tanh', { dense: 4 }, { rmsnorm: { epsilon: 0.1 } }, 'silu', { dense: 3 }] },
  'softplus, sigmoid, layer normalization without gain and shift': { input: 4, layers: [{ dense: 5 }, 'softplus', { layernorm: { epsilon: 0.01, gamma: false, beta: false } }, 'sigmoid', 'rmsnorm', { dense: 2 }] },
  'PReLU, maxout on vectors, mean square': { input: 5, layers: [{ dense: 6 }, { prelu: { slope: 0.3 } }, { maxout: { units: 4, pieces: 3 } }, { dense: 2 }], loss: 'mean_square' },
  'weight normalization': { input: [4, 3, 2], layers: [{ weight_norm: { conv: { filters: 3, kernel: 2 } } }, 'tanh', { weight_norm: { dense: 4 } }, 'silu', { weight_norm: { dense: { units: 3, bias: false } } }] },
  'group normalization': { input: [4, 3, 2], layers: [{ conv: { filters: 6, kernel: 2 } }, { groupnorm: { groups: 3, epsilon: 0.01 } }, 'tanh', { dense: 8 }, { groupnorm: { groups: 2, epsilon: 0.1 } }, 'silu', { dense: 3 }] },
  'GELU, sine, absolute value': { input: 5, layers: [{ dense: 6 }, 'gelu', { dense: 5 }, 'sin', { dense: 4 }, 'abs', { dense: 3 }] },
  'PReLU by channel, maxout of an image': { input: [4, 3, 2], layers: [{ conv: { filters: 3, kernel: 2 } }, 'prelu', { maxout: { units: 3, bias: false } }, { dense: 3 }] },
  'convolutions, batch normalization by channel, pooling': { input: [5, 4, 2], layers: [{ conv: { filters: 3, kernel: 3, padding: 'same' } }, { batchnorm: { epsilon: 0.01 } }, 'tanh', { conv: { filters: 4, kernel: 2, stride: 2 } }, 'silu', 'flatten', { dense: 3 }] },
  'a convolution that is flattened': { input: [4, 4], layers: [{ conv: { filters: 2, kernel: 3, bias: false } }, 'relu', { dense: 3 }] },
  'attention of two heads, gates and skip connections': {
    input: [2, 2, 3],
    layers: [{ conv: { filters: 4, kernel: 1 } }, { residual: [{ layernorm: { epsilon: 0.01 } }, { attention: { heads: 2, bias: true } }] }, { residual: ['rmsnorm', { gated: { hidden: 3, bias: true } }] }, { attention: { heads: 1, width: 2 } }, 'global_average', { dense: 3 }],
  },
  'gates and a skip connection on vectors': { input: 4, layers: [{ dense: 5 }, { residual: [{ gated: { hidden: 3, activation: 'tanh' } }, { dense: 5 }] }, 'silu', { dense: 2 }] },
  'normalization without gain and shift': { input: 4, layers: [{ dense: 5 }, { batchnorm: { epsilon: 0, gamma: false, beta: false } }, { power: 2 }, { dense: 3 }] },
}

describe.each(Object.entries(networks))('the tensors of a network with %s', (_, spec) => {
  it('have the loss and the gradient of the hand-derived rules', () => {
    const network = buildNetwork(spec)
    const theta = initialParameters(network).map((v, i) => v + 0.1 * Math.sin(i))
    const inputs = Float64Array.from({ length: ROWS * network.input }, (__, i) => Math.sin(1.3 * i) + 0.2 * Math.cos(i * i))
    const targets = oneHot(Int32Array.from({ length: ROWS }, (__, i) => i % network.output), network.output)
    const byHand = new Float64Array(network.size)
    const value = float64Network(network, ROWS).lossAndGradient(theta, inputs, targets, ROWS, byHand)
    const { loss, parameters } = networkTensors(network, ROWS)
    const compiled = tensor.compileTensors([loss, ...tensor.gradient(loss, parameters)])
    compiled.put('inputs', inputs)
    compiled.put('targets', targets)
    for (const { name, offset, size } of network.parameters) compiled.put(name, theta.subarray(offset, offset + size))
    const [found = new Float64Array(), ...gradient] = compiled.run()
    expect(Math.abs((found[0] ?? NaN) / value - 1)).toBeLessThan(1e-13)
    const joined = gradient.flatMap((part) => Array.from(part))
    const scale = Math.hypot(...byHand)
    expect(joined).toHaveLength(network.size)
    for (const [i, g] of joined.entries()) expect(Math.abs(g - (byHand[i] ?? NaN))).toBeLessThan(1e-13 * scale)
  })

  it('have second and third derivatives along vectors that are the differences of the gradient by hand', () => {
    const network = buildNetwork(spec)
    const theta = initialParameters(network).map((v, i) => v + 0.1 * Math.sin(i))
    const [x, y] = [Float64Array.from(theta, (__, i) => Math.cos(3 * i)), Float64Array.from(theta, (__, i) => Math.sin(2 + 5 * i))]
    const inputs = Float64Array.from({ length: ROWS * network.input }, (__, i) => Math.sin(1.3 * i) + 0.2 * Math.cos(i * i))
    const batch = { inputs, targets: oneHot(Int32Array.from({ length: ROWS }, (__, i) => i % network.output), network.output), rows: ROWS }
    const derivative = lossDerivatives(network)
    const at = (along: readonly Float64Array[], shift: Float64Array, by: number): Float64Array => {
      const out = new Float64Array(network.size)
      derivative(batch, theta.map((v, i) => v + by * (shift[i] ?? 0)), along, out)
      return out
    }
    const byHand = new Float64Array(network.size)
    float64Network(network, ROWS).lossAndGradient(theta, inputs, batch.targets, ROWS, byHand)
    expect(Math.max(...at([], x, 0).map((g, i) => Math.abs(g - (byHand[i] ?? NaN))))).toBeLessThan(1e-13 * Math.hypot(...byHand))
    for (const [along, direction] of [[[], x], [[x], y]] as const) {
      const step = 1e-6
      const [after, before] = [at(along, direction, step), at(along, direction, -step)]
      const found = at([...along, direction], x, 0)
      const size = Math.hypot(...found) + Math.hypot(...after)
      for (const [i, value] of found.entries()) expect(Math.abs(value - ((after[i] ?? NaN) - (before[i] ?? NaN)) / (2 * step))).toBeLessThan(1e-6 * size)
    }
  })
})

import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import { type NetworkSpec, buildNetwork, float64Network, inferSymmetries } from '../../src/network/index.js'
import { instance } from './networks.js'

/** Dimension of the space that the gradients of many batches of one sample span, at one θ. */
function dimensionOfGradients(spec: NetworkSpec, samples: number): number {
  const { network, theta, inputs, targets } = instance(spec, samples)
  const evaluator = float64Network(network, 1)
  const gradients = Array.from({ length: samples }, (_, n) => {
    const gradient = new Float64Array(network.size)
    evaluator.lossAndGradient(theta, inputs.subarray(n * network.input, (n + 1) * network.input), targets.subarray(n * network.output, (n + 1) * network.output), 1, gradient)
    return Array.from(gradient)
  })
  const values = new SingularValueDecomposition(new Matrix(gradients)).diagonal
  return values.filter((x) => x > 1e-9 * (values[0] ?? 0)).length
}

const PIECEWISE: Readonly<Record<string, { readonly spec: NetworkSpec; readonly found: readonly string[] }>> = {
  'PReLU, whose slopes stay as they are': {
    spec: { input: 3, layers: [{ dense: 4 }, 'prelu', { dense: 2 }], loss: 'mean_square' },
    found: ['rescale 1 4: W10,b10 / W21'],
  },
  'maxout, all of whose pieces take the factor': {
    spec: { input: 3, layers: [{ maxout: { units: 2, pieces: 3 } }, { dense: { units: 2, bias: false } }], loss: 'mean_square' },
    found: ['rescale 1 2: W10,b10 / W21'],
  },
  'maxout without biases after a dense layer, which any matrix before it leaves': {
    spec: { input: 5, layers: [{ dense: { units: 2, bias: false } }, { maxout: { units: 3, bias: false } }, { dense: 3 }], loss: 'mean_square' },
    found: ['rescale 1 2: W10 / W22', 'linear 1: W10 / W22', 'rescale 1 3: W20 / W31'],
  },
  'weights that are divided by their norm': {
    spec: { input: 3, layers: [{ weight_norm: { dense: 4 } }, 'relu', { weight_norm: { dense: 2 } }], loss: 'mean_square' },
    found: ['scale 4: V10', 'scale 2: V20'],
  },
  'weights divided by their norm before plain ones, where the gains have a symmetry too': {
    spec: { input: 3, layers: [{ weight_norm: { dense: 4 } }, 'relu', { dense: 2 }], loss: 'mean_square' },
    found: ['scale 4: V10', 'rescale 1 4: gain10,b10 / W21'],
  },
  'a rotation before weights that are divided by their norm': {
    spec: { input: 5, layers: [{ dense: { units: 3, bias: false } }, { weight_norm: { dense: 4 } }, 'tanh', { dense: 2 }], loss: 'mean_square' },
    found: ['orthogonal 1: W10 / V21', 'scale 4: V20'],
  },
  'neurons normalized in groups, each with its factor, its shift and what its weights of an input have in common': {
    spec: { input: 3, layers: [{ dense: 6 }, { groupnorm: { groups: 2, epsilon: 0 } }, 'tanh', { dense: 2 }], loss: 'mean_square' },
    found: ['scale 2: W10,b10', 'translation 1 6: W12', 'translation 1 2: b10'],
  },
  'channels that are normalized at every place, with what all filters have in common': {
    spec: { input: [3, 3, 2], layers: [{ conv: { filters: 3, kernel: 2 } }, { layernorm: { epsilon: 0 } }, 'tanh', { dense: 2 }], loss: 'mean_square' },
    found: ['scale 1: K1,c1', 'translation 1 8: K10', 'translation 1 1: c1'],
  },
  'logits that are largest pieces, which an equal shift moves': {
    spec: { input: 3, layers: [{ maxout: { units: 3, pieces: 2 } }], loss: 'cross_entropy' },
    found: ['translation 1 3: W12', 'translation 1 1: b1'],
  },
}

/**
 * Dimensions of the group: n² for all matrices, which the factors of single neurons are among; else one a member. In these networks there is neither
 * a shift that the next biases take with their weights nor one that the next weights do not see.
 */
const DIMENSIONS: Readonly<Record<string, number>> = {
  'PReLU, whose slopes stay as they are': 4,
  'maxout, all of whose pieces take the factor': 2,
  'maxout without biases after a dense layer, which any matrix before it leaves': 4 + 3,
  // And the factors of the hidden neurons, of which directions and gains behind them take functions that are none of the families.
  'weights that are divided by their norm': 4 + 2 + 4,
  'weights divided by their norm before plain ones, where the gains have a symmetry too': 4 + 4,
  // All matrices again, of which only rotations leave the norms.
  'a rotation before weights that are divided by their norm': 9 + 4,
  'neurons normalized in groups, each with its factor, its shift and what its weights of an input have in common': 2 + 6 + 2,
  'channels that are normalized at every place, with what all filters have in common': 1 + 8 + 1,
  'logits that are largest pieces, which an equal shift moves': 3 + 1,
}

describe.each(Object.entries(PIECEWISE))('the symmetries of %s', (name, { spec, found }) => {
  it('are those inferred', () => {
    const symmetries = inferSymmetries(buildNetwork(spec)).map(({ family, degree, count, sets }) =>
      `${family}${degree === undefined ? '' : ` ${degree}`} ${family === 'translation' ? `1 ${count}` : count}: ${Object.values(sets).map((set) => set.map(({ parameter, axis }) => `${parameter}${axis ?? ''}`).join()).join(' / ')}`)
    expect(symmetries).toEqual(found)
  })

  it('are all there are: gradients of any data span what is orthogonal to them', () => {
    expect(dimensionOfGradients(spec, 240)).toBe(buildNetwork(spec).size - (DIMENSIONS[name] ?? 0))
  })
})

describe('the largest of pieces', () => {
  it('is that of plain loops', () => {
    const spec: NetworkSpec = { input: 3, layers: [{ maxout: { units: 2, pieces: 3 } }], loss: 'mean_square' }
    const { network, theta, inputs, targets, rows } = instance(spec)
    let loss = 0
    for (let n = 0; n < rows; n++)
      for (let i = 0; i < 2; i++) {
        const pieces = [0, 1, 2].map((j) => [0, 1, 2].reduce((z, c) => z + (theta[(i * 3 + j) * 3 + c] ?? 0) * (inputs[n * 3 + c] ?? 0), theta[18 + i * 3 + j] ?? 0))
        loss += (Math.max(...pieces) - (targets[n * 2 + i] ?? 0)) ** 2 / (2 * rows)
      }
    expect(float64Network(network, rows).loss(theta, inputs, targets, rows)).toBeCloseTo(loss, 13)
  })
})

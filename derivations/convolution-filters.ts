import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 6: channels of VGG-16 and sums of its last layer, here of a small network',
  shows: 'a law for every filter of a convolution: norms in front of a normalization, balance between layers, sums of shifts',
  problem: {
    title: 'Filters of a convolutional network under SGD with weight decay',
    symmetry: { infer: true },
    rule: { name: 'sgd' },
    order: 1,
    network: {
      input: [8, 8],
      layers: [{ conv: { filters: 8, kernel: 3 } }, { batchnorm: { epsilon: 0 } }, 'relu', { conv: { filters: 8, kernel: 3 } }, 'relu', 'global_average', { dense: 10 }],
    },
    data: 'digits',
    train: { steps: 400, batch: 64, seed: 1, eta: 0.05, lambda: 0.001 },
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'GU',
  where: 'homogeneous activations of degree 2',
  shows: 'a network of squares keeps its incoming weights in balance with twice its outgoing ones',
  problem: {
    title: 'Balance of quadratic units',
    symmetry: { family: 'rescale', degree: '2' },
    rule: { name: 'sgd', lambda: 0 },
    order: 1,
    network: {
      input: 64,
      layers: [{ dense: { units: 8, bias: false } }, { power: 2 }, { dense: 10 }],
      loss: 'mean_square',
      gain: 0.2,
      seed: 1,
    },
    data: 'digits',
    train: { steps: 600, batch: 64, seed: 1, eta: 0.005 },
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Rockafellar 1976',
  shows: 'what the proximal point method does to the norm of scale-invariant weights, where gradient descent makes it grow',
  problem: {
    title: 'Weight norm under the proximal point method',
    symmetry: { family: 'scale' },
    rule: { name: 'proximal' },
    order: 1,
    network: {
      input: 64,
      layers: [{ dense: 16 }, { batchnorm: { epsilon: 0 } }, 'tanh', { dense: 10 }],
      loss: 'cross_entropy',
      seed: 1,
    },
    data: 'digits',
    train: { steps: 100, batch: 64, seed: 1, eta: 0.1 },
  },
})

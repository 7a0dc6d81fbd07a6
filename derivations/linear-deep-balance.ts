import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'GU',
  where: 'linear activations, in a run',
  shows: 'neighbouring layers of a deep linear network keep a whole matrix in balance while they learn digits, up to what finite steps add',
  problem: {
    title: 'Balance matrices of a deep linear network',
    symmetry: { family: 'linear' },
    rule: { name: 'sgd', lambda: 0 },
    order: 1,
    network: {
      input: 64,
      layers: [{ dense: { units: 8, bias: false } }, { dense: { units: 6, bias: false } }, { dense: { units: 10, bias: false } }],
      loss: 'mean_square',
      gain: 0.5,
      seed: 1,
    },
    data: 'digits',
    train: { steps: 1000, batch: 64, seed: 1, eta: 0.01 },
  },
})

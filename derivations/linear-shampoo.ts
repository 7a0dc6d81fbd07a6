import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Gupta, Koren & Singer 2018',
  shows: 'Shampoo does not keep linear layers in balance: the roots of its preconditioners turn the gradient of each matrix by itself',
  problem: {
    title: 'Balance matrix of two linear layers under Shampoo',
    symmetry: { family: 'linear' },
    rule: { name: 'shampoo', beta: 'beta', mu: 'beta', lambda: 'lambda' },
    order: 0,
    network: { input: 64, layers: [{ dense: { units: 3, bias: false } }, { dense: { units: 10, bias: false } }], loss: 'mean_square', seed: 1 },
    data: 'digits',
    train: { steps: 100, batch: 64, seed: 3, eta: 0.0002, lambda: 0.1, beta: 0.9, epsilon: 0.01, backend: 'float64' },
  },
})

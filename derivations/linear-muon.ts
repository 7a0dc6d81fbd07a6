import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Jordan et al. 2024',
  shows: 'Muon does not keep linear layers in balance: the polar factor of the momentum moves a whole matrix from the leading order on',
  problem: {
    title: 'Balance matrix of two linear layers under Muon',
    symmetry: { family: 'linear' },
    rule: { name: 'muon', lambda: 'lambda' },
    order: 1,
    network: { input: 64, layers: [{ dense: { units: 3, bias: false } }, { dense: { units: 10, bias: false } }], loss: 'mean_square', seed: 1 },
    data: 'digits',
    train: { steps: 100, batch: 64, seed: 3, eta: 0.0002, lambda: 0.1, mu: 0.5, backend: 'float64' },
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Hairer, Lubich & Wanner 2006, sections II.1 and IV.2',
  shows: 'what the implicit midpoint rule, a step of finite size, does to every quadratic charge of a network',
  problem: {
    title: 'Charges under the implicit midpoint rule',
    symmetry: { infer: true },
    rule: { name: 'implicit_midpoint' },
    order: 1,
    network: {
      input: 64,
      layers: [{ dense: 16 }, { batchnorm: { epsilon: 0 } }, 'tanh', { dense: 8 }, 'linear', { dense: 10 }],
      loss: 'cross_entropy',
      seed: 1,
    },
    data: 'digits',
    train: { steps: 100, batch: 64, seed: 1, eta: 0.1 },
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'transformers, in a run',
  shows: 'a pre-norm transformer has laws of its whole residual stream, of the norm of all that writes to it, and of its rotations, beside those of queries and keys, of values and outputs, and of gates',
  problem: {
    title: 'The residual stream of a small transformer',
    symmetry: { infer: true },
    rule: { name: 'sgd' },
    order: 1,
    network: {
      input: [8, 1, 8],
      layers: [
        { conv: { filters: 16, kernel: 1 } },
        { residual: [{ rmsnorm: { epsilon: 0, gamma: false } }, { attention: { heads: 2 } }] },
        { residual: [{ rmsnorm: { epsilon: 0, gamma: false } }, { gated: { hidden: 24 } }] },
        { rmsnorm: { epsilon: 0, gamma: false } },
        'global_average',
        { dense: 10 },
      ],
    },
    data: 'digits',
    train: { steps: 400, batch: 64, seed: 1, eta: 0.05, lambda: 0.001 },
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 5, stochastic gradients',
  shows: 'minibatch noise obeys the symmetry, so that it moves the charge only by what Itô’s formula adds',
  problem: {
    title: 'Balance of a neuron under minibatch noise',
    parameters: { w: ['d'], a: ['m'] },
    symmetry: { family: 'rescale', in: ['w'], out: ['a'] },
    rule: { name: 'sgd', lambda: 0 },
    order: 1,
  },
  picture: { kind: 'minibatch noise', eta: 0.02, steps: 40, batch: 4, runs: 60 },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 5, stochastic gradients',
  shows: 'under momentum a batch acts for as long as it is remembered: its noise moves the mean of a charge 1/(1 - beta)^2 times as far',
  problem: {
    title: 'Balance of a neuron under minibatch noise and momentum',
    parameters: { w: ['d'], a: ['m'] },
    symmetry: { family: 'rescale', in: ['w'], out: ['a'] },
    rule: { name: 'momentum', lambda: 0 },
    order: 1,
  },
  picture: { kind: 'minibatch noise', eta: 0.005, beta: 0.8, steps: 60, batch: 4, runs: 60 },
})

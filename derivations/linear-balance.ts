import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'GU',
  where: 'linear activations',
  shows: 'consecutive linear layers conserve a whole matrix under gradient flow, and what a finite step with weight decay does to it',
  problem: {
    title: 'Balance matrix of two linear layers',
    parameters: { W1: ['h', 'd'], W2: ['k', 'h'] },
    symmetry: { family: 'linear', in: ['W1'], out: ['W2'] },
    rule: { name: 'sgd' },
    order: 1,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'CL',
  where: 'Keep the Momentum (2024): linear networks under momentum flow',
  shows: 'the matrix laws of two linear layers under heavy-ball momentum: balance and angular momentum',
  problem: {
    title: 'Two linear layers under momentum',
    parameters: { W1: ['h', 'd'], W2: ['k', 'h'] },
    symmetry: { family: 'linear', in: ['W1'], out: ['W2'] },
    rule: { name: 'momentum' },
    order: 1,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'CL',
  where: 'Abide by the Law (2023): linear networks',
  shows: 'two linear layers conserve their balance matrix under gradient flow, and nothing antisymmetric',
  problem: {
    title: 'Balance matrix under gradient flow',
    parameters: { W1: ['h', 'd'], W2: ['k', 'h'] },
    symmetry: { family: 'linear', in: ['W1'], out: ['W2'] },
    rule: { name: 'gradient_flow' },
    order: 0,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'GU',
  where: 'time symmetry and the neural tangent kernel',
  shows: 'the loss falls by the squared gradient, and in function space the outputs move by the neural tangent kernel',
  problem: {
    title: 'Energy under gradient flow',
    parameters: { w: ['d'] },
    symmetry: { family: 'time' },
    rule: { name: 'gradient_flow' },
    order: 0,
  },
  picture: { kind: 'function space', rates: [0.04, 0.02, 0.01, 0.005], widths: [4, 8, 16, 32, 64] },
})

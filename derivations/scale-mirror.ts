import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'CL',
  where: 'Transformative or Conservative, section 5: mirror flows',
  shows:
    'exponentiated gradient conserves the sum of scale-invariant weights where gradient descent conserves their norm; its finite ' +
      'step adds a Bregman divergence',
  problem: {
    title: 'Sum of weights under exponentiated gradient',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'mirror', lambda: 'lambda' },
    order: 1,
  },
})

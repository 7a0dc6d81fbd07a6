import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 5, higher orders of backward error analysis',
  shows: 'the law of the norm with the finite learning rate to second order, in contractions that the symmetry leaves',
  problem: {
    title: 'Weight norm under gradient descent to second order',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'sgd' },
    order: 2,
  },
})

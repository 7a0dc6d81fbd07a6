import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'rules the symmetry does not tame',
  shows: 'the norm of a scale-invariant block under AdaGrad: its flow in the time k*eta^2, which keeps the sum of squares as a variable of its own',
  problem: {
    title: 'Weight norm under AdaGrad',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'adagrad' },
    order: 1,
  },
})

import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'NLD',
  where: 'section 4 (eq. 10 of the submission): rescale',
  shows: 'kinetic symmetry breaking drives the imbalance',
  problem: {
    title: 'Balance of a ReLU neuron under momentum',
    symmetry: { family: 'rescale' },
    rule: { name: 'momentum' },
    order: 1,
    ...onDigits({ eta: 0.05, beta: 0.9, lambda: 0.001 }),
  },
})

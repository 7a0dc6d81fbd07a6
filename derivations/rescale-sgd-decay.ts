import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 6, eq. 20',
  shows: 'the imbalance decays, and the difference of the squared gradients drives it',
  problem: {
    title: 'Balance of a ReLU neuron under SGD with weight decay',
    symmetry: { family: 'rescale' },
    rule: { name: 'sgd' },
    order: 1,
    ...onDigits({ eta: 0.1, lambda: 0.001 }),
  },
})

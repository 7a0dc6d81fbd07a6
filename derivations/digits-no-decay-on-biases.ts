import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

const decay = 0.002

export default defineDerivation({
  paper: 'ours',
  where: 'hyperparameters by block',
  shows: 'weight decay on weights but not on biases and gains: a diagonal operator in the update, and the laws it leaves',
  problem: {
    title: 'No decay on biases',
    symmetry: { infer: true },
    rule: { name: 'sgd', lambda: { W1: decay, b1: 0, gamma1: 0, beta1: 0, W2: decay, b2: 0, W3: decay, b3: 0 } },
    order: 1,
    ...onDigits({ steps: 1000, eta: 0.1 }),
  },
})

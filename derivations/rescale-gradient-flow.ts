import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 4',
  shows: 'incoming and outgoing weight stay balanced',
  problem: {
    title: 'Balance of a ReLU neuron under gradient flow',
    symmetry: { family: 'rescale' },
    rule: { name: 'gradient_flow' },
    order: 1,
    ...onDigits({ eta: 0.01 }),
  },
})

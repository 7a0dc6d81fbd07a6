import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 6, eq. 18',
  shows: 'the sum of the block decays exponentially, whatever the data',
  problem: {
    title: 'Translation under SGD with weight decay',
    symmetry: { family: 'translation' },
    rule: { name: 'sgd' },
    order: 1,
    ...onDigits({ eta: 0.1, lambda: 0.001 }),
  },
})

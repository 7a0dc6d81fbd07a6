import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 6, eq. 19',
  shows: 'weight decay shrinks the norm, the finite step makes it grow',
  problem: {
    title: 'Weight norm under SGD with weight decay',
    symmetry: { family: 'scale' },
    rule: { name: 'sgd' },
    order: 1,
    ...onDigits({ eta: 0.1, lambda: 0.001 }),
  },
})

import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 4',
  shows: 'the norm in front of a normalization does not move',
  problem: {
    title: 'Weight norm under gradient flow',
    symmetry: { family: 'scale' },
    rule: { name: 'gradient_flow' },
    order: 1,
    ...onDigits({ eta: 0.01 }),
  },
})

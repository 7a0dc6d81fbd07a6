import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 4',
  shows: 'the sum of the block does not move',
  problem: {
    title: 'Translation under gradient flow',
    symmetry: { family: 'translation' },
    rule: { name: 'gradient_flow' },
    order: 1,
    ...onDigits({ eta: 0.01 }),
  },
})

import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 6',
  shows: 'the sum of the block is a damped oscillator without a drive',
  problem: {
    title: 'Translation under momentum',
    symmetry: { family: 'translation' },
    rule: { name: 'momentum' },
    order: 1,
    ...onDigits({ eta: 0.05, beta: 0.9, lambda: 0.001 }),
  },
})

import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'NLD',
  where: 'section 4 (eq. 10 of the submission): scale',
  shows: 'kinetic symmetry breaking drives the norm as a damped oscillator',
  problem: {
    title: 'Weight norm under momentum',
    symmetry: { family: 'scale' },
    rule: { name: 'momentum' },
    order: 1,
    ...onDigits({ eta: 0.05, beta: 0.9, lambda: 0.001 }),
  },
})

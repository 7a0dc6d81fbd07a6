import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'ours',
  where: 'npm start',
  shows: 'every symmetry of a digit classifier, and what its charge does under momentum with weight decay',
  problem: {
    title: 'Noether’s laws of a digit classifier',
    symmetry: { infer: true },
    rule: { name: 'momentum' },
    order: 1,
    ...onDigits({ steps: 1500, eta: 0.05, beta: 0.9, lambda: 0.001 }),
  },
})

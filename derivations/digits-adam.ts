import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'ours',
  where: 'npx noether run digits-adam',
  shows: 'the charge budget of every symmetry under Adam: which mechanism moves the charge, and by how much',
  problem: {
    title: 'What Adam does to the charges of a digit classifier',
    symmetry: { infer: true },
    rule: { name: 'adamw' },
    order: 1,
    ...onDigits({ steps: 1000, eta: 0.001, beta1: 0.9, beta2: 0.95, epsilon: 0.02, lambda: 0.01 }),
  },
})

import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'ours',
  where: 'npx noether run digits-mirror',
  shows: 'mirror descent on real digits: the charges of its dual variables, with a potential whose gradient is inverted by numbers',
  problem: {
    title: 'Charges under mirror descent',
    symmetry: { infer: true },
    rule: { name: 'mirror', h: 'sum(cosh(3*theta))/9', lambda: 'lambda' },
    order: 1,
    ...onDigits({ steps: 200, eta: 0.05, lambda: 0.01 }),
  },
})

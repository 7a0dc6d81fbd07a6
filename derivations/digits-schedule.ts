import { defineDerivation } from '../src/problem/index.js'
import { onDigits } from './shared/digits.js'

export default defineDerivation({
  paper: 'ours',
  where: 'npx noether run digits-schedule',
  shows: 'laws in slow time: a cosine learning rate, momentum and weight decay that follow schedules in k',
  problem: {
    title: 'Charges under schedules',
    symmetry: { infer: true },
    rule: {
      name: 'momentum',
      eta: '0.05*(1 + cos(pi*k/1000))/2 + 0.0005',
      beta: '0.9 - 0.4*exp(-k/100)',
      lambda: '0.001*(1 + k/1000)',
    },
    order: 1,
    ...onDigits({ steps: 1000 }),
  },
})

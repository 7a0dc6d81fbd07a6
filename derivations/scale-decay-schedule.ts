import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'schedules',
  shows: 'a weight decay that falls as one over the time lets the norm fall as a power of the time',
  problem: {
    title: 'Weight norm under a decay schedule',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'sgd', lambda: 'lambda_0/(1 + eta*k)' },
    order: 1,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'CL',
  where: 'Transformative or Conservative? (2025), Theorem 2.1, for the laws of Corollary 3.10',
  shows: 'weight decay that follows a schedule turns a constant of the flow into one that is divided by what the decay has taken',
  problem: {
    title: 'Queries and keys under a schedule of weight decay',
    parameters: { Q: ['h', 'd'], K: ['h', 'd'] },
    symmetry: { generator: { Q: 'M*Q', K: '-transpose(M)*K' }, constants: { M: ['h', 'h'] } },
    rule: { name: 'sgd', lambda: 'lambda_0/(1 + eta*k)' },
    order: 0,
  },
})

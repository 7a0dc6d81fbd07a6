import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'CL',
  where: 'Transformative or Conservative? (2025), Corollaries 3.9 and 3.10',
  shows: 'the loss sees queries and keys only as Q transposed times K, so that each head has a matrix law of its own',
  problem: {
    title: 'Queries and keys of an attention head',
    parameters: { Q: ['h', 'd'], K: ['h', 'd'] },
    symmetry: { generator: { Q: 'M*Q', K: '-transpose(M)*K' }, constants: { M: ['h', 'h'] } },
    rule: { name: 'gradient_flow' },
    order: 0,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'CL',
  where: 'Transformative or Conservative? (2025): attention layers',
  shows: 'the loss sees queries and keys only as Q transposed times K, so that each head conserves Q Qᵀ − K Kᵀ',
  problem: {
    title: 'Queries and keys of an attention head',
    parameters: { Q: ['h', 'd'], K: ['h', 'd'] },
    symmetry: { generator: { Q: 'M*Q', K: '-transpose(M)*K' }, constants: { M: ['h', 'h'] } },
    rule: { name: 'gradient_flow' },
    order: 0,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'CL',
  where: 'Keep the Momentum (2024), applied to attention layers of Transformative or Conservative? (2025)',
  shows: 'under momentum a head keeps only the antisymmetric laws, its angular momentum, and these decay with the friction',
  problem: {
    title: 'Queries and keys under momentum',
    parameters: { Q: ['h', 'd'], K: ['h', 'd'] },
    symmetry: { generator: { Q: 'M*Q', K: '-transpose(M)*K' }, constants: { M: ['h', 'h'] } },
    rule: { name: 'momentum', lambda: 0 },
    order: 1,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'CL',
  where: 'Keep the Momentum (2024): ReLU networks under momentum flow',
  shows: 'momentum breaks the balance of a ReLU neuron: what it is driven by in place of being constant',
  problem: {
    title: 'A ReLU neuron with a bias under momentum',
    parameters: { w: ['d'], b: [], a: ['m'] },
    symmetry: { generator: { w: 'w', b: 'b', a: '-a' } },
    rule: { name: 'momentum', lambda: 0 },
    order: 1,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'CL',
  where: 'Abide by the Law (2023): ReLU networks with biases',
  shows: 'a ReLU neuron keeps the squares of its incoming weights and bias in balance with those of its outgoing weights',
  problem: {
    title: 'Balance of a ReLU neuron with a bias',
    parameters: { w: ['d'], b: [], a: ['m'] },
    symmetry: { generator: { w: 'w', b: 'b', a: '-a' } },
    rule: { name: 'gradient_flow' },
    order: 0,
  },
})

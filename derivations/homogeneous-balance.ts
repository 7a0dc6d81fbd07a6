import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'GU',
  where: 'homogeneous activations',
  shows: 'incoming and outgoing weights of a unit with a homogeneous activation of degree p stay in balance under gradient flow',
  problem: {
    title: 'Balance of a homogeneous unit',
    parameters: { w: ['d'], a: ['m'] },
    symmetry: { family: 'rescale', in: ['w'], out: ['a'], degree: 'p' },
    rule: { name: 'gradient_flow' },
    order: 0,
  },
})

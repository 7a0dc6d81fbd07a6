import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'Wibisono, Wilson & Jordan 2016, equation (1)',
  shows: 'the Bregman Lagrangian of order two with half the square is the flow of Nesterov momentum; the law of its charge under a scaling',
  problem: {
    title: 'Scale symmetry of a Bregman Lagrangian',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'bregman', h: 'theta^2/2', p: 2, C: '1/4' },
    order: 1,
  },
})

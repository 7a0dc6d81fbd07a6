import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 5, modified flow of Nesterov momentum',
  shows: 'the norm under Nesterov momentum: the modified flow has a damping by the Hessian, and no Lagrangian with a scalar multiplier',
  problem: {
    title: 'Weight norm under Nesterov momentum',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'nesterov' },
    order: 1,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NLD',
  where: 'section 5, with momentum',
  shows: 'at equilibrium a normalized neuron turns by the same angle in every step, whatever the data',
  problem: {
    title: 'Rotation of normalized weights under momentum',
    parameters: { w: ['d'], a: ['m'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'momentum' },
    order: 1,
  },
})

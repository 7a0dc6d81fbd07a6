import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'GU',
  where: 'time symmetry, with momentum',
  shows: 'the energy of momentum decreases by what friction takes; without friction apart, the Lagrangian depends on time',
  problem: { title: 'Energy under momentum', parameters: { w: ['d'] }, symmetry: { family: 'time' }, rule: { name: 'momentum' }, order: 1 },
})

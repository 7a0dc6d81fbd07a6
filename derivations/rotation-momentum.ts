import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NLD',
  where: 'section 3 (eq. 6 of the submission): rotation',
  shows: 'the kinetic energy has the symmetry of rotations, so that friction alone moves the angular momentum',
  problem: {
    title: 'Angular momentum under momentum',
    parameters: { W: ['h', 'd'] },
    symmetry: { family: 'orthogonal', on: ['W'] },
    rule: { name: 'momentum', lambda: 0 },
    order: 1,
  },
})

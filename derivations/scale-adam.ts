import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'ours',
  where: 'rules the symmetry does not tame',
  shows: 'the norm of a scale-invariant block under Adam: what moves it, exactly and term by term',
  problem: {
    title: 'Weight norm under Adam',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'adam' },
    order: 1,
  },
})

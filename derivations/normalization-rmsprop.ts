import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NLD',
  where: 'section 5, eq. 16',
  shows: 'weights in front of a normalization turn as under RMSProp, with a rate, a decay and an equilibrium that weight decay sets',
  problem: {
    title: 'Normalization as RMSProp',
    parameters: { w: ['d'], a: ['m'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'sgdw' },
    order: 1,
  },
  picture: { kind: 'beside rmsprop', eta: 0.05, lambda: 0.01, steps: 800 },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'GU',
  where: 'data augmentation by rotations',
  shows: 'inputs whose law is invariant under rotations conserve an angular momentum of the first layer, damped by friction',
  problem: {
    title: 'Angular momentum of a layer that sees rotated inputs',
    parameters: { W1: ['h', 'd'] },
    symmetry: { family: 'augmentation', on: ['W1'] },
    rule: { name: 'momentum' },
    order: 1,
  },
  picture: { kind: 'augmentation', moves: 'rotations', positions: [1, 2, 4, 8, 16, 32] },
})

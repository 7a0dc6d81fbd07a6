import { defineDerivation } from '../src/problem/index.js'

/**
 * C and S hold the first layer's weights for the cosines and sines of two frequencies of the image: a shift turns each pair, the second
 * twice as fast.
 */
export default defineDerivation({
  paper: 'GU',
  where: 'data augmentation by shifts',
  shows: 'images that are shifted around conserve one angular momentum, the sum over the frequencies of the image; friction damps it',
  problem: {
    title: 'Angular momentum of a layer that sees shifted images',
    parameters: { C1: ['h'], S1: ['h'], C2: ['h'], S2: ['h'] },
    symmetry: { generator: { C1: 'S1', S1: '-C1', C2: '2*S2', S2: '-2*C2' } },
    rule: { name: 'momentum', lambda: 0 },
    order: 1,
  },
  picture: { kind: 'augmentation', moves: 'shifts', positions: [1, 2, 4, 8, 16, 32] },
})

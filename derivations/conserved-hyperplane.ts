import { defineDerivation } from '../src/problem/index.js'

const generator = { x: '1', y: '1' }

export default defineDerivation({
  paper: 'NM',
  where: 'section 4, Figure 3a',
  shows: 'translation symmetry keeps gradient flow on a hyperplane',
  problem: {
    title: 'Translation symmetry: a hyperplane',
    parameters: { x: [], y: [] },
    symmetry: { generator },
    rule: { name: 'gradient_flow' },
    order: 0,
  },
  picture: {
    kind: 'conserved curves',
    generator,
    loss: 'log(exp(x) + exp(y)) - 7*x/10 - 3*y/10',
    window: { x: [-3, 3], y: [-3, 3] },
    start: [-2.4, 1.2],
    rate: 3,
  },
})

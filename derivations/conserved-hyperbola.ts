import { defineDerivation } from '../src/problem/index.js'

const generator = { x: 'x', y: '-y' }

export default defineDerivation({
  paper: 'NM',
  where: 'section 4, Figure 3c',
  shows: 'rescale symmetry keeps gradient flow on a hyperbola',
  problem: {
    title: 'Rescale symmetry: a hyperbola',
    parameters: { x: [], y: [] },
    symmetry: { generator },
    rule: { name: 'gradient_flow' },
    order: 0,
  },
  picture: {
    kind: 'conserved curves',
    generator,
    loss: '(x*y - 1)^2/2',
    window: { x: [-2.4, 2.4], y: [-2.4, 2.4] },
    start: [2.1, -0.6],
    rate: 0.22,
  },
})

import { defineDerivation } from '../src/problem/index.js'

const generator = { x: 'x', y: 'y' }

export default defineDerivation({
  paper: 'NM',
  where: 'section 4, Figure 3b',
  shows: 'scale symmetry keeps gradient flow on a sphere',
  problem: {
    title: 'Scale symmetry: a sphere',
    parameters: { x: [], y: [] },
    symmetry: { generator },
    rule: { name: 'gradient_flow' },
    order: 0,
  },
  picture: {
    kind: 'conserved curves',
    generator,
    loss: '1 - (3*x + 4*y)/(5*sqrt(x^2 + y^2))',
    window: { x: [-2.6, 2.6], y: [-2.6, 2.6] },
    start: [1.1, -1],
    rate: 0.8,
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 5, modified loss and modified flow',
  shows: 'the same continuous models of gradient descent to the next order, on a loss with a curved valley and two minima',
  problem: {
    title: 'Gradient descent on a non-convex loss',
    parameters: { w: [2] },
    symmetry: { family: 'time' },
    rule: { name: 'sgd', lambda: 0 },
    order: 2,
  },
  picture: {
    kind: 'descent',
    name: 'non-convex',
    loss: '(x*y - 1)^2/2 + (x - y)^2/20',
    eta: 0.16,
    start: [2.5, -0.55],
    steps: 24,
    window: { x: [0.6, 3.2], y: [-0.8, 1] },
  },
})

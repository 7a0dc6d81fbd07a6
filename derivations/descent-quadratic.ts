import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NM',
  where: 'section 5, modified loss and modified flow',
  shows: 'two continuous models of gradient descent on a quadratic loss, the gradient flow of a modified loss and a flow with inertia',
  problem: {
    title: 'Gradient descent on a quadratic loss',
    parameters: { w: [2] },
    symmetry: { family: 'time' },
    rule: { name: 'sgd', lambda: 0 },
    order: 1,
  },
  picture: {
    kind: 'descent',
    name: 'quadratic',
    loss: '(x^2 + 10*y^2)/2',
    eta: 0.12,
    start: [2, 0.9],
    steps: 24,
    window: { x: [-0.6, 2.4], y: [-0.9, 1.2] },
  },
})

import { defineDerivation } from '../src/problem/index.js'

const held = { beta: 0.9, lambda: 0.02, D: 0.04 }

export default defineDerivation({
  paper: 'NM',
  where: 'section 6, scale symmetry with momentum',
  shows: 'the norm under momentum is a driven oscillator; learning rate, momentum and weight decay choose among three regimes',
  problem: {
    title: 'Regimes of a weight norm under momentum',
    parameters: { w: ['d'] },
    symmetry: { family: 'scale', on: ['w'] },
    rule: { name: 'momentum' },
    order: 1,
  },
  picture: {
    kind: 'phase portraits',
    settings: [
      { eta: 2, ...held },
      { eta: 0.01 / 0.152, ...held },
      { eta: 0.02, ...held },
    ],
  },
})

import { defineDerivation } from '../src/problem/index.js'

export default defineDerivation({
  paper: 'NLD',
  where: 'section 3, beyond heavy ball',
  shows: 'Nesterov momentum has no Lagrangian: its curvature damping needs a Rayleigh function, whose power the energy law names',
  problem: {
    title: 'Energy under Nesterov momentum',
    parameters: { w: ['d'] },
    symmetry: { family: 'time' },
    rule: { name: 'nesterov', lambda: 0 },
    order: 1,
  },
})
